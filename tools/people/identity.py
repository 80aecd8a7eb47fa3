"""Identity: whether a face stays the same person's, by its proportions and by its look, without a face network.

Both are told on one scale: 0 is the same face, 1 is as different as the faces of two people picked at random. It is no
face recognition: siblings, make-up and hard changes of light are beyond it, and faces turned by more than 30 degrees
are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Scene, Shot, register
from evalverse.tools.people._base import LOOKS, OnPeople
from evalverse.tools.people._looking import FOUND, shots_of, trusted_faces, why_no_face
from evalverse.tools.people._models import SIDE, heads, look_height
from evalverse.tools.people._windows import WINDOW, Series, drift, told
from evalverse.tools.people.faces import PLACE, FaceTrack, Points, aligned, pose
from evalverse.tools.people.heads import Head, HeadTrack, joined
from evalverse.tools.picture._look import pair_at

PROPORTIONS: dict[tuple[int, int], tuple[float, float]] = {
    (133, 362): (0.045, 0.12),  # between the inner corners of the eyes
    (33, 133): (0.036, 0.08),  # one eye
    (263, 362): (0.037, 0.05),  # the other
    (234, 454): (0.033, 0.24),  # cheekbones
    (127, 356): (0.029, 0.20),  # temples
    (168, 1): (0.042, 0.09),  # nose, root to tip
    (6, 4): (0.032, 0.09),  # bridge of the nose
    (9, 151): (0.075, 0.09),  # between the brows and above
    (10, 9): (0.051, 0.04),  # forehead
}
"""Distances between landmarks, over that of the outer eye corners: how far people differ (standard deviation of its
logarithm over 12 people), and its weight, after how much less it moves as one person speaks. Weights sum to 1."""
TURNED, TILTED = 30.0, 20.0
"""Degrees of yaw and pitch beyond which proportions cannot be read."""
DIFFERENT = 0.175
"""Distance of two people's looks, median over 66 pairs."""
SHORTEST = 2.0
"""Seconds of a face below which nothing is said about its steadiness."""
PATCH, CELL, ANGLES = 64, 8, 9
"""Pixels of the straightened face, of a cell of it, and directions of its gradient histograms."""
PLACES = np.array([(0.30, 0.36), (0.70, 0.36), (0.50, 0.58), (0.50, 0.76)]) * PATCH
"""Where eyes, nose and mouth lie on the straightened face."""
SMALLEST = 40
"""Pixels of a head's box below which its look is not read."""
NOTICED = 0.75
"""Distance from which on a moment is pointed at."""
CONFIDENCE = 0.7
"""Of a reading without a face network: measured on few people."""


def proportions(points: Points) -> Series:
    """(N, 9) logarithms of the ``PROPORTIONS`` of faces (N, P, 3)."""

    def apart(pair: tuple[int, int]) -> Series:
        return np.asarray(np.linalg.norm(points[:, PLACE[pair[0]]] - points[:, PLACE[pair[1]]], axis=1), np.float64)

    return np.asarray(np.log(np.stack([apart(pair) for pair in PROPORTIONS], axis=1) / apart((33, 263))[:, None]))


def unlike(a: Series, b: Series) -> Series:
    """Distance (...) of faces with proportions (..., 9); 1 for two people picked at random."""
    spread, weight = np.array(list(PROPORTIONS.values())).T
    return np.asarray(np.sqrt((weight * ((a - b) / spread) ** 2).sum(axis=-1) / weight.sum() / 2))


def straightened(picture: RGB, head: Head) -> RGB:
    """(64, 64, 3) the face with eyes, nose and mouth in fixed places, by the least-squares similarity."""
    import cv2

    marks = head.marks[:4].astype(float) * picture.shape[0]
    source, target = marks - marks.mean(axis=0), PLACES - PLACES.mean(axis=0)
    norm = max((source**2).sum(), 1e-9)
    a = (source * target).sum() / norm
    b = (source[:, 0] * target[:, 1] - source[:, 1] * target[:, 0]).sum() / norm
    turn = np.array([[a, -b], [b, a]])
    matrix = np.column_stack([turn, PLACES.mean(axis=0) - turn @ marks.mean(axis=0)])
    return np.asarray(cv2.warpAffine(picture, matrix, (PATCH, PATCH), flags=cv2.INTER_AREA), np.uint8)


def described(face: RGB) -> NDArray[np.float32]:
    """(378,) histograms of gradients (Dalal and Triggs 2005) of a straightened face, without its outer edge."""
    import cv2

    grey = cv2.GaussianBlur(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.5)
    right, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    size = np.hypot(right, down)
    angle = (np.arctan2(down, right) % np.pi / np.pi * ANGLES).astype(int) % ANGLES
    count = PATCH // CELL
    cells = np.stack(
        [(size * (angle == k)).reshape(count, CELL, count, CELL).sum(axis=(1, 3)) for k in range(ANGLES)], axis=-1
    )
    norm = np.sqrt((cells**2).sum(axis=-1, keepdims=True)) + 20.0 * CELL
    return np.asarray(np.sqrt(cells / norm)[1:, 1:-1].ravel(), np.float32)


def unalike(a: Series, b: Series) -> Series:
    """Distance (...) of looks (..., 378); 1 for two people picked at random."""
    cosine = (a * b).sum(axis=-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1) + 1e-9)
    return np.asarray((1 - cosine) / DIFFERENT)


@register
class Identity(OnPeople):
    """Drift of a face's proportions and look within a shot, and after it was hidden."""

    name, version, title = "identity", "1", "Face identity"
    needs = Needs(picture=LOOKS, after=FOUND)
    cost = 1.0
    measures = (
        Measure(
            name="shape_drift",
            title="Drift of the face's proportions",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Distance of nine proportions of the 3D face mesh between the most typical second of a face "
            "and its least typical one, in a shot; 1 is the distance of two people picked at random. Head turned by "
            "less than 30 degrees. The clip takes its worst face.",
            source="Mesh: Kartynnik et al. 2019; spread of the proportions: 12 people, ours",
        ),
        Measure(
            name="look_drift",
            title="Drift of the face's look",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Distance (one minus cosine of gradient histograms of the straightened face) between the most "
            "typical second of a face and its least typical one, in a shot; 1 is the distance of two people picked "
            "at random. The clip takes its worst face.",
            source="Dalal and Triggs 2005; scale: 12 people, ours",
        ),
        Measure(
            name="return_drift",
            title="Change of a face that was hidden",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Distance of the closest looks of a face that leaves or is hidden for 0.8 s or longer and of "
            "the one that comes next in the same shot, each seen for a second, when there is one face at a time; 1 as "
            "two people picked at random.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._described: dict[Head, NDArray[np.float32]] = {}

    def see(self, frame: Frame) -> None:
        found = heads(frame)
        self._looks.append((frame.seconds, found))
        picture = frame.rgb(look_height(frame))
        for head in found:
            if head.size * picture.shape[0] >= SMALLEST:
                self._described[head] = described(straightened(picture, head))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        shots = {shot.index: shot for shot in shots_of(scene)}
        tracks = [track for track in joined(self._looks, scene.shots) if self._rows(track)[0].size]
        yield from self._shape(scene, shots)
        yield from self._look(tracks, shots, scene)
        yield from self._returns(tracks, shots)

    def _rows(self, track: HeadTrack) -> tuple[Series, Series]:
        """Times and looks (N, 378) of the heads that are large enough."""
        pairs = zip(track.t, track.heads, strict=True)
        kept = [(t, self._described[head]) for t, head in pairs if head in self._described]
        return np.array([t for t, _ in kept]), np.array([row for _, row in kept], np.float64)

    def _shape(self, scene: Scene, shots: dict[int, Shot]) -> Iterator[Evidence]:
        found = []
        faces = trusted_faces(scene)
        for face, trust in faces:
            steady = _frontal(face)
            if steady.any() and np.ptp(face.t[steady]) >= SHORTEST:
                read = drift(face.t[steady], proportions(face.points[steady]), unlike, np.median, 5)
                if read is not None:
                    found.append((shots[face.shot], read, CONFIDENCE * trust))
        reason = "no face is seen from the front for two seconds" if faces else why_no_face(scene)
        words = "The face's proportions stray by {}; two people differ by about one."
        yield from told(self, scene, "shape_drift", found, words=words, absent=reason, noticed=NOTICED)

    def _look(self, tracks: Sequence[HeadTrack], shots: dict[int, Shot], scene: Scene) -> Iterator[Evidence]:
        found = []
        for track in tracks:
            t, rows = self._rows(track)
            if np.ptp(t) >= SHORTEST:
                read = drift(t, rows, unalike)
                if read is not None:
                    found.append((shots[track.shot], read, CONFIDENCE))
        words = "The face's look strays by {}; two people differ by about one."
        reason = "no face is large enough to read for two seconds" if self._described else why_no_face(scene)
        yield from told(self, scene, "look_drift", found, words=words, absent=reason, noticed=NOTICED)

    def _returns(self, tracks: Sequence[HeadTrack], shots: dict[int, Shot]) -> Iterator[Evidence]:
        worst: tuple[float, HeadTrack, HeadTrack] | None = None
        for index in shots:
            seen = [track for track in tracks if track.shot == index and track.t[-1] - track.t[0] >= WINDOW]
            in_shot = sorted(seen, key=lambda track: track.t[0])
            if any(after.t[0] <= before.t[-1] for before, after in pairwise(in_shot)):
                continue  # several faces at once: who came back cannot be told
            for before, after in pairwise(in_shot):
                apart = self._apart(before, after)
                if worst is None or apart > worst[0]:
                    worst = apart, before, after
        if worst is None:
            yield self.could_not("return_drift", "no face is hidden and comes back within a shot")
            return
        value, before, after = worst
        words = f"The face that comes back differs by {number(value)}; two people differ by about one."
        yield self.found("return_drift", value, words=words, confidence=CONFIDENCE)
        if value >= NOTICED:
            span = Span(start=before.t[-1], end=after.t[0])
            picture = pair_at(self, before.t[-1], after.t[0], "before and after", SIDE)
            shot = shots[before.shot]
            yield self.found(
                "return_drift", value, span=span, shot=shot, words=words, confidence=CONFIDENCE, picture=picture
            )

    def _apart(self, a: HeadTrack, b: HeadTrack) -> float:
        """Distance of the two looks that are closest: at best the same angle is among them."""
        first, second = self._rows(a)[1], self._rows(b)[1]
        return float(min(unalike(first, row).min() for row in second))


def _frontal(face: FaceTrack) -> NDArray[np.bool_]:
    angles = np.abs(pose(aligned(face.points)[1]))
    return np.asarray((angles[:, 0] < TURNED) & (angles[:, 1] < TILTED))
