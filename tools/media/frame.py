"""One decoded frame that makes its views when asked: any height, RGB or grey, each at most once."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
Grey = NDArray[np.uint8]


class Frame:
    """A frame at presentation time ``time``.

    Views are shared between operators: treat them as read-only. Thread-safe.

    Args:
        index: 0-based position in the decoded order of the clip.
        time: presentation time in seconds, exact, counted from the clip's start.
        size: (width, height) as displayed.
        render: makes an (h, w, 3) uint8 RGB picture, upright and with square pixels, for a (width, height).
    """

    def __init__(self, index: int, time: Fraction, size: tuple[int, int], render: Callable[[int, int], RGB]) -> None:
        self.index = index
        self.time = time
        self.seconds = float(time)
        self.width, self.height = size
        self.previous: Frame | None = None
        """The frame before this one, until the scheduler moves on; None for the first."""
        self.render = render
        self._views: dict[Any, Any] = {}
        self._lock = RLock()

    def rgb(self, height: int | None = None) -> RGB:
        """(h, w, 3) uint8 RGB, ``height`` pixels high (display size if None); never enlarged."""
        size = scaled((self.width, self.height), height)
        found: RGB = self.view(("rgb", size[1]), lambda: _frozen(self.render(*size)))
        return found

    def grey(self, height: int | None = None) -> Grey:
        """(h, w) uint8 luma after BT.601 weights, ``height`` pixels high."""
        size = scaled((self.width, self.height), height)

        def make() -> Grey:
            import cv2

            return _frozen(np.asarray(cv2.cvtColor(self.rgb(height), cv2.COLOR_RGB2GRAY), np.uint8))

        found: Grey = self.view(("grey", size[1]), make)
        return found

    def view(self, key: Any, make: Callable[[], Any]) -> Any:
        """A value derived from this frame, made once for all operators that ask under the same key."""
        with self._lock:
            if key not in self._views:
                self._views[key] = make()
            return self._views[key]


def scaled(size: tuple[int, int], height: int | None) -> tuple[int, int]:
    """(width, height) with the same aspect, ``height`` high, even and at least 2, never enlarged."""
    width, full = size
    if height is None or height >= full:
        return size
    return max(2, round(width * height / full / 2) * 2), max(2, height)


def _frozen(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    array.flags.writeable = False
    return array
