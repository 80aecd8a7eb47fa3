"""Faces, limbs and outlines of people in a take, found with MediaPipe: where people faults take hold.

Needs the extra ``faces``; without it, or without anybody in view, a take is unfit. MediaPipe is imported when used.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults._paint import Field
from evalverse.calibration.faults.fault import Job, Unfit
from evalverse.calibration.faults.take import RGB, Take, read
from evalverse.errors import MissingExtra
from evalverse.tools.media.frame import Frame
from evalverse.tools.people._mesh import HINT
from evalverse.tools.people._models import Pose, people

Points = NDArray[np.float32]

HEIGHT = 480
"""Pixels high at which people are looked for."""

SEEN_OFTEN = 0.8
"""Share of the span in which a face must be found; what lies between is interpolated."""

# points of the 468-point face mesh
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377]
OVAL += [152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
EYES = (33, 263)
ARMS = [[11, 13, 15], [12, 14, 16]]
"""Shoulder, elbow, wrist: left and right, in MediaPipe's order of joints."""
STEADY = (33, 133, 263, 362, 6, 4, 234, 454, 10)
"""Points that an expression hardly moves: corners of the eyes, bridge and tip of the nose, temples, forehead."""


@dataclass(frozen=True)
class Face:
    """The main face over a span: ``points`` (frames, 468, 2) pixels of the take; measures of the first frame."""

    points: Points

    @property
    def eyes(self) -> float:
        """Distance of the outer corners of the eyes, pixels (median over the span)."""
        return float(np.median(np.linalg.norm(self.points[:, EYES[0]] - self.points[:, EYES[1]], axis=1)))

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Median left, top, right, bottom of the face, pixels."""
        low, high = np.median(self.points.min(axis=1), axis=0), np.median(self.points.max(axis=1), axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@contextmanager
def _mesh(**options: Any) -> Iterator[Callable[[RGB], list[Points]]]:
    """MediaPipe's face mesh, with all its points, as a function of a picture: faces, each (468, 2) in pixels."""
    os.environ.setdefault("GLOG_minloglevel", "2")  # its C++ side greets on stderr otherwise
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its protobuf, which we cannot change
        try:
            from mediapipe.python.solutions.face_mesh import FaceMesh
        except ImportError as error:
            raise MissingExtra("mediapipe 0.10.14 (face mesh)", HINT) from error
        with FaceMesh(max_num_faces=2, **options) as model:

            def faces(rgb: RGB) -> list[Points]:
                found = model.process(_shrunk(rgb)).multi_face_landmarks or []
                size = np.array(rgb.shape[1::-1], np.float32)
                return [np.array([(p.x, p.y) for p in face.landmark], np.float32) * size for face in found]

            yield faces


def _shrunk(rgb: RGB) -> RGB:
    if rgb.shape[0] <= HEIGHT:
        return np.ascontiguousarray(rgb)
    size = (round(rgb.shape[1] * HEIGHT / rgb.shape[0]), HEIGHT)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def face_over(take: Take, job: Job) -> Face:
    """The main (largest) face in each frame of the span.

    Raises:
        Unfit: no face in most of the span.
        MissingExtra: MediaPipe is absent.
    """
    found: dict[int, Points] = {}
    with _mesh() as mesh:
        for k, (_, rgb) in enumerate(take.frames(job.first, job.stop)):
            if faces := mesh(rgb):
                found[k] = max(faces, key=lambda s: float(np.ptp(s[:, 1])))
    if len(found) < SEEN_OFTEN * job.frames or not found:
        raise Unfit(f"needs a face in view: found in {len(found)} of {job.frames} frames")
    at, shapes = sorted(found), np.stack([found[k] for k in sorted(found)])
    flat = shapes.reshape(len(at), -1)
    filled = np.stack([np.interp(np.arange(job.frames), at, column) for column in flat.T], axis=1)
    return Face(filled.reshape(job.frames, -1, 2).astype(np.float32))


def has_face(take: Take, looks: int = 4) -> bool:
    """Whether a face is in view in most of a few frames spread over the take."""
    at = np.linspace(0, take.length - 1, looks + 2).astype(int)[1:-1].tolist()
    with _mesh(static_image_mode=True) as mesh:
        return sum(bool(mesh(rgb)) for rgb in read(take, at)) > looks / 2


def outline(rgb: RGB) -> Field:
    """Where people are, (H, W) float32 in 0..1; it believes that somebody is there."""

    def shrink(width: int, height: int) -> RGB:
        return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

    mask = people(Frame(0, Fraction(0), (rgb.shape[1], rgb.shape[0]), shrink))
    return np.asarray(cv2.resize(mask, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def need_person(take: Take, job: Job) -> None:
    """Raises Unfit when in the middle of the span there is nobody, or nothing but somebody."""
    still = take.still((job.first + job.stop) // 2)
    pose = Pose()
    share = float((outline(still) > 0.5).mean()) if pose(_shrunk(still)) is not None else 0.0
    pose.close()
    if not 0.03 < share < 0.9:
        raise Unfit(f"needs a person before a background: people fill {share:.0%} of the picture")


def arm_over(take: Take, job: Job) -> Points:
    """Shoulder, elbow and wrist of the best seen arm, (frames, 3, 2) pixels. Raises Unfit when no arm is seen."""
    pose = Pose()
    bodies = [pose(_shrunk(rgb)) for _, rgb in take.frames(job.first, job.stop)]
    pose.close()
    if any(body is None for body in bodies):
        raise Unfit("needs a body in view through the span")
    joints = np.stack([body for body in bodies if body is not None])[:, ARMS]  # (frames, arms, 3, 4)
    wide = take.width / take.height
    inside = (joints[..., :2] >= 0).all(axis=(2, 3)) & (joints[..., :2] <= (wide, 1)).all(axis=(2, 3))
    seen = (joints[..., 3].min(axis=2) > 0.5) & inside
    arm = int(seen.mean(axis=0).argmax())
    if seen[:, arm].mean() < SEEN_OFTEN:
        raise Unfit("needs a whole arm in view through the span")
    return np.asarray(joints[:, arm, :, :2] * take.height, np.float32)


def pulled(shape: tuple[int, int], points: Points, pulls: Points, reach: float) -> tuple[Field, Field]:
    """A smooth backward displacement (dx, dy), each (H, W), that carries ``points`` (n, 2) by ``pulls`` (n, 2) pixels.

    Each pull fades as a Gaussian of ``reach`` pixels. Made on a coarse grid.
    """
    height, width = shape
    step = max(1.0, reach / 6)
    rows, columns = np.arange(0, height + step, step), np.arange(0, width + step, step)
    x, y = np.meshgrid(columns, rows)
    weight = np.exp(-((x[..., None] - points[:, 0]) ** 2 + (y[..., None] - points[:, 1]) ** 2) / (2 * reach**2))
    total = np.maximum(weight.sum(axis=-1), 1.0)
    coarse = [-(weight @ pulls[:, axis]) / total for axis in (0, 1)]
    matrix = np.array([[1 / step, 0, 0], [0, 1 / step, 0]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    dx, dy = (
        np.asarray(cv2.warpAffine(c.astype(np.float32), matrix, (width, height), flags=flags), np.float32)
        for c in coarse
    )
    return dx, dy


def hull(shape: tuple[int, int], points: Points, grow: float = 1.0, feather: float = 0.0) -> Field:
    """The oval of a face as a mask, (H, W) 0..1: grown about its centre, softened by ``feather`` pixels."""
    oval = points[OVAL]
    oval = oval.mean(axis=0) + grow * (oval - oval.mean(axis=0))
    mask = np.zeros(shape, np.float32)
    cv2.fillPoly(mask, [np.rint(oval).astype(np.int32)], 1.0)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), feather), np.float32) if feather > 0.3 else mask
