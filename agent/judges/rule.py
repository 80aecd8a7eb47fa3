"""How the evidence judge comes from readings to an answer: by a rule, which is a set of curves or a fitted model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from evalverse.agent.judges.base import Case
from evalverse.report.model import Interval
from evalverse.tools.evidence import Evidence, Scope

Points = tuple[tuple[float, float], ...]

GROSS = 0.25
"""Below this a documented curve overrules a fit: faults so gross are rarer in the laboratory than in the wild."""


def overrules(curve: Any, fit: Any) -> Any:
    """Whether a documented curve's answer stands instead of a fit's: numbers, or arrays of one shape.

    A sum of readings must not excuse a single one that the curve calls gross.
    """
    return (curve < GROSS) & (curve < fit)


def along(points: Points, value: float) -> float:
    """Where a broken line stands at ``value``: straight between its points, flat outside."""
    if value <= points[0][0]:
        return points[0][1]
    for (v0, y0), (v1, y1) in pairwise(points):
        if value <= v1:
            return y0 + (y1 - y0) * (value - v0) / (v1 - v0)
    return points[-1][1]


@dataclass(frozen=True)
class Share:
    """One reading and what it costs the answer."""

    evidence: Evidence
    lost: float
    """Of 1, what the reading takes off the answer."""
    costs: Points
    """(value, cost) of the same measure, in any unit that rises as the answer falls."""

    def place(self, case: Case) -> Evidence | None:
        """Where the measure is at its worst: a moment, else a shot, else nowhere in particular.

        Beyond the end of a curve all costs are alike; there the reading furthest from a good one decides.
        """
        if self.evidence.scope is not Scope.CLIP:
            return self.evidence
        good = min(self.costs, key=lambda point: point[1])[0]
        rows = case.readings(self.evidence.measure)
        for scope in (Scope.MOMENT, Scope.SHOT):
            local = [(e.value, e) for e in rows if e.scope is scope and e.value is not None and e.span is not None]
            if local:
                return max(local, key=lambda r: (along(self.costs, r[0]), abs(r[0] - good)))[1]
        return None


@dataclass(frozen=True)
class Decision:
    """An answer in 0..1, where the truth may lie, and the readings behind it, the dearest first."""

    value: float
    interval: Interval
    shares: tuple[Share, ...]
    by: str
    """Against what the readings were held, to follow "held against"."""
    weighed: bool = False
    """The shares add up to what the answer lost; otherwise the dearest alone decides."""


@dataclass(frozen=True)
class Passed:
    """Why a rule was not used, and the evidence that says so."""

    why: str
    evidence: tuple[str, ...] = ()


def unread(case: Case, measures: Iterable[str]) -> Passed:
    """That these could not be measured, each with its reason."""
    rows = {m: next((e for e in case.readings(m) if e.unmeasured), None) for m in measures}
    told = [f"{e.title}: {e.unmeasured}" if e else measure for measure, e in rows.items()]
    return Passed(f"could not be measured ({'; '.join(told)})", tuple(e.id for e in rows.values() if e))


class Rule(Protocol):
    """One way to answer one check."""

    @property
    def operators(self) -> Sequence[str]:
        """Whose readings it wants."""

    def decide(self, case: Case) -> Decision | Passed:
        """The decision, or why there is none."""
