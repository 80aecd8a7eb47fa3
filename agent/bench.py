"""The judge's bench: more evidence on request. Every call is validated, bounded, cached in the ledger and logged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evalverse.agent.arguments import reading_name, settle
from evalverse.agent.case import tuning
from evalverse.agent.judges.base import Case
from evalverse.agent.plan import estimate
from evalverse.errors import BudgetExhausted, UsageError
from evalverse.settings import Settings
from evalverse.tools.evidence import Evidence
from evalverse.tools.operator import Operator, operator
from evalverse.tools.schedule import depends, measure

MAX_CALLS = 24
MAX_FRAMES = 16
MAX_SECONDS = 120.0
"""Estimated seconds of one core that the calls of one question may take together."""


class LedgerBench:
    """Measures and looks for one question of a judge.

    ``readings`` holds what is new for the state, ``calls`` what was asked for, in order, with what it came to.
    """

    def __init__(self, case: Case, settings: Settings) -> None:
        self.case = case
        self.settings = settings
        self.calls: list[str] = []
        self.readings: dict[str, str] = {}
        self._seconds = 0.0

    def measure(self, name: str, arguments: Mapping[str, Any]) -> list[Evidence]:
        """Evidence of an operator over the whole clip, with its settings if ``arguments`` are given.

        Raises:
            UnknownName: no such operator.
            UsageError: the arguments do not fit; the message lists those that do.
            BudgetExhausted: more than ``MAX_CALLS`` calls or ``MAX_SECONDS`` for one question.
        """
        if len(self.calls) >= MAX_CALLS:
            raise BudgetExhausted(f"a question may call at most {MAX_CALLS} tools")
        self.calls.append(f"{name[:64]} {json.dumps(dict(arguments), default=str)[:400]}: refused")
        kind = operator(name)
        tuned = settle(kind, arguments, self.case.brief)
        self._spend(kind)
        settings = {**tuning(self.case.brief), name: tuned}
        result = measure(self.case.clip, [name], self.case.ledger, settings=self.settings, tuned=settings)
        self.readings[reading_name(kind, tuned, self.case.brief)] = result.keys[name]
        found = result.evidence[name]
        self.calls[-1] = f"{self.calls[-1].removesuffix('refused')}{len(found)} readings"
        return found

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

    def _spend(self, kind: type[Operator]) -> None:
        """Counts the seconds that a call will take, with what it builds on and is not measured yet."""
        known = {e.operator for e in self.case.evidence.values()}
        cost = sum(
            estimate(n, self.case.facts) for n in (*depends(kind), kind.name) if n == kind.name or n not in known
        )
        if self._seconds + cost > MAX_SECONDS:
            raise BudgetExhausted(
                f"{kind.name} would take about {cost:.0f} s; a question may spend {MAX_SECONDS:g} s on its calls"
            )
        self._seconds += cost
