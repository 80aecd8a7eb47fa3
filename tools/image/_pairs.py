"""Two frames a fixed time apart, and the dense flow between them, so that clips of any frame rate are judged alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.features import FLOW_HEIGHT, SMALLEST
from evalverse.tools.media.frame import Frame, Grey
from evalverse.tools.motion_model import CORNERNESS
from evalverse.tools.operator import Scene, Shot
from evalverse.tools.picture._track import mixes

GAP = 0.1
"""Seconds between the frames of a pair: long enough for matter to deform, short enough to be followed."""
LONGEST = 3
"""Of the wanted gap: a pair farther apart says nothing about it."""
FAST = 0.4
"""Frame heights per second of the typical pixel above which blur and flow's own failure hide what matter does."""
SLACK, SHARE = 0.5, 0.01
"""Squared miss in pixels that is always allowed, and the share of the squared displacements on top of it."""
_EPSILON = 1e-4

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Pair:
    """Grey pictures (h, w) of two moments, at most ``FLOW_HEIGHT`` high, and the flow between them both ways.

    ``forward`` (h, w, 2) lies on the grid of ``before`` and leads to ``after``, ``backward`` the other way; pixels, x
    right and y down.
    """

    before: Grey
    after: Grey
    forward: Vectors
    backward: Vectors
    seconds: float

    @cached_property
    def speed(self) -> float:
        """Frame heights per second of the typical pixel."""
        pixels = float(np.median(np.hypot(self.forward[..., 0], self.forward[..., 1])))
        return pixels / float(self.before.shape[0] * self.seconds)

    @cached_property
    def astray(self) -> NDArray[np.bool_]:
        """(h, w) the pixels whose flow, followed there and back, misses its origin.

        By half a squared pixel and 1 % of the squared displacements (Sundaram et al. 2010).
        """
        back = carried(self.backward, self.forward)
        miss = ((self.forward + back) ** 2).sum(-1)
        far = (self.forward**2).sum(-1) + (back**2).sum(-1)
        return np.asarray(miss > SHARE * far + SLACK)


class Pacer:
    """Hands out frames about ``gap`` seconds apart, each with the grey picture before it; remembers one picture."""

    def __init__(self, gap: float = GAP, height: int = FLOW_HEIGHT) -> None:
        self.gap = gap
        self.height = height
        self._last: tuple[int, float, Grey] | None = None

    def see(self, frame: Frame) -> tuple[int, float, Grey] | None:
        """(index, seconds, picture) of the earlier frame when ``frame`` makes a pair with it, else None."""
        if self._last is not None and frame.seconds < self._last[1] + self.gap - _EPSILON:
            return None
        then, self._last = self._last, (frame.index, frame.seconds, frame.grey(self.height))
        if then is None or frame.seconds - then[1] > LONGEST * self.gap:
            return None
        return then


def pair(frame: Frame, then: tuple[int, float, Grey]) -> Pair:
    """The pair of ``frame`` and an earlier one, made once for all operators."""

    def make() -> Pair:
        old, new = then[2], frame.grey(FLOW_HEIGHT)
        return Pair(old, new, dense_flow(old, new), dense_flow(new, old), frame.seconds - then[1])

    found: Pair = frame.view(("pair", then[0]), make)
    return found


def dense_flow(one: Grey, other: Grey) -> Vectors:
    """DIS flow (h, w, 2) (Kroeger et al. 2016) from one picture (h, w) to another."""
    import cv2

    height, width = one.shape
    low, narrow = max(0, SMALLEST - height), max(0, SMALLEST - width)
    padded = [cv2.copyMakeBorder(p, 0, low, 0, narrow, cv2.BORDER_REPLICATE) for p in (one, other)]
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)  # type: ignore[attr-defined]
    return np.asarray(dis.calc(padded[0], padded[1], None)[:height, :width], np.float32)


def carried(picture: NDArray[np.generic], vectors: Vectors) -> NDArray[np.float32]:
    """``picture`` (h, w) or (h, w, K) looked up where ``vectors`` (h, w, 2) lead."""
    import cv2

    x, y = _places(*vectors.shape[:2])
    values = np.asarray(picture, np.float32)
    found = cv2.remap(
        values, x + vectors[..., 0], y + vectors[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found, np.float32)


@lru_cache(maxsize=8)
def _places(height: int, width: int) -> tuple[Vectors, Vectors]:
    """(height, width) x and y of every pixel; read only."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x, y


def textured(grey: Grey) -> NDArray[np.bool_]:
    """(h, w) where a picture has corners enough to be followed: a bare wall, the sky and snow in fog have none."""
    import cv2

    return np.asarray(cv2.cornerMinEigenVal(grey, 5) > CORNERNESS)


def inside(vectors: Vectors) -> NDArray[np.bool_]:
    """(h, w) which pixels stay in the picture when they follow ``vectors`` (h, w, 2)."""
    height, width = vectors.shape[:2]
    x, y = _places(height, width)
    x, y = x + vectors[..., 0], y + vectors[..., 1]
    return np.asarray((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))


def within_shots(
    start: NDArray[np.float64], end: NDArray[np.float64], scene: Scene
) -> list[tuple[Shot, NDArray[np.intp]]]:
    """For every shot, which of the stretches from ``start`` to ``end`` (N,) lie in it, clear of dissolves and fades."""
    clear = np.ones(len(start), bool)
    for span in mixes(scene):
        clear &= (end < span.start - _EPSILON) | (start > span.end + _EPSILON)
    return [
        (shot, chosen)
        for shot in scene.shots
        if len(
            chosen := np.flatnonzero(clear & (start >= shot.span.start - _EPSILON) & (end < shot.span.end - _EPSILON))
        )
    ]
