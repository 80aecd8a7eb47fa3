"""Looking at a moment: small stills out of a clip, for the evidence that points at them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Blob, number
from evalverse.tools.media.decode import frames
from evalverse.tools.operator import Operator

STILL_HEIGHT = 240


def picture_at(subject: Operator, seconds: float, caption: str = "", height: int = STILL_HEIGHT) -> Blob | None:
    """Stores the frame that is on screen at ``seconds``; None where nothing can be decoded there."""
    frame = next(frames(subject.clip, seconds, seconds + 1e-3), None)
    if frame is None:
        return None
    return subject.ledger.put_picture(frame.rgb(height), caption or f"at {number(seconds)} s")


def pair_at(subject: Operator, first: float, second: float, caption: str, height: int = 180) -> Blob | None:
    """Stores two frames side by side; None where one of them cannot be decoded."""
    found = [next(frames(subject.clip, max(0.0, t), max(0.0, t) + 1e-3), None) for t in (first, second)]
    pictures = [frame.rgb(height) for frame in found if frame is not None]
    if len(pictures) < 2:
        return None
    return subject.ledger.put_picture(np.concatenate(pictures, axis=1), caption)


def bars(grey: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Rows and columns of black bars around an (h, w) picture: (top, bottom, left, right).

    A bar is evenly black across its whole length. A picture that is black all over has none.
    """
    flat_rows, flat_columns = _black(grey), _black(grey.T)
    if flat_rows.all() or flat_columns.all():
        return 0, 0, 0, 0
    top, left = int(np.argmin(flat_rows)), int(np.argmin(flat_columns))
    bottom, right = int(np.argmin(flat_rows[::-1])), int(np.argmin(flat_columns[::-1]))
    return top, bottom, left, right


def without_bars(grey: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The rows and columns of the picture proper. Only bars alike on both sides count: dark scenery is picture."""
    top, bottom, left, right = bars(grey)
    height, width = grey.shape
    rows = min(top, bottom) if abs(top - bottom) <= 2 else 0
    columns = min(left, right) if abs(left - right) <= 2 else 0
    return slice(rows, height - rows), slice(columns, width - columns)


BLACK = 20
"""8-bit luma up to which a bar is black: room for coding noise and for bars at video level 16."""


def _black(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(h,) rows that are black and even."""
    return np.asarray((grey.max(1) <= BLACK + 8) & (grey.mean(1) <= BLACK) & (grey.std(1) <= 4))
