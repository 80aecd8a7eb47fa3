"""An additive model of a fault: log-odds = start + one broken line per reading, which only ever speaks for the fault.

A line starts at zero on the good side of what clean footage reads, rises towards the bad side (the side that the
measure's direction names; both sides for one that only describes) and is flat beyond what was seen. So an unusual
clip can never be called better than a clean one, a reading that is missing contributes nothing, and how far each
reading moved the answer is read off directly. Slopes are non-negative coefficients of ramps between knots (piecewise
linear I-splines, Ramsay 1988, "Monotone regression splines in action"), held small by a penalty, since a laboratory
has few sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from evalverse.agent.judges.fitted import ENOUGH, Line
from evalverse.calibration.fit.data import Mask, Vector
from evalverse.tools.evidence import Direction
from evalverse.tools.operator import operators

CLEAN = 0.75
"""Share of clean clips that read no worse than where a line begins to rise."""
KNOTS = (0.3, 0.6, 0.95)
"""Quantiles, of what reads worse than that, at which a line may bend."""
RIDGE, LASSO = 0.02, 0.01
"""Penalty on the squares and the sum of what each ramp adds; chosen once, for all checks together (see the docs)."""
FEWEST = 8
"""Clips that must have a reading before it is used."""


@dataclass(frozen=True)
class Additive:
    """The whole model of one check."""

    start: float
    lines: tuple[Line, ...]

    def odds(self, columns: Mapping[str, Vector], count: int) -> Vector:
        """(count,) log-odds of a fault; nan where less than half of the reach of its lines was measured."""
        reach = sum(line.reach for line in self.lines)
        total, there = np.full(count, self.start), np.zeros(count)
        for line in self.lines:
            values = columns[line.reading]
            total += np.where(np.isnan(values), 0.0, np.interp(np.nan_to_num(values), *zip(*line.points, strict=True)))
            there += line.reach * ~np.isnan(values)
        return np.where(there >= ENOUGH * reach - 1e-9, total, np.nan) if reach else np.full(count, np.nan)


@dataclass(frozen=True)
class _Ramp:
    """0 up to ``first``, 1 from ``last`` on; ``sign`` -1 turns the axis round."""

    reading: str
    sign: int
    first: float
    last: float

    def at(self, values: Vector) -> Vector:
        share = (self.sign * np.nan_to_num(values) - self.first) / (self.last - self.first)
        return np.where(np.isnan(values), 0.0, np.clip(share, 0.0, 1.0))


@cache
def directions() -> dict[str, Direction]:
    """The direction of every declared measure, by ``operator.measure``."""
    return {f"{name}.{m.name}": m.direction for name, kind in operators().items() for m in kind.measures}


def candidates(names: Iterable[str], seen: Iterable[str]) -> list[str]:
    """The readings of the operators ``names`` among all ``seen`` that a line may be made of.

    Of shots and moments only the worst one counts; where a measure only describes, none is worst.
    """
    wanted, found = set(names), set()
    for reading in seen:
        measure, _, end = reading.partition("@")
        direction = directions().get(measure)
        if measure.split(".")[0] not in wanted or direction is None:
            continue
        worst = {Direction.LOWER: ("high", "moment_high"), Direction.HIGHER: ("low", "moment_low")}
        if not end or end in worst.get(direction, ()):
            found.add(reading)
    return sorted(found)


def fit(
    columns: Mapping[str, Vector],
    truth: Vector,
    weight: Vector,
    clean: Mask,
    *,
    ridge: float = RIDGE,
    lasso: float = LASSO,
) -> Additive:
    """The model that explains ``truth`` (N,) in 0..1 from ``columns`` of (N,) readings.

    Args:
        weight: (N,) of each clip; their sum does not matter.
        clean: (N,) the clips without any fault, which say where lines begin.
    """
    from scipy.optimize import minimize

    ramps = [ramp for name in sorted(columns) for ramp in _ramps(name, columns[name], clean)]
    weight = weight / weight.sum()
    design = np.stack([np.ones(len(truth)), *(r.at(columns[r.reading]) for r in ramps)], axis=1)
    fault = 1 - truth

    def loss(beta: Vector) -> tuple[float, Vector]:
        z, slopes = design @ beta, beta[1:]
        value = float(weight @ (np.logaddexp(0, z) - fault * z) + ridge * slopes @ slopes + lasso * slopes.sum())
        slope = design.T @ (weight * (_sigmoid(z) - fault))
        slope[1:] += 2 * ridge * slopes + lasso
        return value, slope

    begin = np.zeros(len(ramps) + 1)
    bounds = [(None, None)] + [(0, None)] * len(ramps)
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 150, "ftol": 1e-7}).x
    return Additive(float(found[0]), tuple(_lines(ramps, found[1:])))


def _ramps(reading: str, values: Vector, clean: Mask) -> list[_Ramp]:
    """The ramps of one reading; none when it hardly varies or too few clips have it."""
    there = ~np.isnan(values)
    if there.sum() < FEWEST or not (there & clean).any():
        return []
    direction = directions()[reading.partition("@")[0]]
    signs = {Direction.LOWER: (1,), Direction.HIGHER: (-1,)}.get(direction, (1, -1))
    made = []
    for sign in signs:
        bad = sign * values
        begin = float(np.quantile(bad[there & clean], CLEAN))
        beyond = bad[there & (bad > begin)]
        if len(beyond) < FEWEST // 2:
            continue
        # five significant digits: the file stays small, and twins of a knot fall together
        knots = np.unique([float(f"{k:.5g}") for k in (begin, *np.quantile(beyond, KNOTS))])
        made += [_Ramp(reading, sign, float(a), float(b)) for a, b in pairwise(knots)]
    return made


def _lines(ramps: Sequence[_Ramp], slopes: Vector) -> Iterable[Line]:
    """The ramps of each reading put together; those that add nothing are left out."""
    for reading in dict.fromkeys(r.reading for r in ramps):
        mine = [(r, s) for r, s in zip(ramps, slopes, strict=True) if r.reading == reading]
        if sum(s for _, s in mine) < SMALL:
            continue
        ends = np.unique([r.sign * edge for r, _ in mine for edge in (r.first, r.last)])
        heights = sum((s * r.at(ends) for r, s in mine), np.zeros(len(ends)))
        yield Line(
            reading=reading, points=tuple((float(v), round(float(h), 4)) for v, h in zip(ends, heights, strict=True))
        )


SMALL = 0.02
"""Log-odds below which a line is left out."""


def _sigmoid(z: Vector) -> Vector:
    return np.asarray(0.5 * (1 + np.tanh(z / 2)))
