"""Aliasing: a picture scaled without a filter, in which pixels come in repeated columns and rows.

It sees the regular beat of such repetition at the clip's own resolution. Stair steps drawn into the scene, or made
before the picture was scaled once more, have no beat and pass; so does
a scale whose pattern returns every eighth pixel, since a coder's blocks do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Measure
from evalverse.tools.image._sampled import Sampled, native_crop
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import register

SMALLEST = 128
LOWEST = 0.1
"""Cycles per pixel of the slowest beat that is looked for: every tenth pixel is new."""
BLOCK_LINES = 0.012
"""Cycles per pixel around multiples of 1/8, where a coder's blocks have their lines."""
CAP = 24


def beat(grey: NDArray[np.uint8]) -> float:
    """% of modulation of the strongest beat in how much neighbouring pixels differ; nan for a small picture."""
    if min(grey.shape) < SMALLEST:
        return float("nan")
    return float(np.mean([_line(grey), _line(grey.T)]))


def _line(grey: NDArray[np.uint8]) -> float:
    from scipy.ndimage import uniform_filter1d

    steps = np.minimum(np.abs(np.diff(grey.astype(np.int16), axis=1)), CAP).mean(0) + 0.02
    even = np.clip(steps / uniform_filter1d(steps, 33, mode="nearest") - 1, -1, 2)  # one strong edge is no beat
    size = len(even)
    lines = np.abs(np.fft.rfft(even * np.hanning(size))) * 4 / size
    cycles = np.fft.rfftfreq(size)
    near = [np.abs(cycles - k / 8) < BLOCK_LINES for k in range(1, 5)]
    searched = (cycles >= LOWEST) & ~np.any(near, axis=0)
    blocks = [float(lines[line].max()) for line in near]
    doubled = max(blocks[1], blocks[3]) - max(blocks[0], blocks[2])  # a coder's grid has all four lines
    return 100 * max(0.0, float(lines[searched].max() - 4 * np.median(lines[searched])), doubled)


@register
class Aliasing(Sampled):
    """Repeated columns and rows of pixels."""

    name, version, title = "aliasing", "1", "Aliasing"
    cost = 0.5
    says = {"stair_steps": "Rows and columns repeat in a beat of {} %, as after scaling without a filter."}  # noqa: RUF012
    absent = f"the picture is smaller than {SMALLEST} pixels"
    shows = {"stair_steps": 40.0}  # noqa: RUF012
    measures = (
        Measure(
            name="stair_steps",
            title="Stair steps",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="Amplitude of the strongest periodic line (a tenth to half a cycle per pixel, what the "
            "grid of a coder explains aside) in the mean difference of"
            "  neighbouring columns, and of rows, relative to their local mean, above "
            "four times the median of the spectrum; mean of both axes, median over a shot. 0: none, 100: every second "
            "difference vanishes. The clip takes its worst shot.",
            source="after Gallagher 2005, Detection of linear and cubic interpolation in JPEG compressed images",
        ),
    )

    def read(self, frame: Frame) -> tuple[float, ...]:
        return (beat(native_crop(frame)),)
