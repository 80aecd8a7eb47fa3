"""How good answers are: area under ROC, calibration error, weighted quantiles."""

from __future__ import annotations

import numpy as np

from evalverse.calibration.fit.data import Vector


def auroc(high: Vector, low: Vector, high_weight: Vector | None = None, low_weight: Vector | None = None) -> float:
    """The probability that one of ``high`` lies above one of ``low``, ties counting half; nan when one is empty."""
    if not len(high) or not len(low):
        return float("nan")
    w = np.ones(len(high)) if high_weight is None else high_weight
    v = np.ones(len(low)) if low_weight is None else low_weight
    order = np.argsort(low, kind="stable")
    ranked, mass = low[order], np.concatenate([[0.0], np.cumsum(v[order])])
    below = mass[np.searchsorted(ranked, high, "left")]
    up_to = mass[np.searchsorted(ranked, high, "right")]
    return float((w @ (below + up_to) / 2) / (w.sum() * mass[-1]))


def quantile(values: Vector, weight: Vector, share: float) -> float:
    """The smallest value that at least ``share`` of the weight does not exceed; -inf of nothing."""
    if not len(values):
        return float("-inf")
    order = np.argsort(values, kind="stable")
    mass = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][min(int(np.searchsorted(mass, share - 1e-9)), len(values) - 1)])


def calibration_error(answer: Vector, truth: Vector, weight: Vector, bins: int = 5) -> float:
    """Expected calibration error: the mean distance of mean answer and mean truth over ``bins`` of equal weight."""
    order = np.argsort(answer, kind="stable")
    mass = np.cumsum(weight[order]) / weight.sum()
    which = np.minimum((mass * bins - 1e-9).astype(int), bins - 1)
    total = 0.0
    for k in range(bins):
        mine = order[which == k]
        if len(mine):
            w = weight[mine]
            total += float(abs(w @ (answer[mine] - truth[mine])))
    return total / float(weight.sum())
