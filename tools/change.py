"""What changed between two frames once motion is taken out: light and colour of the same things, block by block.

The picture is moved along the dense flow before it is compared, so that a person walking by or a pan from a window
to a wall is not mistaken for a change of exposure. What flow cannot follow (things that appear, blur, smoke) is noise
in single blocks; take robust means over the trusted ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.features import FLOW_HEIGHT, block_means, flow, quick_median, tiles
from evalverse.tools.light import linear, luminance
from evalverse.tools.media.frame import Frame

HALF = 2
"""Flow is followed in pictures of half its own resolution: blocks are coarser still."""
BLOCKS = 12
"""Blocks across the frame's height; they are square."""
DARKEST, BRIGHTEST = 0.004, 0.85
"""Linear luminance between which a ratio means something: below lies noise, above lies clipping."""
STILL = 0.002
"""Displacement in frame heights per frame below which a block counts as not moving."""
ENOUGH = 0.08
"""Share of the picture from which on its still part may speak for all of it."""
FOLLOWED = 0.12
"""Mismatch (see :func:`mismatch`) below which flow is believed to have found the same things again."""
SAME = 0.06
"""Mismatch below which a place shows the same things as a second ago."""
HELD = 0.2
"""Share of the blocks with relief that must look the same before the camera is believed to have held still."""


@dataclass(frozen=True)
class Change:
    """Blocks of the previous frame, and what became of the same blocks in this one.

    ``before`` and ``after`` are (h, w, 3) float32 linear light RGB, 0..1. ``trusted`` (h, w) marks blocks that stayed
    inside the picture and are neither black nor clipped; ``still`` those of them that did not move either.
    """

    before: NDArray[np.float32]
    after: NDArray[np.float32]
    trusted: NDArray[np.bool_]
    still: NDArray[np.bool_]
    seconds: float
    """Time between the two frames."""

    @property
    def stops(self) -> NDArray[np.float32]:
        """(h, w) change of luminance in stops (doublings of light); meaningful where ``trusted``."""
        return np.asarray(np.log2((luminance(self.after) + 1e-4) / (luminance(self.before) + 1e-4)), np.float32)


def change(frame: Frame) -> Change | None:
    """The motion-compensated change from the previous frame to this one; None for the first frame."""
    moved = flow(frame)
    if moved is None or frame.previous is None:
        return None
    old = frame.previous

    def make() -> Any:
        import cv2

        vectors = np.asarray(block_means(moved.vectors, HALF) / HALF, np.float32)
        height, width = vectors.shape[:2]
        # both pictures meet half way, so that what is covered and what is uncovered err in opposite directions
        half = np.asarray(vectors / 2, np.float32)
        here = _places(height, width)
        old_light, new_light = _carried(_light(old), here - half), _carried(_light(frame), here + half)
        before, after = blocks(old_light), blocks(new_light)
        travel = blocks(vectors)
        trusted = _inside(travel, (height, width)) & _readable(before, after)
        trusted &= mismatch(old_light[..., 1], new_light[..., 1]) < FOLLOWED
        speed = np.hypot(travel[..., 0], travel[..., 1]) / height
        around = cv2.dilate(speed, np.ones((3, 3), np.uint8))  # flow bleeds from what moves into what does not
        return Change(before, after, trusted, trusted & (around < STILL), moved.seconds)

    found: Change = frame.view("change", make)
    return found


class Anchor:
    """Compares the picture with itself ``every`` seconds ago, place by place, where it still shows the same things.

    Small errors of flow add up over hundreds of frames; over the parts of a scene that hold still this does not.
    """

    def __init__(self, every: float = 1.0) -> None:
        self.every = every
        self._then: tuple[float, NDArray[np.float32]] | None = None

    def see(self, frame: Frame) -> Change | None:
        """The change since the last anchor once ``every`` seconds have passed, else None."""
        import cv2

        if self._then is not None and frame.seconds < self._then[0] + self.every - 1e-4:
            return None
        light = _light(frame)
        then, self._then = self._then, (frame.seconds, light)
        if then is None:
            return None
        before, after = blocks(then[1]), blocks(light)
        old, new = then[1][..., 1], light[..., 1]
        same = _readable(before, after) & (mismatch(old, new) < SAME)
        size = _block(new)
        level = block_means(new, size)
        around = cv2.resize(level, tiles(new, size).shape[::-1], interpolation=cv2.INTER_NEAREST)
        relief = block_means(np.abs(tiles(new, size) - around), size) > 2 * SAME * level
        if (same & relief).sum() < HELD * relief.sum():
            same[:] = False  # a bare sky looks the same wherever the camera looks
        return Change(before, after, same, same, frame.seconds - then[0])


def typical(values: NDArray[np.floating], of: Change, slack: float) -> tuple[NDArray[np.float64], float]:
    """What most of the picture did: a mean over blocks without the outliers.

    The still blocks decide if they are :data:`ENOUGH` of the picture, else all trusted ones.
    A mean, not a median: coders update a slow change in a few blocks at a time, which a median never sees.

    Args:
        values: (h, w) or (h, w, K), one (or K) per block.
        slack: how far from the middle a block may always be, in the unit of ``values``; beyond it (plus three robust
            standard deviations) it is left out.

    Returns:
        (K,) typical change, and the share of the picture (0..1) that it was read from.
    """
    mask = of.still if of.still.mean() >= ENOUGH else of.trusted
    if not mask.any():
        return np.zeros(values[0, 0].size), 0.0
    chosen = values[mask].reshape(int(mask.sum()), -1).astype(np.float64)
    apart = np.abs(chosen - quick_median(chosen))
    reach = 3 * (1.4826 * quick_median(apart)) + slack
    near = apart <= reach
    return np.asarray((chosen * near).sum(0) / near.sum(0)), float(mask.mean())


def mismatch(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean difference of two (h, w) pictures per block, relative to its light, after the change of the whole block."""
    import cv2

    size = _block(before)
    one, other = tiles(before, size), tiles(after, size)
    old, new = block_means(one, size) + 1e-4, block_means(other, size) + 1e-4
    gain = cv2.resize(new / old, one.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(block_means(np.abs(other - gain * one), size) / new)


def blocks(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over square blocks, about :data:`BLOCKS` of them down an (h, w) or (h, w, K) picture."""
    return block_means(picture, _block(picture))


def _block(picture: NDArray[np.float32]) -> int:
    height, width = (int(n) for n in picture.shape[:2])
    return max(1, min(round(height / BLOCKS), width))


def _inside(travel: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which blocks (h, w), that travel so far (h, w, 2), stay in a picture of ``shape`` on both half ways."""
    rows, columns = travel.shape[:2]
    y = np.arange(rows)[:, None] * shape[0] / rows
    x = np.arange(columns)[None, :] * shape[1] / columns
    dx, dy = np.abs(travel[..., 0]) / 2, np.abs(travel[..., 1]) / 2
    high, wide = shape[0] / rows, shape[1] / columns
    slack = 0.05 * high
    return np.asarray(
        (x - dx >= -slack)
        & (x + wide + dx <= shape[1] + slack)
        & (y - dy >= -slack)
        & (y + high + dy <= shape[0] + slack)
    )


def _readable(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.bool_]:
    one, other = luminance(before), luminance(after)
    return np.asarray((np.minimum(one, other) > DARKEST) & (np.maximum(one, other) < BRIGHTEST))


@lru_cache(maxsize=8)
def _places(height: int, width: int) -> NDArray[np.float32]:
    """(height, width, 2): the x and y of every pixel."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y], -1).astype(np.float32)


def _carried(light: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """``light`` (h, w, 3) looked up at ``places`` (h, w, 2). In linear light: interpolation must not darken it."""
    import cv2

    x, y = places[..., 0], places[..., 1]
    found = cv2.remap(light, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def _light(frame: Frame) -> NDArray[np.float32]:
    """(h, w, 3) linear light, at half the flow's resolution."""
    light: NDArray[np.float32] = frame.view("linear_light", lambda: block_means(linear(frame.rgb(FLOW_HEIGHT)), HALF))
    return light
