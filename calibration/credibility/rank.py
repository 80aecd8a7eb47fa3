"""Statistics of agreement: correlation of ranks, area under ROC, accuracy over pairs, agreement of raters, intervals.

All take numpy arrays without missing values unless they say so, and give nan where there is nothing to compare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Labels = NDArray[np.str_]

DRAWS = 1000
FEWEST_GROUPS = 3
"""Groups below which no interval is given."""


@dataclass(frozen=True)
class Estimate:
    """A statistic with its 95 % interval; nan where there was too little."""

    value: float
    low: float = float("nan")
    high: float = float("nan")

    @property
    def known(self) -> bool:
        return bool(np.isfinite(self.value))

    @property
    def bounded(self) -> bool:
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


def ranks(values: Values) -> Values:
    """(N,) ranks from 1, ties share their mean."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), np.float64)


def correlation(one: Values, other: Values) -> float:
    """Pearson's correlation; 0 when either is constant."""
    one, other = one - one.mean(), other - other.mean()
    scale = np.sqrt((one**2).sum() * (other**2).sum())
    return float((one * other).sum() / scale) if scale > 1e-9 else 0.0


def spearman(one: Values, other: Values) -> float:
    """Spearman's rank correlation of (N,) and (N,); 0 when either is constant, nan for fewer than three."""
    return correlation(ranks(one), ranks(other)) if len(one) > 2 else float("nan")


def within(one: Values, other: Values, *factors: Labels) -> float:
    """The same of what is left of the ranks once the means of every label of every factor are taken out."""
    return correlation(without_effects(ranks(one), *factors), without_effects(ranks(other), *factors))


def without_effects(values: Values, *factors: Labels) -> Values:
    """Residuals (N,) of the additive model of ``factors``, each (N,)."""
    if len(factors) == 1:  # the means of one factor need no equations, and intervals ask often
        _, place = np.unique(factors[0], return_inverse=True)
        return np.asarray(values - (np.bincount(place, values) / np.bincount(place))[place])
    columns = [factor == label for factor in factors for label in np.unique(factor)]
    design = np.stack(columns, -1).astype(np.float64)
    return np.asarray(values - design @ np.linalg.lstsq(design, values, rcond=None)[0])


def auc(low: Values, high: Values) -> float:
    """Area under ROC: the share of pairs in which one of ``low`` lies below one of ``high``; ties count half."""
    if not len(low) or not len(high):
        return float("nan")
    placed = ranks(np.concatenate([low, high]))
    return float((placed[len(low) :].sum() - len(high) * (len(high) + 1) / 2) / (len(low) * len(high)))


@dataclass(frozen=True)
class Pairs:
    """Agreement over pairs of clips. ``all`` counts a tie as right only where both tie (Deutsch et al. 2023, "Ties
    Matter", without tie calibration); ``decided`` leaves out pairs that the truth ties, a tied score counts half."""

    all: float
    decided: float
    pairs: int


def pairwise(score: Values, truth: Values, group: Labels | None = None) -> Pairs:
    """Accuracy over all pairs, or over those within one ``group`` (N,)."""
    i, j = np.triu_indices(len(score), 1)
    if group is not None:
        same = group[i] == group[j]
        i, j = i[same], j[same]
    said, true = np.sign(score[i] - score[j]), np.sign(truth[i] - truth[j])
    if not len(i):
        return Pairs(float("nan"), float("nan"), 0)
    decided = true != 0
    right = np.where(said == true, 1.0, np.where(said == 0, 0.5, 0.0))[decided]
    return Pairs(float((said == true).mean()), float(right.mean()) if len(right) else float("nan"), len(i))


def alpha(ratings: Values) -> float:
    """Krippendorff's alpha for ordinal ratings (N, R), nan where a rater gave none; nan if nobody shares a clip.

    Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability".
    """
    rated = ratings[np.isfinite(ratings).sum(1) > 1]
    levels = np.unique(rated[np.isfinite(rated)])
    if not len(levels):
        return float("nan")
    counts = np.stack([(rated == level).sum(1) for level in levels], -1).astype(np.float64)  # (units, levels)
    pairs = (counts.T / (counts.sum(1) - 1)) @ counts
    pairs -= np.diag((counts / (counts.sum(1, keepdims=True) - 1)).sum(0))
    total = pairs.sum(1)
    middle = np.cumsum(total) - total / 2
    gap = (middle[:, None] - middle[None, :]) ** 2
    expected = (np.outer(total, total) * gap).sum() / (total.sum() - 1)
    return float(1 - (pairs * gap).sum() / expected) if expected > 0 else float("nan")


Drawn = Callable[[NDArray[np.intp], Labels], float]
"""A statistic of the clips with these indices, and the group of each; a group that is drawn twice counts as two."""


def over_groups(statistic: Drawn, group: Labels, draws: int = DRAWS, seed: int = 0) -> tuple[float, float]:
    """A statistic's 95 % interval: groups are drawn with replacement, so that their clips stay together."""
    members = [np.flatnonzero(group == label) for label in np.unique(group)]
    if len(members) < FEWEST_GROUPS:
        return float("nan"), float("nan")
    draw, marks = np.random.default_rng(seed), np.arange(len(members)).astype(np.str_)
    drawn = []
    for _ in range(draws):
        picked = draw.integers(0, len(members), len(members))
        chosen = np.concatenate([members[k] for k in picked])
        names = np.repeat(marks, [len(members[k]) for k in picked])
        drawn.append(statistic(chosen, names))
    return interval(np.array(drawn))


def interval(drawn: Values) -> tuple[float, float]:
    """The middle 95 % of what was drawn; nan if most draws held nothing to compare."""
    known = drawn[np.isfinite(drawn)]
    if 2 * len(known) < len(drawn):
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
