"""Moments between two frames, made along the motion: for faults of speed and time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults._paint import mixed, warped
from evalverse.calibration.faults.take import RGB, Take

WHOLE = 0.02
"""A position this near to a frame shows that frame."""


def moments(take: Take, positions: Iterable[float]) -> Iterator[RGB]:
    """The take at ``positions`` (frames, fractional). Going back begins the take anew; never mixes over a cut."""
    run, at = take.pictures(), -1
    before = after = None  # frames at - 1 and at
    cuts = set(take.cuts)
    for position in positions:
        low = int(position + WHOLE)
        share = position - low
        if share <= WHOLE or low + 1 >= take.length or low + 1 in cuts:
            share = 0.0
        if low < at - 1:
            run, at, before, after = take.pictures(), -1, None, None
        while at < low + (share > 0):
            before, after, at = after, next(run), at + 1
        assert after is not None
        if share == 0:
            shown = after if at == low else before
            assert shown is not None
            yield shown
        else:
            assert before is not None
            yield between(before, after, share)


def flow(before: Any, after: Any) -> NDArray[np.float32]:
    """(h, w, 2) pixels from one grey picture to the next, by DIS (Kroeger et al. 2016)."""
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)  # type: ignore[attr-defined]
    return np.asarray(dis.calc(before, after, None), np.float32)


def between(before: RGB, after: RGB, share: float) -> RGB:
    """The picture at ``share`` (0..1) of the way, by dense optical flow and a crossfade."""
    height, width = before.shape[:2]
    small = (width // 2, height // 2)
    greys = [
        cv2.cvtColor(cv2.resize(f, small, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY) for f in (before, after)
    ]
    vectors = np.asarray(cv2.resize(flow(*greys), (width, height)) * 2, np.float32)
    dx, dy = vectors[..., 0], vectors[..., 1]
    return mixed(warped(before, -share * dx, -share * dy), warped(after, (1 - share) * dx, (1 - share) * dy), share)
