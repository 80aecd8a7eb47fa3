"""The judge's bench: more evidence on request. Every call is validated, counted, cached and logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from evalverse.agent.case import label, wishes
from evalverse.agent.judges.base import Case
from evalverse.errors import BudgetExhausted, UsageError
from evalverse.settings import Settings
from evalverse.tools.evidence import Evidence
from evalverse.tools.operator import OperatorSettings, operator
from evalverse.tools.schedule import measure

MAX_CALLS = 24
MAX_FRAMES = 16


class LedgerBench:
    """Measures and looks for one question of a judge; ``readings`` holds what is new for the state."""

    def __init__(self, case: Case, settings: Settings) -> None:
        self.case = case
        self.settings = settings
        self.calls: list[str] = []
        self.readings: dict[str, str] = {}

    def measure(self, name: str, arguments: Mapping[str, Any]) -> list[Evidence]:
        """Evidence of an operator over the whole clip, with its settings if ``arguments`` are given.

        Raises:
            UnknownName: no such operator.
            UsageError: the arguments do not fit; the message lists those that do.
            BudgetExhausted: more than ``MAX_CALLS`` calls for one question.
        """
        kind = operator(name)
        self._count(f"measure {name} {dict(arguments)}")
        try:
            usual = (kind.tune(wishes(self.case.brief)) or kind.Settings()).model_dump()
            tuned: OperatorSettings = kind.Settings.model_validate({**usual, **arguments})
        except ValidationError as error:
            fields = ", ".join(kind.Settings.model_fields) or "none"
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise UsageError(f"operator {name}: {problems} (its settings: {fields})") from error
        result = measure(self.case.clip, [name], self.case.ledger, settings=self.settings, tuned={name: tuned})
        self.readings[label(name, tuned)] = result.keys[name]
        return result.evidence[name]

    def look(self, seconds: Sequence[float], height: int = 512) -> list[Evidence]:
        """The frames on screen at these times, each as evidence with its picture; times outside are moved inside.

        Raises:
            UsageError: no time, too many, or a clip without picture.
            BudgetExhausted: more than ``MAX_CALLS`` calls for one question.
        """
        if self.case.clip.picture is None:
            raise UsageError("the clip has no picture to look at")
        if not 1 <= len(seconds) <= MAX_FRAMES:
            raise UsageError(f"look at 1 to {MAX_FRAMES} times at once, not {len(seconds)}")
        return [e for e in self.measure("look", {"seconds": list(seconds), "height": height}) if e.picture]

    def _count(self, call: str) -> None:
        if len(self.calls) >= MAX_CALLS:
            raise BudgetExhausted(f"a question may call at most {MAX_CALLS} tools")
        self.calls.append(call)
