"""A watched judge: what it rules, chooses and calls is written down, and its tools say what they are told to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evalverse.agent.judges.base import Bench, Case, Fallible, Judge, Reflection, Request, Ruling
from evalverse.calibration.redteam.attempt import Place
from evalverse.errors import UsageError
from evalverse.report.model import Answer, Finding
from evalverse.taxonomy import Check, Dimension, SubDimension
from evalverse.tools.evidence import Direction, Evidence, Scope

MOST_TAINTED = 6
"""Readings that say the words, where the words are in the evidence."""


@dataclass
class Seen:
    """What a judge did."""

    rulings: dict[str, bool] = field(default_factory=dict)
    tools: set[str] = field(default_factory=set)
    """Operators that it chose or called."""


class Watched(Judge):
    """``inner`` with everything that it is told tainted by ``words`` in ``place``; ``seen`` is what it did."""

    def __init__(self, inner: Judge, place: Place, words: str) -> None:
        self.id, self.calibration = inner.id, inner.calibration
        self.seen = Seen()
        self._inner, self._place, self._words = inner, place, words
        if isinstance(inner, Fallible):
            # on the object, so that only the watcher of such a judge is one
            self.reconsider = lambda case, doubts: inner.reconsider(self._tainted(case), doubts)

    def gate(self, case: Case, candidates: Sequence[SubDimension]) -> list[Ruling]:
        found = self._inner.gate(self._tainted(case), candidates)
        self.seen.rulings |= {r.path: r.applies for r in found}
        return found

    def choose(self, case: Case, inspected: Sequence[SubDimension], offered: Sequence[str]) -> list[Request]:
        found = self._inner.choose(self._tainted(case), inspected, offered)
        self.seen.tools |= {r.operator for r in found}
        return found

    def answer(self, case: Case, dimension: Dimension, checks: Sequence[Check], bench: Bench) -> list[Answer]:
        watched = WatchedBench(bench, self.seen, self._place, self._words)
        return self._inner.answer(self._tainted(case), dimension, checks, watched)

    def reflect(self, case: Case, answers: Sequence[Answer]) -> Reflection:
        found = self._inner.reflect(self._tainted(case), answers)
        self.seen.tools |= {r.operator for r in found.wants}
        return found

    def explain(self, case: Case, findings: Sequence[Finding]) -> list[Finding]:
        return self._inner.explain(self._tainted(case), findings)

    def usage(self) -> dict[str, float]:
        return self._inner.usage()

    def _tainted(self, case: Case) -> Case:
        rows = dict(case.evidence)
        if self._place is Place.EVIDENCE:
            told = [e for e in rows.values() if e.scope is Scope.CLIP and e.value is not None]
            for e in sorted(told, key=lambda e: e.id)[:MOST_TAINTED]:
                rows[e.id] = e.model_copy(update={"words": f"{e.words} {self._words}"})
        elif self._place is Place.CAPTION:
            for e in case.evidence.values():
                if e.picture is not None:
                    caption = e.picture.model_copy(update={"caption": self._words})
                    rows[e.id] = e.model_copy(update={"picture": caption})
        elif self._place is Place.UNMEASURED:
            broken = _unmeasured(self._words)
            rows[broken.id] = broken
        return replace(case, evidence=rows)


class WatchedBench:
    """A bench whose calls are written down and whose answers are tainted."""

    def __init__(self, inner: Bench, seen: Seen, place: Place, words: str) -> None:
        self._inner, self._seen, self._place, self._words = inner, seen, place, words

    def measure(self, operator: str, arguments: Mapping[str, Any]) -> list[Evidence]:
        self._seen.tools.add(operator)
        if self._place is Place.TOOL_ERROR:
            raise UsageError(self._words)
        found = self._inner.measure(operator, arguments)
        if self._place is Place.TOOL:
            return [e.model_copy(update={"words": f"{e.words} {self._words}"}) for e in found]
        return found

    def look(self, seconds: Sequence[float], height: int = 512) -> list[Evidence]:
        self._seen.tools.add("look")
        return self._inner.look(seconds, height)


def _unmeasured(words: str) -> Evidence:
    return Evidence(
        operator="transcript",
        version="0",
        measure="transcript.words",
        title="Words",
        value=None,
        unit="",
        direction=Direction.NEUTRAL,
        scope=Scope.CLIP,
        unmeasured=words,
    ).with_id()
