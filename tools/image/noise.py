"""Noise: grain in the flattest parts of the picture, where nothing else can be mistaken for it.

Grain may be wanted; its level describes. Coders smooth grain away, so that a heavily coded clip reads low.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Measure
from evalverse.tools.image._sampled import Sampled, level_means, native_crop
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import register

BLOCK = 16
FLATTEST = 10
"""Percentile of the blocks."""
DARKEST, BRIGHTEST = 20, 235
"""8-bit luma outside which clipping hides grain."""
FEWEST = 20


def grain(grey: NDArray[np.uint8]) -> float:
    """Standard deviation of grain in 8-bit luma; nan when hardly a block is neither black nor clipped."""
    import cv2

    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    rough = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel))
    level = level_means(grey.astype(np.float32), BLOCK)
    found = level_means(rough, BLOCK)[(level > DARKEST) & (level < BRIGHTEST)]
    if len(found) < FEWEST:
        return float("nan")
    return float(np.percentile(found, FLATTEST) * np.sqrt(np.pi / 2) / 6)


@register
class Noise(Sampled):
    """Level of grain."""

    name, version, title = "noise", "1", "Noise"
    cost = 0.5
    says = {"grain": "In its flattest parts the picture carries grain of {} code values."}  # noqa: RUF012
    absent = "hardly any part of the picture is neither black nor burnt out"
    shows = {"grain": 8.0}  # noqa: RUF012
    measures = (
        Measure(
            name="grain",
            title="Grain",
            unit="code values",
            low=0,
            direction=Direction.LOWER,
            definition="Standard deviation of luma (8 bits) left by a difference of two Laplacians, which ramps "
            f"do not pass, in blocks of {BLOCK} pixels between black and clipping; {FLATTEST}th "
            "percentile of the blocks, median over a shot. The clip takes its worst shot.",
            source="Immerkaer 1996, Fast noise variance estimation",
        ),
    )

    def read(self, frame: Frame) -> tuple[float, ...]:
        return (grain(native_crop(frame)),)
