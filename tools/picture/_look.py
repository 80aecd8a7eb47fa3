"""Looking at a moment: small stills out of a clip, for the evidence that points at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Blob, number
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.sample import frame_at, frames_at
from evalverse.tools.operator import Operator

STILL_HEIGHT = 240


def picture_at(subject: Operator, seconds: float, caption: str = "", height: int = STILL_HEIGHT) -> Blob:
    """Stores the frame that is on screen at ``seconds``."""
    shown = frame_at(subject.clip, seconds, height).rgb(height)
    return subject.ledger.put_picture(shown, caption or f"at {number(seconds)} s")


def drawn_at(subject: Operator, seconds: float, draw: Callable[[RGB], object], caption: str) -> Blob:
    """Stores the frame on screen at ``seconds`` after ``draw`` drew on it, which is (h, w, 3) and may be written to."""
    picture = frame_at(subject.clip, seconds, STILL_HEIGHT).rgb(STILL_HEIGHT).copy()
    draw(picture)
    return subject.ledger.put_picture(picture, caption)


def pair_at(subject: Operator, first: float, second: float, caption: str, height: int = 180) -> Blob:
    """Stores two frames side by side."""
    pictures = [frame.rgb(height) for frame in frames_at(subject.clip, (first, second), height)]
    return subject.ledger.put_picture(np.concatenate(pictures, axis=1), caption)


def boxed_pair(subject: Operator, first: float, second: float, box: Sequence[float], caption: str) -> Blob:
    """Stores two frames side by side, a place marked: ``box`` is (left, top, right, bottom) in shares of it."""
    import cv2

    pictures = []
    for frame in frames_at(subject.clip, (first, second), STILL_HEIGHT):
        picture = frame.rgb(STILL_HEIGHT).copy()
        height, width = picture.shape[:2]
        corners = [(round(box[i] * width), round(box[i + 1] * height)) for i in (0, 2)]
        cv2.rectangle(picture, corners[0], corners[1], (255, 60, 60), 1)
        pictures.append(picture)
    return subject.ledger.put_picture(np.concatenate(pictures, axis=1), caption)


def bars(grey: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Rows and columns of black bars around an (h, w) picture: (top, bottom, left, right).

    A bar is evenly black across its whole length and ends in a hard edge: a night sky fades, a bar does not.
    A picture that is black all over has none.
    """
    top, bottom = _ends(grey)
    left, right = _ends(grey[top : grey.shape[0] - bottom].T)
    return top, bottom, left, right


def without_bars(grey: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The rows and columns of an (h, w) picture inside its black bars."""
    top, bottom, left, right = bars(grey)
    height, width = grey.shape
    return slice(top, height - bottom), slice(left, width - right)


BLACK = 20
"""8-bit luma up to which a bar is black: room for coding noise and for bars at video level 16."""


EDGE_CONTRAST = 8
"""Mean step in 8-bit luma from a bar to the picture beside it."""


def _ends(grey: NDArray[np.uint8]) -> tuple[int, int]:
    """Number of bar rows at the top and at the bottom."""
    if grey[0].max() > BLACK + 8 and grey[-1].max() > BLACK + 8:  # nearly every picture
        return 0, 0
    means = grey.mean(1)
    black = (grey.max(1) <= BLACK + 8) & (means <= BLACK) & (grey.std(1) <= 4)
    if black.all():
        return 0, 0

    def leading(flags: NDArray[np.bool_], level: NDArray[np.floating]) -> int:
        count = int(np.argmin(flags))
        step = level[count : count + 3].max() - level[max(0, count - 3) : count].mean() if count else 0
        return count if step >= EDGE_CONTRAST else 0

    return leading(black, means), leading(black[::-1], means[::-1])
