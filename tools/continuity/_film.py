"""A film as thumbnails in order, for operators that can only look once they know where the cuts are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Operator
from evalverse.tools.picture._track import Track
from evalverse.tools.shots._likeness import Strip

HEIGHT = 144


class Film(Operator):
    """Base of operators that keep a thumbnail of every frame."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._strip = Strip()
        self._times = Track()

    def see(self, frame: Frame) -> None:
        self._strip.append(frame.rgb(HEIGHT))
        self._times.add(frame.seconds)

    def thumbs(self, at: NDArray[np.integer]) -> NDArray[np.uint8]:
        """(n, h, w, 3) the thumbnails at ``at`` without constant bars."""
        return np.stack([np.ascontiguousarray(self._strip.thumbs()[i][self._strip.picture_area()]) for i in at])
