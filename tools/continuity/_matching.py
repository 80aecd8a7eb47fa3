"""Whether two pictures show the same things, as they are or the other way round. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.frame import RGB

MOST = 1500
"""Features of a picture."""
FAINT = 0.02
"""Contrast of the faintest feature, as a share of full scale."""
DISTINCT = 0.75
"""Distance of a match against that of the second best (Lowe 2004 has 0.8)."""
NEAR = 4.0
"""Pixels by which a match may miss the common move."""
FEWEST = 20
"""Matches that move as one, from which on two pictures show the same things. Unrelated pictures reach 6."""
TWICE = 2.0
"""How many times more of them the right way round must have than the other: faces are nearly symmetrical."""


@dataclass(frozen=True)
class Match:
    """``same`` is the number of features that move as one, ``scale`` by how much they grow; ``mirrored`` is whether
    the second picture shows them the other way round.
    """

    same: int
    scale: float
    mirrored: bool


def match(old: RGB, new: RGB) -> Match | None:
    """How ``new`` shows what ``old`` shows, both (h, w, 3); None when they have too little in common.

    SIFT features (Lowe 2004), matched both as the picture is and mirrored; one shift, turn and scale for all (RANSAC).
    A camera that went to another side, other light or a moved subject leave too little in common.
    """
    before = _features(old)
    plain, turned = _together(before, _features(new)), _together(before, _features(np.ascontiguousarray(new[:, ::-1])))
    (same, scale), mirrored = max((plain, False), (turned, True))
    other = min(plain[0], turned[0])
    return Match(same, scale, mirrored) if same >= max(FEWEST, TWICE * other) else None


def _features(picture: RGB) -> tuple[NDArray[np.float32], Any]:
    """(N, 2) places and their descriptions."""
    import cv2

    found, told = cv2.SIFT.create(MOST, contrastThreshold=FAINT).detectAndCompute(
        cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY), None
    )
    return np.array([point.pt for point in found], np.float32).reshape(-1, 2), told


def _together(old: tuple[NDArray[np.float32], Any], new: tuple[NDArray[np.float32], Any]) -> tuple[int, float]:
    """How many features of both move as one, and by how much they grow; (0, 1.0) for none."""
    import cv2

    (places, told), (others, theirs) = old, new
    if len(places) < 4 or len(others) < 4:
        return 0, 1.0
    best: dict[int, Any] = {}
    for first, second in cv2.BFMatcher().knnMatch(told, theirs, k=2):
        if first.distance < DISTINCT * second.distance:
            best[first.trainIdx] = min(best.get(first.trainIdx, first), first, key=lambda m: m.distance)
    if len(best) < 4:
        return 0, 1.0
    cv2.setRNGSeed(0)  # the same answer every time
    move, fits = cv2.estimateAffinePartial2D(
        places[[m.queryIdx for m in best.values()]],
        others[[m.trainIdx for m in best.values()]],
        ransacReprojThreshold=NEAR,
    )
    return (0, 1.0) if move is None else (int(fits.sum()), float(np.hypot(move[0, 0], move[1, 0])))
