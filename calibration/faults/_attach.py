"""Places that a fault picks by itself, and how they stay attached to what is seen while the camera moves."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults._paint import Field, around, luma
from evalverse.calibration.faults.fault import Job, Place
from evalverse.calibration.faults.take import RGB, Take

HEIGHT = 180
"""Pixels high at which places are searched and followed."""


def small(rgb: RGB) -> NDArray[np.uint8]:
    """(h, w) uint8 luma, at most :data:`HEIGHT` high."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, HEIGHT / grey.shape[0])
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def detailed(rgb: RGB) -> Field:
    """How much fine detail lies about each pixel, (h, w) at the small size."""
    grey = small(rgb).astype(np.float32)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 2))
    return np.asarray(cv2.GaussianBlur(fine, (0, 0), grey.shape[0] / 12), np.float32)


class Prefer(StrEnum):
    """Which places are wanted: full of detail, the same without people, with calm about it (a thing), or calm."""

    DETAIL = "detail"
    TEXTURE = "texture"
    THING = "thing"
    CALM = "calm"


def telling_place(rgb: RGB, rng: np.random.Generator, size: float, prefer: Prefer = Prefer.DETAIL) -> Place:
    """A square ``size`` picture heights wide, by chance among the best places."""
    return places(rgb, rng, size, 1, prefer)[0]


def places(rgb: RGB, rng: np.random.Generator, size: float, count: int, prefer: Prefer = Prefer.DETAIL) -> list[Place]:
    """``count`` places, ``size`` picture heights wide, within the picture and kept apart where there is room."""
    worth = _worth(rgb, prefer)
    height, width = worth.shape
    margin = round(0.65 * size * height)
    rows, columns = slice(*_inner(height, margin)), slice(*_inner(width, margin))
    free = np.ones_like(worth)
    found = []
    for _ in range(count):
        here = (worth * free)[rows, columns] + 1e-3
        best = np.argsort(here, axis=None)[-max(1, here.size // 25) :]
        y, x = np.unravel_index(rng.choice(best), here.shape)
        cx, cy = int(x) + columns.start, int(y) + rows.start
        found.append(around((cx + 0.5) / width, (cy + 0.5) / height, size * height / width, size))
        cv2.circle(free, (cx, cy), max(1, round(size * height)), 0.0, -1)
    return found


def _worth(rgb: RGB, prefer: Prefer) -> Field:
    """How well each point of the small picture suits, 0..1."""
    detail: Any = detailed(rgb)
    if prefer is Prefer.CALM:
        detail = detail.max() - detail
    elif prefer is Prefer.THING:
        around_it = cv2.GaussianBlur(detail, (0, 0), detail.shape[0] / 6)
        detail = np.maximum(detail - around_it, 0) * (1 - 0.95 * _skin(rgb, detail.shape))  # people are no things
    elif prefer is Prefer.TEXTURE:
        detail = detail * (1 - 0.95 * _skin(rgb, detail.shape))
    return np.asarray(detail / max(float(detail.max()), 1e-6), np.float32)


def _skin(rgb: RGB, shape: tuple[int, ...]) -> Field:
    """Where and near where skin colour is, 0..1 at ``shape``; bounds in YCbCr about those of Chai and Ngan 1999."""
    ycc = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), shape[::-1], interpolation=cv2.INTER_AREA)
    skin = cv2.inRange(ycc, (40, 138, 80), (255, 178, 128))
    near = cv2.dilate(skin, np.ones((shape[0] // 10 + 1,) * 2, np.uint8))
    return np.asarray(near / 255, np.float32)


def _inner(length: int, margin: int) -> tuple[int, int]:
    """The part of 0..length that keeps ``margin`` from both ends; its middle when there is none."""
    if 2 * margin >= length:
        return length // 2, length // 2 + 1
    return margin, length - margin


def brightest_place(rgb: RGB, size: float) -> Place:
    """Where the brightest light is: a square ``size`` picture heights wide."""
    light = cv2.GaussianBlur(luma(rgb), (0, 0), size * rgb.shape[0] / 4)
    _, _, _, (x, y) = cv2.minMaxLoc(light)
    height, width = light.shape
    return around((x + 0.5) / width, (y + 0.5) / height, size * height / width, size)


def followed(take: Take, job: Job, wanted: Sequence[Place]) -> NDArray[np.float32]:
    """How far each place has travelled since the span began, (frames, places, 2) pixels of the take, x and y.

    Points in each place are tracked (Lucas-Kanade); a place takes the median of its points, and rests where they are
    lost. A cut ends the tracking: from there on places stay where they were.
    """
    track = np.zeros((job.frames, len(wanted), 2), np.float32)
    cut = next((c for c in take.cuts if job.first < c < job.stop), job.stop)
    before: NDArray[np.uint8] | None = None
    scale = 1.0
    points: list[NDArray[np.float32]] = []
    for k, (_, rgb) in enumerate(take.frames(job.first, cut)):
        grey = small(rgb)
        if before is None:
            scale = rgb.shape[0] / grey.shape[0]
            points = [_points(grey, place) for place in wanted]
        else:
            track[k] = track[k - 1]
            for number, old in enumerate(points):
                step, points[number] = _step(before, grey, old)
                track[k, number] += step * scale
        before = grey
    track[cut - job.first :] = track[cut - job.first - 1]
    return track


def _points(grey: NDArray[np.uint8], place: Place) -> NDArray[np.float32]:
    """Up to 20 points worth following in ``place``, (n, 1, 2)."""
    height, width = grey.shape
    mask = np.zeros_like(grey)
    left, top = int(place.left * width), int(place.top * height)
    mask[top : top + max(4, int(place.height * height)), left : left + max(4, int(place.width * width))] = 255
    found = cv2.goodFeaturesToTrack(grey, 20, 0.02, 3, mask=mask)
    return np.zeros((0, 1, 2), np.float32) if found is None else np.asarray(found, np.float32)


def _step(
    before: NDArray[np.uint8], after: NDArray[np.uint8], points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The median step of ``points`` and where those that were found again are now."""
    if len(points) == 0:
        return np.zeros(2, np.float32), points
    moved: Any
    moved, status, _ = cv2.calcOpticalFlowPyrLK(before, after, points, None, winSize=(15, 15), maxLevel=3)  # type: ignore[call-overload]
    kept = status[:, 0] == 1
    if not kept.any():
        return np.zeros(2, np.float32), points[:0]
    return np.median((moved - points)[kept, 0], axis=0).astype(np.float32), np.asarray(moved[kept], np.float32)
