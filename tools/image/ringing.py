"""Ringing: bright and dark lines along contours, from sharpening, from upscaling or from a coder.

Read off steps of light between two even areas. Where both areas are even, a natural edge goes over from one to the
other without passing either; a filter that lifts high frequencies overshoots. A rim of light, a drawn outline and a
thin line beside an edge overshoot too, so it takes what a quarter of the edges exceed and not single ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Measure
from evalverse.tools.image._sampled import Sampled, native_crop
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import register

REACH = 8
"""Pixels on either side of an edge that are looked at."""
NEAR = 4
"""Of these, the pixels beside the edge in which an overshoot lies; beyond them the light must be even."""
STEP = 16
"""Least step of 8-bit luma over an edge."""
EVEN = 0.15
"""Of the step: by how much an even area may waver."""
FEWEST = 50
"""Edges between even areas below which a frame tells nothing."""
MOST = 4000
"""Edges per direction that are read, spread over the picture."""


def overshoots(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N,) % of its step by which each upright or level edge of an (h, w) picture overshoots, mean of both sides.

    Negative where the edge is so soft that it has not reached its plateaus yet.
    """
    found = [_along_rows(np.ascontiguousarray(p, np.float32)) for p in (grey, grey.T)]
    return np.concatenate(found)


def _along_rows(light: NDArray[np.float32]) -> NDArray[np.float32]:
    import cv2

    width = light.shape[1]
    margin = REACH + 2
    if width <= 2 * margin:
        return np.zeros(0, np.float32)
    rise = np.zeros_like(light)
    rise[:, 2:-2] = light[:, 4:] - light[:, :-4]
    size = np.abs(rise)
    edge = (size > STEP) & (size >= cv2.dilate(size, np.ones((1, 2 * REACH + 1), np.uint8)))
    edge[:, 1:] &= ~edge[:, :-1]  # one of several alike
    edge[:, :margin] = edge[:, -margin:] = False
    row, column = np.nonzero(edge)
    if len(row) > MOST:
        chosen = np.linspace(0, len(row) - 1, MOST).astype(int)
        row, column = row[chosen], column[chosen]
    way = np.sign(rise[row, column])[:, None]
    profile = light[row[:, None], column[:, None] + np.arange(-REACH, REACH + 1)] * way  # always from low to high
    below, above = profile[:, : REACH - NEAR], profile[:, REACH + NEAR + 1 :]
    low, high = np.median(below, axis=1), np.median(above, axis=1)
    step = high - low
    even = (np.ptp(below, axis=1) < EVEN * step) & (np.ptp(above, axis=1) < EVEN * step) & (step > STEP)
    beside = profile[even]
    under = low[even] - beside[:, REACH - NEAR : REACH + 1].min(axis=1)
    over = beside[:, REACH : REACH + NEAR + 1].max(axis=1) - high[even]
    return np.asarray(50 * (under + over) / step[even], np.float32)


@register
class Ringing(Sampled):
    """Overshoot of light along contours."""

    name, version, title = "ringing", "1", "Ringing"
    cost = 1.0
    says = {"overshoot": "Along contours the light overshoots by {} % of the step."}  # noqa: RUF012
    absent = "the picture has too few edges between even areas"
    shows = {"overshoot": 12.0}  # noqa: RUF012
    measures = (
        Measure(
            name="overshoot",
            title="Overshoot along contours",
            unit="%",
            direction=Direction.LOWER,
            definition=f"By how much luma passes its plateaus within {NEAR} pixels of an upright or level edge between "
            f"two areas that are even from there to {REACH} pixels, as a share of the step, mean of both sides; 75th "
            "percentile of the edges, median over a shot. Negative for soft edges. The clip takes its worst shot.",
            source="after the overshoot of perceptual ringing measures, Marziliano et al. 2004",
        ),
    )

    def read(self, frame: Frame) -> tuple[float, ...]:
        found = overshoots(native_crop(frame))
        return (float(np.percentile(found, 75)) if len(found) >= FEWEST else float("nan"),)
