"""The one protocol of judges: gate, choose tools, answer checks, reflect, explain.

A judge never scores and never writes the report: it decides and explains, the agent does the rest. What it cannot
see it answers with "not assessable" and a reason. It may ask the :class:`Bench` for more evidence while it answers;
the bench bounds, caches and logs every call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, runtime_checkable

from evalverse.agent.facts import Facts
from evalverse.report.brief import Brief
from evalverse.report.model import Answer, Finding, Interval
from evalverse.taxonomy import Check, Dimension, SubDimension
from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.operator import Shot


@dataclass(frozen=True)
class Case:
    """All that a judge may look at: the clip, the brief, the facts and the evidence so far."""

    clip: Clip
    brief: Brief
    facts: Facts
    shots: tuple[Shot, ...]
    ledger: Ledger
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    """By id."""
    chosen: frozenset[str] = frozenset()
    """Ids of evidence that was measured with settings of a judge's choice: to be seen and cited, but neither facts nor
    curves are read off it."""

    @property
    def usual(self) -> Case:
        """The same case without what was measured with settings of a judge's choice."""
        return replace(self, evidence={i: e for i, e in self.evidence.items() if i not in self.chosen})

    def readings(self, measure: str) -> list[Evidence]:
        """All evidence of one measure (``operator.measure``), clip-level first."""
        found = [e for e in self.evidence.values() if e.measure == measure]
        return sorted(found, key=lambda e: (e.scope != "clip", e.span.start if e.span else 0.0, e.id))

    def speaking_to(self, checks: Sequence[Check]) -> list[Evidence]:
        """The evidence of every operator that ``checks`` name, clip-level first."""
        names = {name for check in checks for name in check.operators}
        found = [e for e in self.evidence.values() if e.operator in names]
        return sorted(found, key=lambda e: (e.scope != "clip", e.measure, e.span.start if e.span else 0.0, e.id))


class Bench(Protocol):
    """How a judge asks for more: one call, one answer, every call counted against the budget."""

    def measure(self, operator: str, arguments: Mapping[str, Any]) -> list[Evidence]:
        """Runs an operator on the whole clip. Raises UsageError for a wrong call, BudgetExhausted past the bound."""

    def look(self, seconds: Sequence[float], height: int = 512) -> list[Evidence]:
        """The frames on screen at these times, each as evidence with its picture and ``data["seconds"]``."""


@dataclass(frozen=True)
class Ruling:
    """Whether the story context calls for a sub-dimension; ``why`` is printed."""

    path: str
    applies: bool
    why: str


@dataclass(frozen=True)
class Request:
    """An operator that a judge wants run, and why."""

    operator: str
    why: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reflection:
    """A judge's second thoughts: answers that it corrects or withdraws, and evidence that it still wants."""

    answers: tuple[Answer, ...] = ()
    wants: tuple[Request, ...] = ()


@dataclass(frozen=True)
class Doubt:
    """A check on which a judge and the instruments disagree: both answers have a value."""

    check: Check
    said: Answer
    measured: Answer


@runtime_checkable
class Fallible(Protocol):
    """A judge that may overlook what was measured: it is asked again where it disagrees with strong evidence, and
    answers of it that are all alike are withdrawn."""

    def reconsider(self, case: Case, doubts: Sequence[Doubt]) -> list[Answer]:
        """Second answers to the checks in doubt; a check may be left out. Raises JudgeError."""


@runtime_checkable
class Looker(Protocol):
    """A judge that sees pictures, and can be asked of a doubtful cut whether it is one."""

    def settle_cuts(self, case: Case, doubts: Sequence[Evidence]) -> dict[float, Literal["cut", "take"]]:
        """What it calls each of the ``doubts`` (moments of ``cut_doubts``), by their ``data["at"]``; those of which it
        is not sure, or whose reply cannot be read, are left out. Raises JudgeUnavailable."""


@runtime_checkable
class Judge(Protocol):
    """What decides and explains. ``id`` names model and settings: it is stored with every answer."""

    id: str
    calibration: str
    """Id of the fitted numbers behind its answers, or 'none'."""

    def gate(self, case: Case, candidates: Sequence[SubDimension]) -> list[Ruling]:
        """One ruling per candidate. Candidates have passed the deterministic gates already."""

    def choose(self, case: Case, inspected: Sequence[SubDimension], offered: Sequence[str]) -> list[Request]:
        """Which of the ``offered`` operators to run for what is inspected, most wanted first."""

    def answer(self, case: Case, dimension: Dimension, checks: Sequence[Check], bench: Bench) -> list[Answer]:
        """One answer per check of one dimension, each step citing evidence ids."""

    def spread(self, path: str, score: float) -> Interval | None:
        """Where the truth of a sub-dimension lies nine times in ten, given its score; None if it was not calibrated."""
        return None

    def reflect(self, case: Case, answers: Sequence[Answer]) -> Reflection:
        """Re-examines its own claims against the ledger."""

    def explain(self, case: Case, findings: Sequence[Finding]) -> list[Finding]:
        """The same findings, worded for the reader; numbers and times must stay those of the ledger."""

    def usage(self) -> dict[str, float]:
        """Calls, tokens, seconds and money used so far."""
