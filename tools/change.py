"""What changed between two frames once motion is taken out: light and colour of the same things, block by block.

The picture is moved along the dense flow before it is compared, so that a person walking by or a pan from a window
to a wall is not mistaken for a change of exposure. What flow cannot follow (things that appear, blur, smoke) is noise
in single blocks; take robust means over the trusted ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.features import FLOW_HEIGHT, flow
from evalverse.tools.light import linear, luminance
from evalverse.tools.media.frame import Frame

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

        vectors = moved.vectors
        height, width = vectors.shape[:2]
        y, x = np.mgrid[:height, :width].astype(np.float32)
        hx, hy = vectors[..., 0] / 2, vectors[..., 1] / 2
        x0, y0, x1, y1 = x - hx, y - hy, x + hx, y + hy
        inside = (np.minimum(x0, x1) >= 0) & (np.minimum(y0, y1) >= 0)
        inside &= (np.maximum(x0, x1) <= width - 1) & (np.maximum(y0, y1) <= height - 1)
        old_light = cv2.remap(_light(old), x0, y0, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        new_light = cv2.remap(_light(frame), x1, y1, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        before, after = blocks(old_light), blocks(new_light)
        trusted = (blocks(inside.astype(np.float32)) > 0.95) & _readable(before, after)
        trusted &= mismatch(old_light[..., 1], new_light[..., 1]) < FOLLOWED
        speed = blocks(np.hypot(vectors[..., 0], vectors[..., 1])) / height
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
        level = blocks(new)
        relief = blocks(np.abs(new - cv2.resize(level, new.shape[::-1]))) > 2 * SAME * level
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
    middle = np.median(chosen, axis=0)
    spread = 1.4826 * np.median(np.abs(chosen - middle), axis=0)
    reach = 3 * spread + slack
    near = np.abs(chosen - middle) <= reach
    return np.asarray((chosen * near).sum(0) / near.sum(0)), float(mask.mean())


def mismatch(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean difference of two (h, w) pictures per block, relative to its light; a change of a whole block is taken out."""
    import cv2

    old, new = blocks(before) + 1e-4, blocks(after) + 1e-4
    gain = cv2.resize(new / old, before.shape[::-1])
    return np.asarray(blocks(np.abs(after - gain * before)) / new)


def blocks(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over square blocks, :data:`BLOCKS` of them down an (h, w) or (h, w, K) picture."""
    import cv2

    height, width = picture.shape[:2]
    size = (max(1, round(width * BLOCKS / height)), BLOCKS)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _readable(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.bool_]:
    one, other = luminance(before), luminance(after)
    return np.asarray((np.minimum(one, other) > DARKEST) & (np.maximum(one, other) < BRIGHTEST))


def _light(frame: Frame) -> NDArray[np.float32]:
    light: NDArray[np.float32] = frame.view("linear_light", lambda: linear(frame.rgb(FLOW_HEIGHT)))
    return light
