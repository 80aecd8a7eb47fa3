"""Heads as boxes with six marks, joined to tracks; a head that was found once and unsurely is not believed.

Boxes and marks are in picture heights, x to the right, y down. Two detectors that were trained apart see the same
faces and different false ones: a face track in which no head is found is more likely a wheel, a flower or an animal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.operator import Shot
from evalverse.tools.people.faces import FaceTrack

RATE = 4.0
"""Looks per second: people are looked for this often."""
SURE, SURER = 0.7, 0.85
"""Score that a head must reach at least once, and that a head seen a single time must reach."""
NEAR = 1.0
"""Box sizes by which a head may move between two looks and still be the same one."""
ALIKE = 1.7
"""Factor by which its size may change meanwhile."""
PATIENCE = 0.8
"""Seconds for which a track waits for a head that was lost."""
FACE_BY_BOX = 1.05
"""Hairline to chin of the mesh, as a multiple of the detector's box; median over 13 people."""
CROWN, CHIN = 0.34, 0.01
"""Box heights by which crown and chin lie beyond the box's upper and lower edge."""


@dataclass(frozen=True, eq=False)
class Head:
    """One head: box (left, top, width, height); ``marks`` (6, 2): eyes, nose, mouth, ears, leftmost first."""

    box: tuple[float, float, float, float]
    marks: NDArray[np.float32]
    score: float

    @property
    def centre(self) -> tuple[float, float]:
        left, top, width, height = self.box
        return left + width / 2, top + height / 2

    @property
    def size(self) -> float:
        """Height of the box, about hairline to chin."""
        return self.box[3]

    @property
    def whole(self) -> tuple[float, float, float, float]:
        """The head with hair: (left, top, width, height), crown to chin."""
        left, top, width, height = self.box
        return left - 0.1 * width, top - CROWN * height, 1.2 * width, (1 + CROWN + CHIN) * height


@dataclass(frozen=True)
class HeadTrack:
    """One head through one shot: ``t`` seconds and ``heads``, one per look."""

    shot: int
    t: tuple[float, ...]
    heads: tuple[Head, ...]

    @property
    def size(self) -> float:
        """Median height of the box, in picture heights."""
        return float(np.median([head.size for head in self.heads]))


Looks = Sequence[tuple[float, Sequence[Head]]]
"""(seconds, heads) in order of time."""
_Thread = list[tuple[float, Head]]


def believed(looks: Looks, shots: Sequence[Shot]) -> set[float]:
    """Seconds of the looks at which some head can be believed."""
    return {t for track in joined(looks, shots) for t in track.t}


def joined(looks: Looks, shots: Sequence[Shot]) -> list[HeadTrack]:
    """Tracks of the heads that can be believed, cut where the picture cuts; the largest first."""
    found: list[HeadTrack] = []
    for shot in shots:
        open_: list[_Thread] = []
        closed: list[_Thread] = []
        for seconds, heads in looks:
            if not shot.span.start <= seconds < shot.span.end:
                continue
            closed += [track for track in open_ if seconds - track[-1][0] > PATIENCE]
            open_ = [track for track in open_ if seconds - track[-1][0] <= PATIENCE]
            free = list(open_)
            for head in heads:
                near = [(away, i) for i, track in enumerate(free) if (away := _apart(head, track[-1][1])) <= NEAR]
                if near:
                    free.pop(min(near)[1]).append((seconds, head))
                else:
                    open_.append([(seconds, head)])
        for track in (*closed, *open_):
            best = max(head.score for _, head in track)
            if best >= (SURE if len(track) > 1 else SURER):
                found.append(HeadTrack(shot.index, tuple(t for t, _ in track), tuple(head for _, head in track)))
    return sorted(found, key=lambda track: (-track.size, track.shot, track.t[0]))


def agreement(face: FaceTrack, looks: Looks) -> float | None:
    """Share of the looks during ``face`` at which a head is found in its place; None when there was no look."""
    step = 1.5 * float(np.median(np.diff(face.t))) if len(face.t) > 1 else 0.1
    hits = []
    for seconds, heads in looks:
        at = int(np.abs(face.t - seconds).argmin())
        if abs(face.t[at] - seconds) <= step:
            hits.append(any(_covers(head, face, at) for head in heads))
    return float(np.mean(hits)) if hits else None


def _covers(head: Head, face: FaceTrack, at: int) -> bool:
    centre, height = face.centres[at], float(face.heights[at])
    away = np.abs(centre - head.centre) / (head.box[2], head.box[3])
    return bool(away.max() < 0.5 and 0.5 < height / max(FACE_BY_BOX * head.size, 1e-6) < 2)


def _apart(a: Head, b: Head) -> float:
    """Distance of two heads in box heights of the larger; infinite when they cannot be one."""
    small, large = sorted((a.size, b.size))
    if small <= 0 or large / small > ALIKE:
        return float("inf")
    return float(np.hypot(a.centre[0] - b.centre[0], a.centre[1] - b.centre[1]) / large)
