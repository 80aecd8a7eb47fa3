"""The picture proper, and where attention goes in it: features of a frame that several operators ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Picture
from evalverse.tools.people.heads import RATE
from evalverse.tools.picture._look import without_bars

HEIGHT = 180
SMALL = 36
"""Rows on which attention is computed: the size at which a picture is taken in at a glance."""
STRIP = 4
"""Rows and columns of that which count as its border."""
ROOM = 3.0
"""L*a*b* steps by which a colour may always vary."""
LOOKS = Picture(height=HEIGHT, rate=RATE)


class Area(NamedTuple):
    """The picture inside its black bars, in picture heights."""

    top: float
    bottom: float
    left: float
    right: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left


def area(frame: Frame) -> Area:
    """The picture inside its black bars."""

    def make() -> Area:
        grey = frame.grey(HEIGHT)
        rows, columns = without_bars(grey)
        high = grey.shape[0]
        return Area(*(float(edge) / high for edge in (rows.start, rows.stop, columns.start, columns.stop)))

    found: Area = frame.view("area", make)
    return found


def widest(areas: Sequence[Area]) -> Area:
    """What is picture at one time or another: a dark scene may look like a bar."""
    tops, bottoms, lefts, rights = zip(*areas, strict=True)
    return Area(min(tops), max(bottoms), min(lefts), max(rights))


def saliency(frame: Frame) -> NDArray[np.float32]:
    """(h, w) where the picture draws the eye, summing to 1, without its black bars, ``h`` = ``SMALL``."""

    def make() -> NDArray[np.float32]:
        return attention(frame.rgb(HEIGHT)[without_bars(frame.grey(HEIGHT))])

    found: NDArray[np.float32] = frame.view("saliency", make)
    return found


def attention(picture: RGB) -> NDArray[np.float32]:
    """(SMALL, w) summing to 1: how far each place of an (h, w, 3) picture differs in colour from its four borders.

    Mahalanobis distance in L*a*b* from each border strip, without the strip that it differs from most, squared: what
    reaches across a picture's edge is background (the border cue of Zhang et al. 2015). Even for a plain picture.
    """
    import cv2

    size = (max(8, round(SMALL * picture.shape[1] / picture.shape[0])), SMALL)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    far = []
    for strip in (lab[:STRIP], lab[-STRIP:], lab[:, :STRIP], lab[:, -STRIP:]):
        colours = strip.reshape(-1, 3)
        away = lab - colours.mean(axis=0)
        inverse = np.linalg.inv(np.cov(colours.T) + ROOM**2 * np.eye(3))
        far.append(np.sqrt(np.einsum("hwi,ij,hwj->hw", away, inverse, away)))
    total = np.sum(far, axis=0) - np.max(far, axis=0)
    found = cv2.GaussianBlur(total.astype(np.float32), (0, 0), 1.5) ** 2
    return np.asarray(found / found.sum() if found.sum() > 0 else np.full_like(found, 1 / found.size), np.float32)
