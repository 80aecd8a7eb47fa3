"""Repeats: details that have a twin elsewhere in the same frame, the same way up and of the same size.

One patch of foliage, brick or crowd stamped again and again gives itself away by details that are alike to the last
line; grown and weathered things never are. What is printed, woven or built repeats by right: stars on a flag, windows,
tiles, letters.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from evalverse.tools.evidence import Direction, Measure
from evalverse.tools.image._sampled import RATE, Sampled
from evalverse.tools.media.frame import Frame, Grey
from evalverse.tools.operator import Needs, Picture, register

LINES = 288
MOST, FEWEST = 1500, 50
"""Details that are compared in one frame, and below which chance rules."""
CONTRAST = 0.02
"""SIFT's threshold: half of the usual, so that foliage and cloth have details enough."""
ALIKE = 0.93
"""Cosine of the roots of two descriptors (Arandjelovic and Zisserman 2012) from which on they are twins."""
APART = 0.06
"""Of the height: nearer ones share pixels."""
TURNED, SCALED = 12.0, 0.25
"""Degrees and octaves by which twins may differ."""


def twins(grey: Grey) -> float:
    """% of the details of a picture (h, w) that have a twin elsewhere in it; nan with fewer than fifty details."""
    import cv2

    points, found = cv2.SIFT_create(nfeatures=MOST, contrastThreshold=CONTRAST).detectAndCompute(grey, None)  # type: ignore[attr-defined]
    if found is None or len(points) < FEWEST:
        return float("nan")
    place = np.array([p.pt for p in points], np.float32)
    size, angle = np.array([p.size for p in points]), np.array([p.angle for p in points])
    roots = np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9))
    alike = roots @ roots.T
    near = (place**2).sum(axis=1)
    alike[near[:, None] + near[None] - 2 * place @ place.T < (APART * grey.shape[0]) ** 2] = -1
    best = alike.argmax(axis=1)
    turned = np.abs((angle[best] - angle + 180) % 360 - 180)
    same = (alike.max(axis=1) > ALIKE) & (turned < TURNED) & (np.abs(np.log2(size[best] / size)) < SCALED)
    return 100 * float(same.mean())


@register
class Repeats(Sampled):
    """Details that have a twin."""

    name, version, title = "repeats", "1", "Repeated texture"
    needs = Needs(picture=Picture(height=LINES, rate=RATE))
    cost = 3.0
    measures = (
        Measure(
            name="share",
            title="Details that have a twin",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition=f"Share of up to {MOST} SIFT details ({LINES} lines) whose likest other, {100 * APART:g} % of "
            f"the height or farther away, has a cosine of {ALIKE} or more, turned by less than {TURNED:g} degrees and "
            f"scaled by less than {SCALED} octaves; median over a shot. The clip takes its worst shot.",
            source="copy-move forensics after Amerini et al. 2011; SIFT: Lowe 2004",
        ),
    )
    says: ClassVar = {"share": "{} % of the details have a twin elsewhere in the frame."}
    absent = "the frames have too few details to compare"
    shows: ClassVar = {"share": 12.0}

    def read(self, frame: Frame) -> tuple[float]:
        return (twins(frame.grey(LINES)),)
