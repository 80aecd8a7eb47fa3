"""Measures that were named before these clips were looked at, their combinations, and what so few clips can show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evalverse.calibration.agreement.rank import Clips, left_out, placed
from evalverse.calibration.credibility.rank import Values

WITH_LIMITS = {
    "track_survival.survival": 1,
    "track_survival.recognised": 1,
    "flow_consistency.inconsistent": -1,
    "local_melt.worst_place": -1,
}
"""What an earlier study of other clips had named, and which way each goes. They abstain where things move fast."""
PARTS = ("corners", "features", "paths", "places")
"""The same four as persistence reads them on every clip; all of them rise with quality."""


def rows(readings: Mapping[str, Values], target: Values, clips: Clips) -> dict[str, Values]:
    """(N,) values by name of all that is tried on temporal quality beyond single measures; nan where not measured.

    Nothing is fitted but in the rows called ridge, and there each prompt is told by the others.
    """
    none = np.full(len(target), np.nan)
    parts = {f"persistence.{name}": 1 for name in PARTS}

    def table(names: Mapping[str, int]) -> Values:
        return np.stack([readings.get(n, none) for n in names], -1)

    held, speed = readings.get("persistence.held", none), readings.get("persistence.speed", none)
    return {
        "`persistence.held`": held,
        "its corners": readings.get("persistence.corners", none),
        "its features": readings.get("persistence.features", none),
        "its paths": readings.get("persistence.paths", none),
        "its places": readings.get("persistence.places", none),
        "its worst 0.4 s": readings.get("persistence.worst", none),
        "it, with speed taken out": without(held, speed),
        "speed alone": speed,
        "ranks of the four, with limits of speed": together(readings, WITH_LIMITS, none),
        "ranks of the four, on every clip": together(readings, parts, none),
        "ridge, with limits of speed": left_out(table(WITH_LIMITS), target, clips),
        "ridge, on every clip": left_out(table(parts), target, clips),
    }


def together(readings: Mapping[str, Values], signs: Mapping[str, int], none: Values) -> Values:
    """(N,) mean of the signed ranks (0..1) of the measures that could be read on each clip, all of equal weight."""
    table = np.stack([sign * placed(readings.get(name, none)) for name, sign in signs.items()], -1)
    known = np.isfinite(table)
    sums = np.where(known, table, 0).sum(-1)
    return np.where(known.any(-1), sums / np.maximum(known.sum(-1), 1), np.nan)


def without(values: Values, other: Values) -> Values:
    """(N,) what is left of the ranks of ``values`` when those of ``other`` are taken out by a straight line."""
    one, two = placed(values), placed(other)
    known = np.isfinite(one) & np.isfinite(two)
    if known.sum() < 3 or two[known].std() == 0:
        return np.full(len(values), np.nan)
    slope, level = np.polyfit(two[known], one[known], 1)
    return np.asarray(one - slope * two - level)


def power(rho: float, prompts: int, generators: int) -> float:
    """Chance that a correlation ``rho`` within generator and prompt is told from 0, twice-sided at 5 %.

    Fisher's z with the degrees of freedom that are left once the means of prompts and generators are taken out.
    """
    from scipy.stats import norm

    free = (prompts - 1) * (generators - 1)
    return float(norm.cdf(np.arctanh(rho) * np.sqrt(free - 2) - norm.ppf(0.975)))


def prompts_for(rho: float, generators: int, wanted: float = 0.8) -> int:
    """The fewest prompts with which ``power`` reaches ``wanted``."""
    return next(n for n in range(4, 10_000) if power(rho, n, generators) >= wanted)
