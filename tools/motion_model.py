"""How the whole picture moves between two frames: the camera, told apart from what moves in front of it.

A similarity (shift, zoom, roll) is fitted to the dense flow by a weighted search for consensus. It cannot tell a pan
from a sideways track, nor a zoom from a push in: that needs depth, which a flat model does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.features import FLOW_HEIGHT, Flow, flow
from evalverse.tools.media.frame import Frame

STEP = 8
"""Pixels of the flow field between two points of the grid."""
HYPOTHESES = 48
EDGE = 0.15
"""Share of the frame's height, along its sides and its top, where the background is likeliest to show."""
INNER_WEIGHT = 0.35
CORNERNESS = 0.6e-4
"""Smaller eigenvalue of the structure tensor at which a point is half trusted: flow means nothing on a bare wall."""
STILL_BONUS = 2.0
"""A locked-off camera is the likelier explanation unless a moving one fits much better. Creeping moves survive: the fit
is refined on all points that agree."""

Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class GlobalMotion:
    """From one frame to the next, a point p moves by ``stretch * p + shift``.

    Points are complex numbers x + iy, in frame heights from the frame's centre, x right and y down.
    """

    shift: complex
    stretch: complex
    """Its real part is the zoom (0.01: the picture grows by 1 %), its imaginary part the turn in radians."""
    support: float
    """0..1: share of the textured picture that moves so; near 0 the fit means nothing."""
    seconds: float
    """Time between the two frames."""

    def at(self, points: Complex) -> Complex:
        """Displacement of ``points``."""
        return self.stretch * points + self.shift


def global_motion(frame: Frame) -> GlobalMotion | None:
    """The motion of the whole picture from the previous frame to this one; None for the first frame."""
    moved = flow(frame)
    if moved is None or frame.previous is None:
        return None
    before = frame.previous

    def make() -> Any:
        height = moved.vectors.shape[0]
        points = grid(moved.vectors.shape)
        if not points.size:
            return GlobalMotion(0j, 0j, 0.0, moved.seconds)  # a picture of a few pixels
        weights = _trust(before)
        shift, stretch, support = fit(points.ravel(), grid_flow(moved).ravel(), weights.ravel(), 1 / height)
        return GlobalMotion(shift, stretch, support, moved.seconds)

    found: GlobalMotion = frame.view("global_motion", make)
    return found


def to_heights(vectors: NDArray[np.float32], height: int) -> Complex:
    """Flow (..., 2) in pixels of a picture ``height`` high as complex (...) in frame heights."""
    return np.asarray((vectors[..., 0] + 1j * vectors[..., 1]) / height)


def grid(shape: tuple[int, ...], step: int = STEP) -> Complex:
    """Every ``step``-th point of an (h, w) picture, in frame heights from its centre."""
    height, width = shape[:2]
    y = (np.arange(step // 2, height, step) - (height - 1) / 2) / height
    x = (np.arange(step // 2, width, step) - (width - 1) / 2) / height
    return np.asarray(x[None, :] + 1j * y[:, None])


def on_grid(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """What an (h, w, ...) field holds at the points of :func:`grid`."""
    return field[STEP // 2 :: STEP, STEP // 2 :: STEP]


def grid_flow(moved: Flow) -> Complex:
    """Displacement at the points of :func:`grid`, in frame heights."""
    return to_heights(on_grid(moved.vectors), moved.vectors.shape[0])


def fit(points: Complex, moved: Complex, weights: NDArray[np.floating], pixel: float) -> tuple[complex, complex, float]:
    """The similarity that most of the weight agrees on.

    Args:
        points, moved: (N,) places and displacements, in frame heights.
        weights: (N,) trust in each.
        pixel: size of a pixel of the flow field, in frame heights; sets what counts as agreement.

    Returns:
        (shift, stretch, support), see :class:`GlobalMotion`.
    """
    total = float(weights.sum())
    if total <= 0:
        return 0j, 0j, 0.0
    tolerance = 0.12 * pixel + 0.08 * np.abs(moved)
    draw = np.random.default_rng(0)
    first, second = draw.choice(len(points), (2, HYPOTHESES), p=weights / total)
    apart = points[first] - points[second]
    far = np.abs(apart) > 0.2
    first, second, apart = first[far], second[far], apart[far]
    turns = (moved[first] - moved[second]) / apart
    # candidates: no motion, pure shifts, and full similarities through two points
    some = first[::2]
    stretches = np.concatenate([[0], np.zeros(len(some)), turns]).astype(np.complex64)
    shifts = np.concatenate([[0], moved[some], moved[first] - turns * points[first]]).astype(np.complex64)
    misses = moved.astype(np.complex64) - stretches[:, None] * points.astype(np.complex64) - shifts[:, None]  # (H, N)
    agreement = 1 - (misses.real**2 + misses.imag**2) * (tolerance**-2).astype(np.float32)
    scores = np.maximum(agreement, 0) @ weights.astype(np.float32)
    scores[0] *= STILL_BONUS
    best = int(scores.argmax())
    shift, stretch = complex(shifts[best]), complex(stretches[best])
    if best == 0:
        tolerance = np.full_like(tolerance, 0.12 * pixel)
    for _ in range(3):
        agree = weights * (np.abs(moved - stretch * points - shift) < 1.5 * tolerance)
        mass = float(agree.sum())
        if mass <= 0:
            break
        centre, drift = (agree * points).sum() / mass, (agree * moved).sum() / mass
        spread = float((agree * np.abs(points - centre) ** 2).sum())
        turn = (agree * (moved - drift) * np.conj(points - centre)).sum() / spread if spread > 0.01 * mass else 0j
        shift, stretch = complex(drift - turn * centre), complex(turn)
    agree = weights * (np.abs(moved - stretch * points - shift) < 1.5 * tolerance)
    return shift, stretch, float(agree.sum()) / total


def texture(frame: Frame) -> NDArray[np.float32]:
    """(h, w) 0..1 of the flow's picture: how far flow can be believed, by corners; a bare wall has none."""

    def make() -> Any:
        import cv2

        corner = np.maximum(cv2.cornerMinEigenVal(frame.grey(FLOW_HEIGHT), 5), 0)
        return np.asarray(corner / (corner + CORNERNESS), np.float32)

    found: NDArray[np.float32] = frame.view("texture", make)
    return found


def _trust(frame: Frame) -> NDArray[np.float64]:
    """How far the flow at each point of the grid speaks of the background: textured places, rather at the edges."""
    textured = texture(frame)
    points = grid(textured.shape)
    half = points[-1, -1]
    # people stand in front of the lower edge as well as of the middle
    edge = np.minimum(half.real - np.abs(points.real), points.imag + half.imag)
    weight = np.where(edge < EDGE, 1.0, INNER_WEIGHT)
    return np.asarray(weight * on_grid(textured), np.float64)
