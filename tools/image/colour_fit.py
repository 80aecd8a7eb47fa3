"""Colour fit: whether colours end where the outlines of the things end that they belong to.

A lens, a tape, a careless change of colour resolution or a generator that paints colour apart from form shifts colours
sideways. Each strong edge of colour is compared with the strongest edge of luma beside it; coloured light, shadows and
make-up have edges of their own, which scatter to both sides and leave the median where it is.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from evalverse.tools.evidence import Direction, Measure
from evalverse.tools.image._sampled import LARGEST, Sampled, middle
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import register

REACH = 0.05
"""Of the height: how far from its outline a colour is looked for."""
STRONGEST, LEAST = 97, 0.5
"""Percentile of the slopes of colour from which on they count as edges, and the least slope (8-bit chroma a pixel)."""
OUTLINE = 4.0
"""8-bit luma per pixel that an outline rises by at least."""
ALONE = 2.5
"""Times the upper quartile of the slopes around it that an outline must reach, lest any texture serve as one."""
FEWEST = 40


def offset(picture: RGB, reach: int) -> float:
    """Pixels by which colours lie to the right (positive) or left of their outlines; nan with fewer than 40 such edges.

    Args:
        picture: (h, w, 3).
        reach: how many pixels away a colour is looked for.
    """
    import cv2

    if picture.shape[1] < 6 * reach:
        return float("nan")
    planes = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb).astype(np.float32), (0, 0), 0.8)
    luma, red, blue = (np.abs(cv2.Sobel(planes[..., k], cv2.CV_32F, 1, 0, ksize=1)) / 2 for k in range(3))
    colour = np.hypot(red, blue)
    peaks = colour >= cv2.dilate(colour, np.ones((1, 2 * reach + 1), np.uint8))
    peaks &= colour > max(LEAST, float(np.percentile(colour, STRONGEST)))
    peaks[:, : 2 * reach] = peaks[:, -2 * reach :] = False
    y, x = np.nonzero(peaks)
    if len(x) < FEWEST:
        return float("nan")
    away = np.arange(-2 * reach, 2 * reach + 1)
    beside = luma[y[:, None], x[:, None] + away]
    top = beside.max(axis=1)
    outlined = (top > OUTLINE) & (top > ALONE * np.percentile(beside, 75, axis=1))
    found = -away[beside[outlined].argmax(axis=1)]
    found = found[np.abs(found) <= reach]
    return float(np.median(found)) if len(found) >= FEWEST else float("nan")


@register
class ColourFit(Sampled):
    """Colours beside their outlines."""

    name, version, title = "colour_fit", "1", "Fit of colours and outlines"
    cost = 1.5
    measures = (
        Measure(
            name="offset",
            title="Colours beside their outlines",
            unit="% of height",
            low=0,
            high=100 * REACH,
            direction=Direction.LOWER,
            definition="Distance, left or right, from the strongest edges of colour (CbCr) in a row to the strongest "
            f"edge of luma within {100 * REACH:g} % of the height, beyond one pixel; median over the edges that have "
            f"one, of the middle of the frame ({LARGEST[0]} x {LARGEST[1]}), median over a shot. The clip takes its "
            "worst shot.",
        ),
    )
    says: ClassVar = {"offset": "Colours lie {} % of the picture's height beside the outlines that they belong to."}
    absent = "there are too few coloured outlines to compare"
    shows: ClassVar = {"offset": 0.7}

    def read(self, frame: Frame) -> tuple[float]:
        picture = middle(frame.rgb())
        reach = max(3, round(REACH * frame.height))
        return (100 * float(np.maximum(abs(offset(picture, reach)) - 1, 0)) / frame.height,)
