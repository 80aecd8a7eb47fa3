"""Rank correlation, overall and with the effects of generators and prompts removed, with intervals over prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.credibility import rank
from evalverse.calibration.credibility.rank import DRAWS, Labels, Values, over_groups, ranks, spearman

FEWEST = 12
"""Clips below which no correlation is given."""


@dataclass(frozen=True)
class Reading:
    """Spearman's correlation with its 95 % interval (bootstrap over prompts); nan where too few clips could be read."""

    rho: float
    low: float
    high: float
    clips: int


@dataclass(frozen=True)
class Clips:
    """Who made each clip (N,) and to which prompt (N,)."""

    generator: Labels
    prompt: Labels

    def __getitem__(self, chosen: NDArray[np.intp]) -> Clips:
        return Clips(self.generator[chosen], self.prompt[chosen])


Correlation = Callable[[Values, Values, Clips], float]


def overall(one: Values, other: Values, clips: Clips) -> float:
    """Spearman's rank correlation of (N,) and (N,)."""
    return spearman(one, other)


def within(one: Values, other: Values, clips: Clips) -> float:
    """The same of what is left of the ranks once the means of every generator and every prompt are taken out."""
    return rank.within(one, other, clips.generator, clips.prompt)


def reading(how: Correlation, one: Values, other: Values, clips: Clips, seed: int = 0) -> Reading:
    """A correlation with its interval: prompts are drawn with replacement, so that their clips stay together."""
    known = np.flatnonzero(np.isfinite(one) & np.isfinite(other))
    if len(known) < FEWEST:
        return Reading(float("nan"), float("nan"), float("nan"), len(known))
    one, other, clips = one[known], other[known], clips[known]

    def drawn(chosen: NDArray[np.intp], names: Labels) -> float:
        return how(one[chosen], other[chosen], Clips(clips.generator[chosen], names))

    low, high = over_groups(drawn, clips.prompt, seed=seed)
    return Reading(how(one, other, clips), low, high, len(known))


def ceiling(how: Correlation, raters: NDArray[np.float64], clips: Clips) -> Reading:
    """How well one person predicts the others: each of (N, R) raters against the mean of the rest, averaged."""
    found = [reading(how, raters[:, k], np.delete(raters, k, axis=1).mean(1), clips) for k in range(raters.shape[1])]
    rho, low, high = np.mean([(f.rho, f.low, f.high) for f in found], axis=0)
    return Reading(float(rho), float(low), float(high), found[0].clips)


def chance(how: Correlation, tried: Sequence[Values], target: Values, clips: Clips, seed: int = 0) -> float:
    """What the best of all the measures that were tried reaches by luck: 95th percentile under shuffled ratings.

    Ratings are shuffled within each generator, which keeps what generators differ in.
    """
    draw = np.random.default_rng(seed)
    best = []
    for _ in range(DRAWS // 5):
        shuffled = target.copy()
        for generator in np.unique(clips.generator):
            own = np.flatnonzero(clips.generator == generator)
            shuffled[own] = target[draw.permutation(own)]
        best.append(max(abs(how(values[k], shuffled[k], clips[k])) for values in tried if len(k := _known(values))))
    return float(np.percentile(best, 95))


def _known(values: Values) -> NDArray[np.intp]:
    known = np.flatnonzero(np.isfinite(values))
    return known if len(known) >= FEWEST else known[:0]


def placed(values: Values) -> Values:
    """(N,) ranks between -0.5 and 0.5; nan stays nan."""
    known = np.isfinite(values)
    found = np.full(len(values), np.nan)
    if known.any():
        found[known] = ranks(values[known]) / (known.sum() + 1) - 0.5
    return found


def left_out(features: NDArray[np.float64], target: Values, clips: Clips, strength: float = 10.0) -> Values:
    """(N,) predictions of ``target`` by ridge regression on the ranks of (N, K) features, each prompt by the others.

    The ranks of features lie in -0.5..0.5; what could not be measured counts as the middle. ``strength`` of the
    penalty is fixed beforehand, not chosen on these clips.
    """
    table = np.nan_to_num(np.stack([placed(column) for column in features.T], -1))
    predicted = np.zeros(len(target))
    for prompt in np.unique(clips.prompt):
        test = clips.prompt == prompt
        x, y = table[~test], target[~test]
        weights = np.linalg.solve(x.T @ x + strength / 12 * np.eye(x.shape[1]), x.T @ (y - y.mean()))
        predicted[test] = y.mean() + table[test] @ weights
    return predicted
