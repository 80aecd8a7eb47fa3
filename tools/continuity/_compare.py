"""What can be compared on both sides of a cut: light, tint, where the light comes from, and movement. Pure functions.

Pictures are thumbnails (n, h, w, 3) uint8 RGB of a few frames each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.light import lab, linear, luminance

Thumbs = NDArray[np.uint8]

DARKEST = 0.002
"""Linear luminance below which a ratio means nothing."""
MID_GREY = 0.18
PLAIN = 1.0
"""Stops across the picture from which on it has a lighter side."""


def stops(thumbs: Thumbs) -> float:
    """Mean of the middle four fifths of log2 luminance: as bright as most of the picture is, in stops."""
    levels = np.sort(_log_light(thumbs).ravel())
    edge = len(levels) // 10
    return float(levels[edge : len(levels) - edge].mean())


def tint(thumbs: Thumbs) -> NDArray[np.float64]:
    """(2,) mean a*, b* of pixels that are neither black nor white, without the tenth furthest from the middle."""
    colours = lab(linear(thumbs)).reshape(-1, 3).astype(np.float64)
    seen = colours[(colours[:, 0] > 12) & (colours[:, 0] < 95), 1:]
    if not len(seen):
        return np.zeros(2)
    away = np.linalg.norm(seen - np.median(seen, axis=0), axis=1)
    return np.asarray(seen[away <= np.quantile(away, 0.9)].mean(axis=0))


def levelled(thumb: Thumbs) -> Thumbs:
    """(h, w, 3) with every channel's mean linear light at mid grey: the same view in another exposure or tint is
    nearly the same picture then (grey world, Buchsbaum 1980).
    """
    light = linear(np.ascontiguousarray(thumb))
    even = MID_GREY * light / np.maximum(light.mean(axis=(0, 1)), DARKEST)
    return np.asarray(255 * np.minimum(even, 1) ** (1 / 2.2), np.uint8)


def lighter_side(thumbs: Thumbs) -> complex | None:
    """Which way log2 luminance rises, in stops across half the picture's height (x right, y down); None when even."""
    light = _log_light(thumbs).mean(axis=0)
    height, width = light.shape
    y, x = np.mgrid[0:height, 0:width]
    plane = np.stack([(x - width / 2) / height, (y - height / 2) / height, np.ones_like(x)], -1).reshape(-1, 3)
    (right, down, _), *_ = np.linalg.lstsq(plane, light.ravel(), rcond=None)
    slope = complex(right, down)
    return slope if abs(slope) >= PLAIN else None


def angle(a: complex, b: complex) -> float:
    """Degrees between two directions, 0 to 180."""
    return abs(float(np.degrees(np.angle(a * np.conj(b)))))


def _log_light(thumbs: Thumbs) -> NDArray[np.float64]:
    return np.asarray(np.log2(np.maximum(luminance(linear(thumbs)), DARKEST)), np.float64)
