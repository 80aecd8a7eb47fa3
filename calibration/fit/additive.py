"""An additive model of one kind of fault: log-odds = start + broken lines of readings, which only speak for it.

A line is zero on the good side of what clean footage reads, rises towards the bad side (the one that the measure's
direction names; for one that only describes, the one that the faults moved it to) and is flat beyond what was seen. So
an unusual clip can never be called better than a clean one, a reading that is missing adds nothing, and how far each
reading moved the answer is read off directly. Slopes are non-negative coefficients of ramps between knots (piecewise
linear I-splines, Ramsay 1988, "Monotone regression splines in action"), held small by a penalty, since a laboratory
has few sources. For the same reason a reading takes part only if the faults moved it against their own clean
counterparts, which no difference between sources can feign; one that tells little by itself pays a higher penalty,
and a documented curve is a ramp that pays a lower one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from evalverse.agent.judges.documented import Proxy
from evalverse.agent.judges.fitted import ENOUGH, Line
from evalverse.agent.judges.rule import Points
from evalverse.calibration.fit.data import Vector
from evalverse.calibration.fit.measure import auroc, quantile
from evalverse.calibration.fit.sample import Sample
from evalverse.tools.evidence import Direction
from evalverse.tools.operator import operators

CLEAN = 0.5
"""Share of clean clips that read no worse than where a line begins to rise: low, so that answers tell apart what is not
yet a fault, and clean clips that read alike do not all get the same answer."""
KNOTS = (0.3, 0.6, 0.95)
"""Quantiles, of what reads worse than that, at which a line may bend."""
RIDGE, LASSO = 0.02, 0.01
"""Penalty on the squares and the sum of what each ramp adds; chosen once, for all checks together."""
DESCRIBES = 3.0
"""The same of a measure that only describes: what is dark or fast in the laboratory may be meant elsewhere."""
DOCUMENTED = 0.25
"""Penalty on a documented curve as a share of the usual one."""
LEAST = 0.1
"""How far a reading must tell plain faults from other clips by itself: twice the area under ROC, less one. Its penalty
is divided by it (the adaptive lasso, Zou 2006)."""
FEWEST = 8
"""Clips that must have a reading before it is used."""
MOVED = 2 / 3
"""Share of the plain faults of some family that must have moved a reading to one side."""
TRIFLE = 0.25
"""Of the distance between the quartiles of clean clips: what a fault must move a reading by."""
SMALL = 0.02
"""Log-odds below which a line is left out."""


@dataclass(frozen=True)
class Additive:
    """The model of one kind of fault."""

    start: float
    lines: tuple[Line, ...]

    def odds(self, sample: Sample) -> Vector:
        """(M,) log-odds of a fault; nan where less than half of the reach of its lines was measured."""
        reach = sum(line.reach for line in self.lines)
        total, there = np.full(len(sample.truth), self.start), np.zeros(len(sample.truth))
        for line in self.lines:
            total += _along(line.points, sample.columns[line.reading])
            there += line.reach * ~np.isnan(sample.bad(line.reading, 1))
        return np.where((there >= ENOUGH * reach - 1e-9) & (reach > 0), total, np.nan)


@dataclass(frozen=True)
class _Ramp:
    """Something that a reading may add, from 0 to 1, and its share of the usual penalty."""

    reading: str
    points: Points
    price: float = 1.0


@cache
def directions() -> dict[str, Direction]:
    """The direction of every declared measure, by ``operator.measure``."""
    return {f"{name}.{m.name}": m.direction for name, kind in operators().items() for m in kind.measures}


def candidates(names: Iterable[str], seen: Iterable[str]) -> list[str]:
    """The readings of the operators ``names`` among all ``seen`` that a line may be made of.

    Of shots and moments only the worst one counts; where a measure only describes, that may be either end.
    """
    wanted, found = set(names), set()
    for reading in seen:
        measure, _, end = reading.partition("@")
        direction = directions().get(measure)
        if measure.split(".")[0] not in wanted or direction is None:
            continue
        if not end or _signs(reading):
            found.add(reading)
    return sorted(found)


def _signs(reading: str) -> tuple[int, ...]:
    """Which way a reading may be bad: 1 upwards, -1 downwards. Of shots and moments only the outermost one counts."""
    measure, _, end = reading.partition("@")
    may = {Direction.LOWER: (1,), Direction.HIGHER: (-1,)}.get(directions()[measure], (1, -1))
    side = 1 if end.endswith("high") else -1
    return tuple(sign for sign in may if not end or sign == side)


def fit(sample: Sample, curves: Sequence[Proxy] = (), ridge: float = RIDGE, lasso: float = LASSO) -> Additive:
    """The model that explains the truth of ``sample``; ``curves`` are the documented ones of the check."""
    from scipy.optimize import minimize

    ramps = [ramp for reading in sorted(sample.columns) for ramp in _ramps(sample, reading)]
    ramps += [ramp for curve in curves if (ramp := _documented(sample, curve)) is not None]
    design = np.stack(
        [np.ones(len(sample.truth)), *(_along(r.points, sample.columns[r.reading]) for r in ramps)], axis=1
    )
    price, fault, weight = np.array([r.price for r in ramps]), 1 - sample.truth, sample.weight

    def loss(beta: Vector) -> tuple[float, Vector]:
        z, slopes = design @ beta, beta[1:]
        value = weight @ (np.logaddexp(0, z) - fault * z) + price @ (ridge * slopes**2 + lasso * slopes)
        slope = design.T @ (weight * (0.5 * (1 + np.tanh(z / 2)) - fault))
        slope[1:] += price * (2 * ridge * slopes + lasso)
        return float(value), slope

    begin = np.zeros(len(ramps) + 1)
    bounds = [(None, None)] + [(0, None)] * len(ramps)
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 150, "ftol": 1e-7}).x
    return Additive(float(found[0]), tuple(_lines(ramps, found[1:])))


def _ramps(sample: Sample, reading: str) -> Iterator[_Ramp]:
    """The ramps of one reading towards each side that the faults moved it to; none when too few clips have it."""
    direction = directions()[reading.partition("@")[0]]
    for sign in _signs(reading):
        bad = sample.bad(reading, sign)
        there = ~np.isnan(bad)
        if there.sum() < FEWEST or not (there & sample.clean).any():
            return
        told = 2 * separation(sample, bad) - 1
        if not told > LEAST or not moved(sample, bad):
            continue
        begin = quantile(bad[there & sample.clean], np.ones(int((there & sample.clean).sum())), CLEAN)
        beyond = bad[there & (bad > begin)]
        if len(beyond) < FEWEST // 2:
            continue
        if np.isinf(begin):  # most clean clips have no such moment, so having one is itself a sign
            begin = float(beyond.min() - 0.05 * np.ptp(beyond))
        # five significant digits: the file stays small, and twins of a knot fall together
        knots = np.unique([float(f"{k:.5g}") for k in (begin, *np.quantile(beyond, KNOTS))])
        for a, b in pairwise(knots):
            ends = sorted(((float(sign * a), 0.0), (float(sign * b), 1.0)))
            yield _Ramp(reading, tuple(ends), (DESCRIBES if direction is Direction.NEUTRAL else 1.0) / told)


def moved(sample: Sample, bad: Vector) -> bool:
    """Whether a family of faults raised the reading ``bad`` (M,) in most clips, each beside its clean counterpart, and
    by more than a trifle of what lies between clean clips.
    """
    paired = sample.plain & (sample.partner >= 0)
    clean = bad[sample.clean & np.isfinite(bad)]
    trifle = TRIFLE * np.subtract(*np.quantile(clean, (0.75, 0.25))) if len(clean) else 0.0
    with np.errstate(invalid="ignore"):  # no such moment in either clip
        rise = np.where(paired, bad - bad[sample.partner], np.nan) - trifle
    for family in set(sample.families[paired]):
        mine = rise[paired & (sample.families == family)]
        if np.nan_to_num(mine > 0).mean() >= MOVED:
            return True
    return False


def _documented(sample: Sample, curve: Proxy) -> _Ramp | None:
    """What a documented curve costs, as a ramp; None where nothing was read for it or it is flat there."""
    if curve.measure not in sample.columns:
        return None
    ramp = _Ramp(curve.measure, curve.costs, DOCUMENTED)
    return ramp if np.ptp(_along(ramp.points, sample.columns[ramp.reading])) > 0 else None


def _along(points: Points, values: Vector) -> Vector:
    """A broken line at (M,) values; 0 where there is none (nan)."""
    x, y = np.array(points).T
    return np.where(np.isnan(values), 0.0, np.interp(np.nan_to_num(values), x, y))


def _lines(ramps: Sequence[_Ramp], slopes: Vector) -> Iterator[Line]:
    """The ramps of each reading put together; those that add nothing are left out."""
    by_reading: dict[str, list[tuple[_Ramp, float]]] = {}
    for ramp, slope in zip(ramps, slopes, strict=True):
        by_reading.setdefault(ramp.reading, []).append((ramp, float(slope)))
    for reading, mine in sorted(by_reading.items()):
        used = [(ramp, slope) for ramp, slope in mine if slope > 1e-4]
        if sum(slope for _, slope in used) < SMALL:
            continue
        ends = np.unique([value for ramp, _ in used for value, _ in ramp.points])
        heights = sum((slope * _along(ramp.points, ends) for ramp, slope in used), np.zeros(len(ends)))
        points = zip(ends, heights, strict=True)
        yield Line(reading=reading, points=tuple((float(v), round(float(h), 4)) for v, h in points))


def separation(sample: Sample, bad: Vector) -> float:
    """Area under ROC of ``bad`` (M,), plain faults against clips that the check holds on; nan without readings."""
    there = ~np.isnan(bad)
    high, low = there & sample.plain, there & ~sample.own
    return auroc(bad[high], bad[low], sample.weight[high], sample.weight[low])


def best(sample: Sample) -> str | None:
    """The reading that tells plain faults from other clips best, either way, among those that most of them have."""
    found: list[tuple[float, str]] = []
    for name, values in sample.columns.items():
        there = ~np.isnan(values)
        bad, good = there & sample.plain, there & ~sample.own
        if bad.sum() < 0.5 * sample.plain.sum() or not bad.any() or not good.any():
            continue
        area = auroc(values[bad], values[good], sample.weight[bad], sample.weight[good])
        found.append((max(area, 1 - area), name))
    return max(found)[1] if found else None
