"""Marks on stills: boxes of heads, and dots of landmarks and joints."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.frame import RGB
from evalverse.tools.people.heads import Head

RED, GREEN = (255, 60, 60), (60, 255, 60)


def boxes(picture: RGB, found: Iterable[Head]) -> None:
    """Draws the boxes of heads on a picture (h, w, 3)."""
    import cv2

    high = picture.shape[0]
    for head in found:
        left, top, width, height = (round(value * high) for value in head.box)
        cv2.rectangle(picture, (left, top), (left + width, top + height), RED, 2)


def dots(picture: RGB, places: NDArray[np.floating], size: int = 1) -> None:
    """Draws dots at ``places`` (K, 2), in picture heights, on a picture (h, w, 3); nan is left out."""
    import cv2

    for x, y in places[np.isfinite(places).all(axis=1)] * picture.shape[0]:
        cv2.circle(picture, (round(float(x)), round(float(y))), size, GREEN, -1)
