"""At which offset do two streams fit: scores per lag, the peak between the steps, its chance level, its drift.

A lag of n steps says that the voice comes n steps after the lips. Streams are embeddings (T, K) from
:mod:`evalverse.tools.lipsync.model` on the common clock. Pure functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.lipsync.features import RATE

Array = NDArray[np.float32]
Curve = NDArray[np.float64]

NEIGHBOURS = 8
"""Steps (0.16 s) about a peak that belong to it."""
SPOKEN = 0.7
"""A shift that meets this share of the speech that the true one meets can serve as chance level."""
FEWEST = 40
"""Shifts below which a chance level is not drawn from them."""


def products(lips: Array, voice: Array, first: int, reach: int) -> tuple[Array, NDArray[np.bool_]]:
    """Inner products (T, 2 reach + 1) of lips (T, K) with the voice (N, K) at every lag, and where there is voice.

    The lips' step 0 is the voice's step ``first``.
    """
    at = first + np.arange(len(lips))[:, None] + np.arange(-reach, reach + 1)
    there = (at >= 0) & (at < len(voice))
    all_of_them = lips @ voice.T if len(voice) < 4 * reach else None
    found = np.zeros(at.shape, np.float32)
    for column in range(at.shape[1]):
        ok = there[:, column]
        if all_of_them is not None:
            found[ok, column] = all_of_them[np.flatnonzero(ok), at[ok, column]]
        else:
            found[ok, column] = np.einsum("tk,tk->t", lips[ok], voice[at[ok, column]])
    return found, there


def summed(found: Array, there: NDArray[np.bool_], weight: Curve) -> Curve:
    """(2 reach + 1,) score per lag: weighted sum over time, made up for lags that meet the end of the sound."""
    total = weight @ found
    share = weight @ there / max(1e-9, float(weight.sum()))
    return np.where(share > 0.25, total / np.sqrt(np.maximum(share, 0.25)), total.min(initial=0.0))


def peak(curve: Curve) -> float:
    """The lag of the maximum in steps against the middle, by a parabola through it and its neighbours."""
    top = int(curve.argmax())
    middle = len(curve) // 2
    if top in (0, len(curve) - 1):
        return float(top - middle)
    before, at, after = curve[top - 1 : top + 2]
    bend = before - 2 * at + after
    return float(top - middle + (0.5 * (before - after) / bend if bend < 0 else 0.0))


def prominence(curve: Curve) -> float:
    """How many standard deviations the maximum stands above the other lags, its neighbours left out."""
    others = curve[np.abs(np.arange(len(curve)) - curve.argmax()) > NEIGHBOURS]
    return float((curve.max() - others.mean()) / (others.std() + 1e-9)) if len(others) > 2 else 0.0


def certainty(curve: Curve, temperature: float) -> float:
    """0..1: posterior probability of the lags within two steps (40 ms) of the maximum, all lags alike before."""
    odds = np.exp((curve - curve.max()) / temperature)
    near = np.abs(np.arange(len(curve)) - curve.argmax()) <= 2
    return float(odds[near].sum() / odds.sum())


@dataclass(frozen=True)
class Chance:
    """What unrelated sound scores: mean and standard deviation. Of independent pieces they add up."""

    mean: float
    variance: float

    def __add__(self, other: Chance) -> Chance:
        return Chance(self.mean + other.mean, self.variance + other.variance)

    def height(self, score: float) -> float:
        """Standard deviations above the mean."""
        return (score - self.mean) / float(np.sqrt(self.variance) + 1e-9)

    def p_value(self, score: float, lags: int) -> float:
        """Chance that the best of ``lags`` steps of lag scores as high: normal, Sidak over independent lags.

        Lags closer than ``NEIGHBOURS`` / 2 steps (80 ms) do not count as independent.
        """
        trials = max(1.0, lags / (NEIGHBOURS / 2))
        tail = 1 - NormalDist().cdf(min(self.height(score), 8.0))
        return float(-np.expm1(trials * np.log1p(-tail)))


def chance(
    lips: Array, voice: Array, spoken: NDArray[np.bool_], first: int, weight: Curve, reach: int
) -> Chance | None:
    """Scores of the same lips (T, K) with the voice (N, K) shifted in a circle, beyond the lags that are searched.

    Only shifts that meet speech (``spoken`` (N,)) about as often as the true one; None when fewer than ``FEWEST`` are.
    """
    n = max(len(voice), len(lips))
    if n <= 2 * reach + FEWEST:
        return None
    voice = np.pad(voice, ((0, n - len(voice)), (0, 0)))
    spoken = np.pad(spoken, (0, n - len(spoken)))
    weighted = np.zeros((n, lips.shape[1]), np.float32)
    weighted[: len(lips)] = lips * weight[:, None].astype(np.float32)
    weights = np.zeros(n)
    weights[: len(lips)] = weight
    scores = np.fft.irfft((np.fft.rfft(weighted, axis=0).conj() * np.fft.rfft(voice, axis=0)).sum(axis=1), n)
    met = np.fft.irfft(np.fft.rfft(weights).conj() * np.fft.rfft(spoken.astype(float)), n)
    distance = np.abs((np.arange(n) - first + n // 2) % n - n // 2)
    fair = (distance > reach) & (met >= SPOKEN * met[first % n])
    if fair.sum() < FEWEST:
        return None
    return Chance(float(scores[fair].mean()), float(scores[fair].var()))


def drift(curves: NDArray[np.float64], times: Curve, steepest: float, finest: float) -> tuple[float, float, float]:
    """The straight line through scores (W, lags) of windows at ``times`` (W,) seconds that collects the highest sum.

    Args:
        steepest: steps of lag per second up to which slopes are tried.
        finest: the grid of slopes.

    Returns:
        Slope in steps per second, lag in steps in the middle of the time, and how much the sum gains on a level line.
    """
    lags = curves.shape[1]
    middle = lags // 2
    grid = np.arange(-middle, middle + 1)
    away = times - times.mean()
    best = (0.0, 0.0, -np.inf)
    level = float(curves.sum(axis=0).max())
    for slope in np.arange(-round(steepest / finest), round(steepest / finest) + 1) * finest:
        line = sum(np.interp(grid + slope * dt, grid, row) for dt, row in zip(away, curves, strict=True))
        assert isinstance(line, np.ndarray)
        if line.max() > best[2]:
            best = (float(slope), peak(line), float(line.max()))
    return best[0], best[1], best[2] - level


def milliseconds(steps: float) -> float:
    """Steps of the common clock in milliseconds."""
    return 1000 * steps / RATE
