"""Our hard-cut detector: a cut is where what comes after is unlike what was before, and both sides are calmer.

It looks at two frames either side, and for pictures that come back (a flash, a damaged frame), and it asks for more
change across than within, so that a whip pan, which changes as much before and after, is no cut.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.shots._likeness import Scores, Strip, changes, spread, unlike

FLOOR = 0.14
"""Least unlikeness across a cut between two calm shots; unrelated scenes reach 0.3 to 0.7, calm shots below 0.05."""
UNREST = 1.1
"""How many times the unlikeness within must be surpassed across, on top of the floor."""
SAME_SHAPES = 0.1
"""Change in shape below which only the light changed: half of such changes stay below 0.05, cuts do not come here."""
RETURN = 0.5
"""A picture has come back when it is less unlike the one before than this share of the change in between."""
FLASH_SECONDS, FLASH_LIGHT = 0.25, 0.1
"""A change this short that is brighter by this (of 1) than both pictures around it is a flash: there, a picture that
moved on meanwhile counts as come back too."""
CHUNK = 1024


def steps(strip: Strip) -> tuple[Scores, Scores]:
    """(N,) unlikeness of each frame to the one before it, 0 for the first; and (N,) spread, near 0 for a flat frame."""
    near, plain = np.zeros(len(strip)), np.zeros(len(strip))
    for first in range(0, len(strip), CHUNK):
        before = min(first, 1)
        small = strip.small(np.arange(first - before, min(first + CHUNK, len(strip))))
        plain[first : first + CHUNK] = spread(small[before:])
        near[first + 1 - before : first + CHUNK] = unlike(small[:-1], small[1:])
    return near, plain


def certainty(strip: Strip, near: Scores, rate: float) -> Scores:
    """(N,) how surely a shot begins with each frame: 0 to 1, 0.5 on the threshold.

    Args:
        near: what :func:`steps` returned.
        rate: frames per second.
    """
    sure, last = np.zeros(len(near)), len(near) - 1
    for index in np.flatnonzero(near > FLOOR / 2).tolist():
        pairs = [(p, q) for p in (index - 1, index - 2) for q in (index, index + 1) if p >= 0 and q <= last]
        before, after = np.array(pairs).T
        place, shape = changes(strip.small(before), strip.small(after))
        if shape[0] < SAME_SHAPES:
            continue
        across = np.sqrt(place * shape).min()
        around = np.r_[near[max(1, index - 2) : index], near[index + 1 : index + 3]]
        margin = across / np.hypot(FLOOR, UNREST * around.max(initial=0.0))
        sure[index] = margin**4 / (1 + margin**4)
    return np.where(_passing(strip, near, rate), 0.0, sure)


def _passing(strip: Strip, near: Scores, rate: float) -> NDArray[np.bool_]:
    """(N,) frames within a change that is soon undone: the picture after it is the one before it, or nearly."""
    passing = np.zeros(len(near), bool)
    reach = max(2, ceil(FLASH_SECONDS * rate))
    for index in np.flatnonzero(near > FLOOR / 2).tolist():
        later = np.arange(index + 1, min(len(near), index + reach + 1))
        small = strip.small(np.r_[index - 1, index, later])
        light = small.mean(axis=(1, 2, 3))
        lit = np.minimum.accumulate(light[1:-1]) - np.maximum(light[0], light[2:]) > FLASH_LIGHT
        apart = unlike(np.broadcast_to(small[:1], small[2:].shape), small[2:])
        change = np.maximum(near[index], near[later])
        back = later[(near[later] > near[index] / 2) & (apart < np.where(lit, 2, 1) * RETURN * change)]
        if len(back):
            passing[index : back[-1] + 1] = True
    return passing
