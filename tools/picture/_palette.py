"""Dominant colours of pixels, and a strip of swatches of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.light import display, hex_of

MOST = 8
SAME = 12.0
"""L*a*b* distance below which two clusters are one colour to the eye."""
SAMPLES = 20_000


@dataclass(frozen=True)
class Swatch:
    """One dominant colour: Lab ``colour`` (3,) and its share of the pixels, 0..1."""

    colour: NDArray[np.float64]
    share: float

    @property
    def hex(self) -> str:
        return hex_of(self.colour)


def dominant(pixels: NDArray[np.floating], most: int = MOST) -> list[Swatch]:
    """Up to ``most`` colours of Lab pixels (N, 3), the largest share first. Deterministic k-means."""
    points = pixels[:: max(1, len(pixels) // SAMPLES)].astype(np.float64)
    centres = points.mean(0)[None]
    while len(centres) < most:  # the farthest point starts the next cluster
        apart = _distances(points, centres).min(1)
        if apart.max() < SAME:
            break
        centres = np.concatenate([centres, points[apart.argmax()][None]])
    for _ in range(12):
        nearest = _distances(points, centres).argmin(1)
        centres = np.stack([points[nearest == k].mean(0) for k in np.unique(nearest)])
    nearest = _distances(points, centres).argmin(1)
    found = [Swatch(centres[k], float((nearest == k).mean())) for k in np.unique(nearest)]
    return sorted(_joined(found), key=lambda s: -s.share)


def strip(
    shots: Sequence[Sequence[Swatch]], seconds: Sequence[float], size: tuple[int, int] = (640, 120)
) -> NDArray[np.uint8]:
    """A picture (height, width, 3): one column per shot, as wide as it is long, stacked from bright to dark."""
    width, height = size
    edges = np.round(np.concatenate([[0], np.cumsum(seconds)]) / max(sum(seconds), 1e-6) * width).astype(int)
    picture = np.zeros((height, width, 3), np.uint8)
    for swatches, left, right in zip(shots, edges, edges[1:], strict=False):
        stack = sorted(swatches, key=lambda s: -s.colour[0])
        levels = np.round(np.concatenate([[0], np.cumsum([s.share for s in stack])]) * height).astype(int)
        for colour, top, bottom in zip(display(np.stack([s.colour for s in stack])), levels, levels[1:], strict=False):
            picture[top:bottom, left:right] = colour
    return picture


def _joined(swatches: list[Swatch]) -> list[Swatch]:
    """Clusters that look alike become one, nearest pair first."""
    left = list(swatches)
    while len(left) > 1:
        apart = _distances(np.stack([s.colour for s in left]), np.stack([s.colour for s in left]))
        np.fill_diagonal(apart, np.inf)
        i, j = np.unravel_index(int(apart.argmin()), apart.shape)
        if apart[i, j] >= SAME:
            break
        one, other = left[i], left[j]
        share = one.share + other.share
        joined = Swatch((one.colour * one.share + other.colour * other.share) / share, share)
        left = [s for k, s in enumerate(left) if k not in (i, j)] + [joined]
    return left


def _distances(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(points[:, None] - centres[None], axis=-1))
