"""Faults of the camera's hand: shake, float, roll, jolts, breathing zoom, rolling shutter, bent lines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults._paint import Now, framed, grid, repaint, warped
from evalverse.calibration.faults.fault import Amount, Job, Medium, fault
from evalverse.calibration.faults.take import RGB, Take

MOVEMENT = "cinematography/pacing/movement-rationality"
EASE = 0.25
"""Seconds over which a wrong movement starts and ends within its span, unless the take itself starts or ends there."""

Path = NDArray[np.float64]


def wander(rng: np.random.Generator, seconds: Path, low: float, high: float) -> Path:
    """A random path of mean square 1 that holds only frequencies between ``low`` and ``high`` Hz."""
    hertz = rng.uniform(low, high, 12)
    waves = np.sin(2 * np.pi * hertz * seconds[:, None] + rng.uniform(0, 2 * np.pi, 12)).sum(axis=1)
    return np.asarray(waves * (2 / 12) ** 0.5)


def eased(take: Take, job: Job) -> Path:
    """(frames,) 0..1: how far a wrong movement has set in."""
    k, ramp = np.arange(job.frames) + 0.5, max(1.0, EASE * float(take.rate))
    into = np.ones(job.frames) if job.first == 0 else np.clip(k / ramp, 0, 1)
    out = np.ones(job.frames) if job.stop == take.length else np.clip((job.frames - k) / ramp, 0, 1)
    return np.asarray(into * out)


def moved(take: Take, job: Job, x: Path, y: Path, degrees: Path | None = None) -> Take:
    """The frame moved by ``x`` and ``y`` (shares of the height) and rolled, per frame of the span.

    The picture is enlarged by what the largest movement needs, up to 6 %; beyond, the edge is mirrored.
    """
    degrees = np.zeros(job.frames) if degrees is None else degrees
    room = 2 * np.maximum(np.abs(x), np.abs(y)).max() + np.abs(np.radians(degrees)).max() * take.width / take.height
    zoom = 1 + min(0.06, float(room)) * eased(take, job)

    def paint(rgb: RGB, now: Now) -> RGB:
        k = now.index - job.first
        return framed(rgb, (0.5 + x[k] * take.height / take.width, 0.5 + y[k]), float(zoom[k]), float(degrees[k]))

    return repaint(take, job, paint)


def clock(take: Take, job: Job) -> Path:
    """Seconds of each frame since the span began."""
    return np.arange(job.frames) / float(take.rate)


@fault(
    name="camera-shake",
    words="The frame trembles though nobody asked for a hand-held camera.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture's height (rms)", most=3, faint=0.12, medium=0.4, strong=1.3),
    checks=(f"{MOVEMENT}/no-unwanted-shake",),
    measures=("camera_motion.shake",),
)
def camera_shake(take: Take, job: Job) -> Take:
    rng, t, on = job.rng(), clock(take, job), eased(take, job)
    reach, top = job.amount / 100 * on, min(9.0, float(take.rate) / 2.5)
    x, y, roll = (wander(rng, t, 0.35 * top, top) for _ in range(3))
    return moved(take, job, 0.7 * reach * x, 0.7 * reach * y, 25 * reach * roll)


@fault(
    name="camera-drift",
    words="The camera floats about with no start, aim or end.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture's height (rms)", most=8, faint=0.8, medium=2.2, strong=5),
    checks=(f"{MOVEMENT}/no-aimless-drift",),
    measures=("camera_motion.pan", "camera_motion.tilt"),
)
def camera_drift(take: Take, job: Job) -> Take:
    rng, t = job.rng(), clock(take, job)
    reach = job.amount / 100 * eased(take, job)
    x, y = (wander(rng, t, 0.12, 0.45) for _ in range(2))
    return moved(take, job, 0.7 * reach * x, 0.7 * reach * y)


@fault(
    name="camera-roll",
    words="The horizon tips over as the shot goes on.",
    medium=Medium.PICTURE,
    amount=Amount("degrees of roll at the end", most=20, faint=1.2, medium=3.5, strong=9),
    checks=(f"{MOVEMENT}/no-aimless-drift", "rightness/frame/aesthetic-quality/frame-is-ordered"),
    measures=("camera_motion.roll",),
)
def camera_roll(take: Take, job: Job) -> Take:
    way, share = job.rng().choice([-1.0, 1.0]), (np.arange(job.frames) + 1) / job.frames
    still = np.zeros(job.frames)
    return moved(take, job, still, still, way * job.amount * share * share * (3 - 2 * share))


@fault(
    name="bumped-camera",
    words="Something knocks against the camera: a jolt that swings out.",
    medium=Medium.PICTURE,
    amount=Amount("% of the picture's height at the first swing", most=12, faint=0.6, medium=2, strong=6),
    checks=(f"{MOVEMENT}/natural-inertia", f"{MOVEMENT}/no-unwanted-shake"),
    measures=("camera_motion.shake",),
)
def bumped_camera(take: Take, job: Job) -> Take:
    rng = job.rng()
    t = clock(take, job) - rng.uniform(0.25, 0.6) * job.frames / float(take.rate)
    swing = np.where(t >= 0, np.exp(-t / 0.22) * np.cos(2 * np.pi * 4 * t), 0) * job.amount / 100
    return moved(take, job, 0.4 * swing * rng.choice([-1, 1]), swing * rng.choice([-1, 1]))


def _rezoomed(take: Take, job: Job, zoom: Path) -> Take:
    return repaint(take, job, lambda rgb, now: framed(rgb, (0.5, 0.5), float(zoom[now.index - job.first])))


@fault(
    name="breathing-zoom",
    words="The angle of view swells and shrinks without a zoom being meant.",
    medium=Medium.PICTURE,
    amount=Amount("% of magnification from mean to peak", most=15, faint=0.8, medium=2.5, strong=7),
    checks=("cinematography/lens/focal-length/steady-angle-of-view", f"{MOVEMENT}/no-aimless-drift"),
    measures=("camera_motion.zoom",),
)
def breathing_zoom(take: Take, job: Job) -> Take:
    rng, reach = job.rng(), job.amount / 100 * eased(take, job)
    wave = np.sin(2 * np.pi * rng.uniform(0.5, 1.0) * clock(take, job) + rng.uniform(0, 2 * np.pi))
    return _rezoomed(take, job, 1 + reach * (1 + wave))


def _rows(take: Take, job: Job, shift: Callable[[int, Path], Path]) -> Take:
    """Each row moved sideways by ``shift(frame of the span, rows 0..1)`` shares of the height."""
    share = np.linspace(0, 1, take.height)

    def paint(rgb: RGB, now: Now) -> RGB:
        row = (shift(now.index - job.first, share) * take.height).astype(np.float32)
        dx = np.broadcast_to(row[:, None], rgb.shape[:2])
        return warped(rgb, dx, np.zeros_like(dx))

    return repaint(take, job, paint)


@fault(
    name="jelly-wobble",
    words="Uprights lean and wobble like jelly, as from a rolling shutter on a shaking mount.",
    medium=Medium.PICTURE,
    amount=Amount(
        "% of the picture's height between top and bottom row (rms)", most=5, faint=0.3, medium=0.9, strong=2.5
    ),
    checks=(
        "cinematography/lens/focal-length/straight-lines-behave",
        f"{MOVEMENT}/no-unwanted-shake",
        "aesthetics/visual-quality/physics/solids-stay-solid",
    ),
    measures=("camera_motion.shake",),
)
def jelly_wobble(take: Take, job: Job) -> Take:
    rng, reach = job.rng(), job.amount / 100 * eased(take, job)
    lean = reach * wander(rng, clock(take, job), 2, min(7.0, float(take.rate) / 2.5))
    bend = rng.uniform(1.0, 2.0)
    return _rows(take, job, lambda k, row: lean[k] * np.sin(np.pi * bend * (row - 0.5)) / 1.4)


@fault(
    name="bent-lines",
    words="Straight lines bow like a barrel or a cushion.",
    medium=Medium.PICTURE,
    amount=Amount("% by which the picture's corner is displaced", most=30, faint=2.5, medium=7, strong=18),
    checks=(
        "cinematography/lens/focal-length/straight-lines-behave",
        "cinematography/lens/focal-length/face-drawn-well",
    ),
)
def bent_lines(take: Take, job: Job) -> Take:
    x, y = grid(take.height, take.width)
    u, v = (x - take.width / 2) / take.width * 2, (y - take.height / 2) / take.height * 2
    way = float(job.rng().choice([-1, 1]))
    bend = way * job.amount / 100 * ((u * u + v * v) / 2 - (1 if way > 0 else 0))  # no part of the frame left empty
    dx, dy = bend * (x - take.width / 2), bend * (y - take.height / 2)
    return repaint(take, job, lambda rgb, _: warped(rgb, dx, dy)).told(kind="barrel" if way > 0 else "cushion")
