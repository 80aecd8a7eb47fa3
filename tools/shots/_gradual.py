"""Our detector of dissolves and fades: stretches in which every frame is a mixture of the two pictures at their ends.

A pan or a moving thing also leads from one picture to another, but not through mixtures: what is left over after the
best mixture is then large. A change of light does go through mixtures, but both ends show the same shapes. A fade is
a dissolve whose one end is flat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalverse.tools.shots._likeness import Scores, Small, Strip, unlike
from evalverse.tools.shots._windows import windows

SECONDS = (0.24, 0.32, 0.44, 0.6, 0.8, 1.1, 1.5, 2.0, 2.8)
"""Lengths of the stretches that are tried."""
FLOOR = 0.35
"""Least unlikeness of the two ends when the mixture explains everything between."""
LEFTOVER = 2.0
"""How much more unlikeness is asked for, per share of the change that no mixture explains."""
SHORTEST = 3
"""Frames; a quicker mixture is a cut that was resampled."""


@dataclass(frozen=True)
class Blend:
    """A gradual transition. ``start`` is the last frame of the old picture alone, ``end`` the first of the new one."""

    start: int
    end: int
    certainty: float
    wipe: bool = False


def blends(strip: Strip, rate: float) -> list[Blend]:
    """All dissolves and fades, in order and without overlap; a fade out and the fade in after it are two.

    Args:
        rate: frames per second.
    """
    found: list[tuple[float, int, int]] = []
    for window in windows(strip, rate, SECONDS, FLOOR):
        margins = _margins(window.pictures)
        for i in np.flatnonzero(margins >= 1):
            found.append((float(margins[i]), int(window.starts[i]) + window.first, window.length))
    kept: list[Blend] = []
    for margin, start, length in sorted(found, reverse=True):
        if not within(kept, start, start + length):
            begin, end = _grown(strip, start, length)
            if end - begin > SHORTEST and not within(kept, begin, end):
                kept.append(Blend(begin, end, margin**4 / (1 + margin**4)))
    return sorted(kept, key=lambda b: b.start)


def within(blends: list[Blend], start: int, end: int) -> bool:
    """Whether a stretch overlaps one of ``blends``."""
    return any(start < b.end and b.start < end for b in blends)


def _margins(pictures: Small) -> Scores:
    """(N,) how far each stretch, (N, K, 12, 24, 3), passes for a mixture: 1 on the threshold, 0 where it cannot be."""
    share, left = mixture(pictures)
    rise = np.diff(share, axis=1)
    likely = (left < (1 - FLOOR) / LEFTOVER) & (rise.min(axis=1) > -0.12) & (rise.max(axis=1) < 0.55)
    margin = np.zeros(len(pictures))
    margin[likely] = unlike(pictures[likely, 0], pictures[likely, -1]) / (FLOOR + LEFTOVER * left[likely])
    return margin


def mixture(stretch: Small) -> tuple[Scores, Scores]:
    """Each stretch as mixtures of its first and last picture.

    Args:
        stretch: (N, K, 12, 24, 3), N stretches of K pictures.

    Returns:
        (N, K) share of the last picture in each, 0 for the first and 1 for the last; and (N,) the worst leftover,
        as a share of the energy of the whole change (a pan between unrelated pictures leaves 0.75).
    """
    flat = stretch.reshape(*stretch.shape[:2], -1)
    gone = flat - flat[:, :1]
    change = gone[:, -1]
    energy = (change**2).sum(axis=-1) + 1e-9
    share = np.einsum("nkd,nd->nk", gone, change) / energy[:, None]
    left = ((gone - share[..., None] * change[:, None]) ** 2).sum(axis=-1) / energy[:, None]
    return share, left.max(axis=1)


def _grown(strip: Strip, start: int, length: int) -> tuple[int, int]:
    """First and last frame of the whole mixing of which the stretch may be a part: its ramp, looked for ever wider."""
    begin, end = _ramp(strip, start, length)
    for _ in range(5):
        if end - begin <= length:
            break
        start, length = begin, end - begin
        begin, end = _ramp(strip, start, length)
    return begin, end


def _ramp(strip: Strip, start: int, length: int) -> tuple[int, int]:
    """Where the share of the new picture leaves one level and where it reaches another, by least squares, looking one
    ``length`` beyond the stretch at both ends.
    """
    first, last = max(0, start - length), min(len(strip) - 1, start + 2 * length)
    small = strip.small(np.arange(first, last + 1))
    a, b = small[start - first], small[start - first + length]
    change = (b - a).ravel()
    share = (small - a).reshape(len(small), -1) @ change / (change @ change + 1e-9)
    middle = start - first + length // 2  # what comes after the mixing, such as the way back out of black, is no part
    share[middle:] = np.maximum.accumulate(share[middle:])
    share[middle::-1] = np.minimum.accumulate(share[middle::-1])
    places = np.unique(np.linspace(0, len(share) - 1, 61).round())
    begin, end = (grid[np.triu_indices(len(places), 1)] for grid in np.meshgrid(places, places, indexing="ij"))
    shape = np.clip((np.arange(len(share)) - begin[:, None]) / (end - begin)[:, None], 0, 1)
    shape -= shape.mean(axis=1, keepdims=True)
    explained = (shape @ (share - share.mean())) ** 2 / (shape**2).sum(axis=1)
    best = int(explained.argmax())
    return first + int(begin[best]), first + int(end[best])
