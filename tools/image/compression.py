"""Compression: the edges of a coder's blocks, and smooth tones that fall into steps.

Blocks are found on the coder's own grid of 8 pixels: a clip that was scaled after it was coded badly has another grid
and passes. Flat graphics and cartoons have steps of tone by design.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Measure
from evalverse.tools.image._sampled import GRID, Sampled, native_crop
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import register

SMALLEST = 16 * GRID
"""Pixels across that a picture needs for its grid to stand out from chance."""
CAP = 24
"""8-bit luma above which a difference is a thing's own edge."""
FLAT_RUN = 6
"""Pixels that must be even for a tread of a staircase of tones."""
RISER = 3
"""Pixels over which one tread may go over into the next."""
LEAST, MOST = 3, 48
"""Height of a visible step of tone in 8-bit luma; higher ones are edges of things."""


def blocking(grey: NDArray[np.uint8]) -> float:
    """% by which neighbouring pixels differ more across the best grid of 8 than elsewhere; nan for a small picture."""
    if min(grey.shape) < SMALLEST:
        return float("nan")
    return float(min(_excess(grey), _excess(grey.T)))  # a coder's grid runs both ways


def _excess(grey: NDArray[np.uint8]) -> float:
    """The same across the columns alone."""
    steps = np.minimum(np.abs(np.diff(grey.astype(np.int16), axis=1)), CAP).mean(0)
    steps = steps[: len(steps) // GRID * GRID].reshape(-1, GRID)
    # a block's edge is a line between calm pixels: compared with what lies beside it, column by column
    around = (np.roll(steps, 2, 1) + np.roll(steps, -2, 1)) / 2
    by_phase = np.sort(np.median((steps + 0.05) / (around + 0.05), axis=0))
    return 100 * float(by_phase[-1] - by_phase[-2])  # repeated pixels have several such lines in eight


def banding(grey: NDArray[np.uint8]) -> float:
    """% of the picture that lies on staircases of tone: even treads with steps in the same direction on both sides."""
    across = _treads(grey)
    return 100 * float((across | _treads(np.ascontiguousarray(grey.T)).T).mean())


def _treads(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(h, w) which pixels lie on a tread whose neighbours along the row are one step down and one step up."""
    marked = np.zeros(grey.shape, bool)
    width = grey.shape[1]
    if width <= 3 * FLAT_RUN:
        return marked
    even = np.abs(np.diff(grey.astype(np.int16), axis=1, prepend=grey[:, :1])) <= 1
    edges = np.diff(np.pad(even, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, first = np.nonzero(edges == 1)
    last = np.nonzero(edges == -1)[1]
    long = last - first >= FLAT_RUN
    # a gentle ramp is even from pixel to pixel, and no tread
    long &= np.abs(grey[rows, first].astype(np.int16) - grey[rows, last - 1]) <= 1
    rows, first, last = rows[long], first[long], last[long]
    if len(rows) < 3:
        return marked
    level = grey[rows, (first + last - 1) // 2].astype(np.int16)
    rise = np.diff(level)
    step = (rows[1:] == rows[:-1]) & (first[1:] - last[:-1] <= RISER) & (np.abs(rise) >= LEAST) & (np.abs(rise) <= MOST)
    both = np.flatnonzero(step[1:] & step[:-1] & (np.sign(rise[1:]) == np.sign(rise[:-1]))) + 1
    bounds = np.zeros((grey.shape[0], width + 1), np.int32)
    np.add.at(bounds, (rows[both], first[both]), 1)
    np.add.at(bounds, (rows[both], last[both]), -1)
    return np.asarray(np.cumsum(bounds, axis=1)[:, :width] > 0)


@register
class Compression(Sampled):
    """Blocking and banding at native resolution."""

    name, version, title = "compression", "1", "Compression"
    cost = 1.5
    says = {  # noqa: RUF012
        "blocking": "Neighbouring pixels differ by {} % more across the coder's blocks than within them.",
        "banding": "{} % of the picture lies on visible steps of tone.",
    }
    absent = f"the picture is smaller than {SMALLEST} pixels"
    shows = {"blocking": 30.0, "banding": 5.0}  # noqa: RUF012
    measures = (
        Measure(
            name="blocking",
            title="Blocking",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="By how much the differences of neighbouring pixels (luma, capped at 24) across one phase of a "
            "grid of 8 exceed those two pixels beside it, less the same for the second phase; median over the lines of "
            "the grid, the lesser of both axes, median over a shot. The clip takes its worst shot.",
            source="after Wang, Sheikh and Bovik 2002, No-reference perceptual quality assessment of JPEG images",
        ),
        Measure(
            name="banding",
            title="Banding",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition=f"Share of the picture that lies on even treads of {FLAT_RUN} pixels and more between two steps "
            f"of tone of {LEAST} to {MOST} code values in the same direction, along rows or columns; median over a "
            "shot. The clip takes its worst shot.",
            source="after the contours of CAMBI, Tandon et al. 2021",
        ),
    )

    def read(self, frame: Frame) -> tuple[float, ...]:
        grey = native_crop(frame)
        return blocking(grey), banding(grey)
