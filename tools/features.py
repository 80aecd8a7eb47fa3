"""Values that several operators read off the same frame, computed once: dense flow now, face tracks later.

A feature may remember earlier frames. It is asked for lazily, and then for every frame in order, whoever asks first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.frame import Frame

FLOW_HEIGHT = 144
SMALLEST = 32
"""Pixels on a side of the smallest picture that DIS flow is safe with."""


def tiles(picture: NDArray[Any], block: int) -> NDArray[Any]:
    """The middle of an (h, w) or (h, w, K) picture that square blocks of ``block`` pixels tile; a view."""
    height, width = picture.shape[:2]
    y, x = height % block // 2, width % block // 2
    return picture[y : y + height // block * block, x : x + width // block * block]


def block_means(picture: NDArray[Any], block: int) -> NDArray[np.float32]:
    """Means (h // block, w // block) or (..., K) over the blocks of :func:`tiles`."""
    import cv2

    whole = np.asarray(tiles(picture, block), np.float32)
    grid = (whole.shape[0] // block, whole.shape[1] // block)
    # whole factors only: OpenCV is an order of magnitude faster with them
    means = cv2.resize(whole, grid[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32).reshape(*grid, *picture.shape[2:])


def quick_median(values: NDArray[Any]) -> NDArray[Any]:
    """(...) what ``np.median(values, axis=0)`` is for floats (N, ...) without nan, N at least 1; for small sets."""
    ends = [(len(values) - 1) // 2, len(values) // 2]
    parted = np.partition(values, ends, axis=0)
    return np.asarray((parted[ends[0]] + parted[ends[1]]) / 2)


@dataclass(frozen=True)
class Flow:
    """Dense optical flow from the previous frame to this one.

    ``vectors`` is (h, w, 2) float32, in pixels of a picture ``FLOW_HEIGHT`` high (the clip's own height
    where that is less), x right and y down.
    """

    vectors: NDArray[np.float32]
    seconds: float
    """Time between the two frames."""


def flow(frame: Frame) -> Flow | None:
    """DIS flow (Kroeger et al. 2016) at ``FLOW_HEIGHT``; None for the first frame of the clip."""
    if frame.previous is None:
        return None
    before = frame.previous

    def make() -> Any:
        import cv2

        dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)  # type: ignore[attr-defined]
        one, other = before.grey(FLOW_HEIGHT), frame.grey(FLOW_HEIGHT)
        height, width = one.shape
        # OpenCV reads past the end of pictures that are smaller than this
        low, narrow = max(0, SMALLEST - height), max(0, SMALLEST - width)
        padded = [cv2.copyMakeBorder(p, 0, low, 0, narrow, cv2.BORDER_REPLICATE) for p in (one, other)]
        vectors = dis.calc(padded[0], padded[1], None)[:height, :width]
        return Flow(np.asarray(vectors, np.float32), float(frame.time - before.time))

    found: Flow = frame.view("flow", make)
    return found
