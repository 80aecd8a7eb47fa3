"""Split conformal intervals: how far held-out answers were from the truth, by bands of the answer, and their coverage.

Nine in ten new clips of the laboratory's kind lie within (Vovk et al. 2005, "Algorithmic Learning in a Random World";
by bands as Mondrian predictors do, so that a low answer is not given the ease of the many high ones). Clips of one
source are alike, so the unit that is new is a source, not a clip (Dunn et al. 2022, "Distribution-Free Prediction Sets
for Two-Layer Hierarchical Models"). Clips weigh as they do in the fit: own faults, clean clips and clips with other
faults a third each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.agent.judges.fitted import Band, Bands, interval
from evalverse.calibration.fit.data import Vector
from evalverse.calibration.fit.measure import quantile

NOMINAL = 0.9
EDGES = (0.5, 0.85, 1.0)
"""Upper ends of the bands: a fault, in between, holds."""
FEWEST = 20
"""Clips that a band must have; one with fewer is joined to the next."""


def bands(answer: Vector, truth: Vector, weight: Vector, sources: NDArray[np.str_]) -> Bands:
    """The bands of (M,) held-out answers; M > 0, no nan."""
    found: list[Band] = []
    below, more = -1.0, 1 / (len(set(sources)) + 1)
    for edge in EDGES:
        mine = (answer > below) & (answer <= edge)
        left = (answer > edge).sum()
        if (mine.sum() < FEWEST or 0 < left < FEWEST) and edge < EDGES[-1]:
            continue
        if mine.any():
            found.append(Band(up_to=edge, off=_off(np.abs(answer - truth)[mine], weight[mine], more)))
            below = edge
    return tuple(found) or (Band(up_to=1.0, off=1.0),)


def _off(residuals: Vector, weight: Vector, more: float) -> float:
    """The conformal quantile. The source to come counts as one ``more``, with the largest residuals there can be."""
    mass = weight.sum() * more / (1 - more)
    return min(1.0, float(np.ceil(quantile(np.append(residuals, 1.0), np.append(weight, mass), NOMINAL) * 1e4) / 1e4))


def coverage(answer: Vector, truth: Vector, weight: Vector, sources: NDArray[np.str_]) -> float:
    """Share of the weight whose truth lies in the interval that bands of the other sources give."""
    inside = np.zeros(len(answer), bool)
    for source in sorted(set(sources)):
        out = sources == source
        if out.all():
            return float("nan")
        given = bands(answer[~out], truth[~out], weight[~out], sources[~out])
        for i in np.flatnonzero(out):
            band = interval(given, float(answer[i]))
            inside[i] = band.low - 1e-9 <= truth[i] <= band.high + 1e-9
    return float(weight @ inside / weight.sum())
