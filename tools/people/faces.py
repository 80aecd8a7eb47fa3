"""Faces as numbers: the landmarks that are kept of each, their pose, and tracks of one person across a shot.

Landmarks are those of the 468-point face mesh with iris of MediaPipe (Kartynnik et al. 2019), named by their index
there. Coordinates are in picture heights, x to the right, y down, z away from the viewer (the mesh's own estimate).
What this does not know: who the person is, and whether a drawn or masked face is where the mesh believes it to be.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.operator import Shot

Points = NDArray[np.float32]
Series = NDArray[np.float64]

RIGID = {
    33: (-0.500, -0.007, 0.093),
    263: (0.500, -0.007, 0.093),
    133: (-0.193, 0.010, 0.031),
    362: (0.193, 0.010, 0.031),
    127: (-0.780, 0.055, 0.645),
    356: (0.780, 0.055, 0.645),
    234: (-0.773, 0.223, 0.684),
    454: (0.773, 0.223, 0.684),
    46: (-0.598, -0.161, 0.056),
    276: (0.598, -0.161, 0.056),
    122: (-0.064, 0.036, -0.177),
    351: (0.064, 0.036, -0.177),
    168: (0.000, -0.070, -0.149),
    6: (0.000, 0.017, -0.203),
    197: (0.000, 0.095, -0.264),
    195: (0.000, 0.167, -0.331),
    5: (0.000, 0.243, -0.399),
    4: (0.000, 0.337, -0.431),
    1: (0.000, 0.412, -0.411),
    9: (0.000, -0.263, -0.154),
    8: (0.000, -0.162, -0.147),
    151: (0.000, -0.454, -0.114),
    10: (0.000, -0.633, -0.062),
}
"""Landmarks that speech and blinking leave alone, on a mean face that looks straight ahead; its unit is the distance of
the outer corners of the eyes. Mean of 12 people after Procrustes alignment, made symmetrical."""

LIPS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),  # outer
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),  # inner
)
CHIN = (152, 148, 377, 176, 400, 199, 18, 200, 172, 397)
EYES = (
    *(33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),  # on the left of the picture
    *(263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)
BROWS = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
IRISES = (468, 469, 470, 471, 472, 473, 474, 475, 476, 477)
OTHERS = (2, 98, 327, 50, 280, 205, 425)

KEPT = tuple(sorted({*RIGID, *LIPS, *CHIN, *EYES, *BROWS, *IRISES, *OTHERS}))
"""Mesh indices of the landmarks that a track keeps, P of them."""
PLACE = {index: place for place, index in enumerate(KEPT)}

_RIGID_AT = [PLACE[i] for i in RIGID]
_RIGID = np.array(list(RIGID.values()))
_TOP_TO_CHIN = [PLACE[10], PLACE[152]]

NEAR = 0.6
"""Face heights by which a face may move from one picture to the next and still be the same one."""
ALIKE = 1.6
"""Factor by which its height may change meanwhile."""
PATIENCE = 1.0
"""Seconds for which a track waits for a face that was lost."""
SHORTEST = 0.25
"""Seconds below which a track is taken for a false alarm."""


@dataclass(frozen=True)
class FaceTrack:
    """One face through one shot: ``t`` (N,) seconds, ``points`` (N, P, 3) float32 in picture heights, see ``KEPT``."""

    shot: int
    t: Series
    points: Points

    def at(self, *indices: int) -> Points:
        """(N, len(indices), 3) landmarks by their mesh indices."""
        return self.points[:, [PLACE[i] for i in indices]]

    @property
    def heights(self) -> Series:
        """(N,) from hairline to chin, in picture heights."""
        return np.asarray(np.linalg.norm(np.diff(self.points[:, _TOP_TO_CHIN], axis=1)[:, 0], axis=-1), float)

    @property
    def centres(self) -> Series:
        """(N, 2) middle of the face, in picture heights."""
        return np.asarray(self.points[:, _RIGID_AT, :2].mean(axis=1), float)


def aligned(points: Points) -> tuple[Series, Series, Series]:
    """Takes head movement out: faces (N, P, 3) turned, scaled and moved onto the straight face of ``RIGID``.

    Least-squares similarity (Umeyama 1991) over the rigid landmarks.

    Returns:
        The faces (N, P, 3), unit the distance of the outer eye corners; the rotations (N, 3, 3) of the heads against
        the straight face; and the root mean square error (N,) of the rigid landmarks, in the same unit.
    """
    points = points.astype(float)
    rigid = points[:, _RIGID_AT]
    centre, target = rigid.mean(axis=1, keepdims=True), _RIGID.mean(axis=0)
    spread, wanted = rigid - centre, _RIGID - target
    left, stretch, right = np.linalg.svd(np.einsum("npi,pj->nij", spread, wanted))
    signs = np.ones((len(points), 3))
    signs[:, 2] = np.sign(np.linalg.det(left) * np.linalg.det(right))
    turn = np.einsum("nij,nj,njk->nik", left, signs, right)  # picture -> straight, row vectors
    scale = (stretch * signs).sum(axis=1) / np.maximum((spread**2).sum(axis=(1, 2)), 1e-12)
    straight = scale[:, None, None] * (points - centre) @ turn + target
    error = np.sqrt(((straight[:, _RIGID_AT] - _RIGID) ** 2).sum(axis=2).mean(axis=1))
    return straight, turn, error


def pose(turn: Series) -> Series:
    """(N, 3) yaw, pitch, roll in degrees of rotations (N, 3, 3) as :func:`aligned` returns them.

    Yaw is positive towards the right of the picture, pitch upwards, roll clockwise.
    """
    gaze = -turn[:, :, 2]  # where the straight face's (0, 0, -1), towards the viewer, comes to lie
    yaw = np.arctan2(gaze[:, 0], -gaze[:, 2])
    pitch = np.arctan2(-gaze[:, 1], np.hypot(gaze[:, 0], gaze[:, 2]))
    roll = np.arctan2(turn[:, 1, 0], turn[:, 0, 0])
    return np.asarray(np.degrees(np.stack([yaw, pitch, roll], axis=1)))


class Linker:
    """Joins faces of successive pictures to tracks, by place and size."""

    def __init__(self) -> None:
        self._open: list[_Thread] = []
        self._closed: list[_Thread] = []

    def see(self, seconds: float, faces: Sequence[Points]) -> int:
        """Takes the faces (each (P, 3)) of one picture; returns how many there are without doubles."""
        waiting: list[_Thread] = []
        for thread in self._open:
            (waiting if seconds - thread.times[-1] <= PATIENCE else self._closed).append(thread)
        self._open = waiting
        found = _without_doubles(faces)
        pairs = sorted(
            (distance, i, j)
            for i, face in enumerate(found)
            for j, thread in enumerate(self._open)
            if (distance := _distance(face, thread.last)) is not None
        )
        taken: set[int] = set()
        joined: set[int] = set()
        for _, i, j in pairs:
            if i not in joined and j not in taken:
                self._open[j].add(seconds, found[i])
                joined.add(i)
                taken.add(j)
        for i, face in enumerate(found):
            if i not in joined:
                self._open.append(_Thread([seconds], [face]))
        return len(found)

    def tracks(self, shots: Sequence[Shot]) -> list[FaceTrack]:
        """The tracks, cut where the picture cuts; false alarms left out; in order of appearance."""
        found = []
        for thread in (*self._closed, *self._open):
            t, points = np.array(thread.times), np.stack(thread.faces)
            for shot in shots:
                inside = (t >= shot.span.start) & (t < shot.span.end)
                if inside.any() and np.ptp(t[inside]) >= SHORTEST:
                    found.append(FaceTrack(shot.index, t[inside], points[inside]))
        return sorted(found, key=lambda track: (track.shot, track.t[0], -track.heights.mean()))


@dataclass
class _Thread:
    times: list[float]
    faces: list[Points]

    @property
    def last(self) -> Points:
        return self.faces[-1]

    def add(self, seconds: float, face: Points) -> None:
        self.times.append(seconds)
        self.faces.append(face)


def _size(face: Points) -> float:
    return float(np.linalg.norm(face[_TOP_TO_CHIN[0]] - face[_TOP_TO_CHIN[1]]))


def _distance(a: Points, b: Points) -> float | None:
    """Distance in face heights; None when these cannot be one face."""
    sizes = sorted((_size(a), _size(b)))
    if sizes[0] <= 0 or sizes[1] / sizes[0] > ALIKE:
        return None
    away = float(np.linalg.norm(a[_RIGID_AT, :2].mean(axis=0) - b[_RIGID_AT, :2].mean(axis=0))) / sizes[1]
    return away if away <= NEAR else None


def _without_doubles(faces: Sequence[Points]) -> list[Points]:
    """The mesh sometimes finds one face twice: of two in one place the larger stays."""
    kept: list[Points] = []
    for face in sorted(faces, key=_size, reverse=True):
        centre = face[_RIGID_AT, :2].mean(axis=0)
        if all(np.linalg.norm(centre - k[_RIGID_AT, :2].mean(axis=0)) > NEAR * _size(k) for k in kept):
            kept.append(face)
    return kept


def packed(tracks: Iterable[FaceTrack], t: Series, count: Series) -> bytes:
    """Tracks as npz, beside the curve ``t``, ``y`` of how many faces there are, so that one blob holds both."""
    tracks = list(tracks)
    none = np.zeros((0, len(KEPT), 3), np.float32)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        t=np.asarray(t, np.float64),
        y=np.asarray(count, np.float32),
        shots=np.array([track.shot for track in tracks], np.int64),
        lengths=np.array([len(track.t) for track in tracks], np.int64),
        times=np.concatenate([np.zeros(0), *(track.t for track in tracks)]),
        points=np.concatenate([none, *(track.points for track in tracks)]),
    )
    return buffer.getvalue()


def face_tracks(evidence: Iterable[Evidence], ledger: Ledger) -> list[FaceTrack]:
    """The tracks that the operator ``face_tracks`` left among its ``evidence``; none if it could not measure."""
    for item in evidence:
        if item.measure == "face_tracks.count" and item.curve is not None:
            with np.load(io.BytesIO(ledger.get(item.curve))) as stored:
                shots, ends = stored["shots"], np.cumsum(stored["lengths"])
                times, points = np.split(stored["times"], ends[:-1]), np.split(stored["points"], ends[:-1])
            return [FaceTrack(int(s), t, p) for s, t, p in zip(shots, times, points, strict=False)]
    return []
