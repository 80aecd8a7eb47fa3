"""Face shape: whether a face is as broad for its length at the end of a shot as it was at the beginning.

Breadth across cheekbones and jaw, and length from the root of the nose to the chin, are bone: speech opens the jaw, but
over a second that cancels out. It does not know a face that changes and changes back, nor what changes within the
outline; `identity` looks at those.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.operator import Needs, Scene, Shot, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import FOUND, shots_of, trusted_faces, why_no_face
from evalverse.tools.people._models import SIDE
from evalverse.tools.people.faces import PLACE, FaceTrack, Points, aligned, pose
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import readings, worst

BREADTHS = ((234, 454), (172, 397))
"""Cheekbones and angles of the jaw, landmarks of the mesh."""
LENGTH = (168, 152)
"""Root of the nose to chin."""
TURNED, TILTED = 30.0, 20.0
"""Degrees of yaw and pitch beyond which breadth and length are foreshortened."""
SHORTEST = 2.5
"""Seconds of a face, so turned, below which it has no beginning and end."""
PART = 0.2
"""Share of the pictures that counts as beginning, and as end."""
FEWEST = 5
"""Pictures that either must have."""
NOTICED = 8.0
"""% from which on both ends are shown; 13 people who speak stay below 6.1, all but one below 3.5."""


class Drifted(NamedTuple):
    """One face through a shot: by how many % its shape changed, how far it can be trusted; its shape over time."""

    shot: Shot
    change: float
    trust: float
    t: NDArray[np.float64]
    shape: NDArray[np.float64]
    """(N,) % from the median."""

    @property
    def ends(self) -> tuple[float, float]:
        """Seconds in the middle of the beginning and of the end."""
        part = _part(self.t)
        return float(self.t[part // 2]), float(self.t[-1 - part // 2])


def shape(points: Points) -> NDArray[np.float64]:
    """(N,) natural logarithm of breadth over length of faces (N, P, 3)."""

    def apart(pair: tuple[int, int]) -> NDArray[np.float64]:
        return np.asarray(np.linalg.norm(points[:, PLACE[pair[0]]] - points[:, PLACE[pair[1]]], axis=1), float)

    broad = np.mean([np.log(np.maximum(apart(pair), 1e-6)) for pair in BREADTHS], axis=0)
    return np.asarray(broad - np.log(np.maximum(apart(LENGTH), 1e-6)))


@register
class FaceShape(OnPeople):
    """Breadth over length of a face, end against beginning."""

    name, version, title = "face_shape", "1", "Shape of the face"
    needs = Needs(after=FOUND)
    cost = 0.2
    measures = (
        Measure(
            name="drift",
            title="Change of the face's breadth to its length",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="Breadth across cheekbones and jaw over length from nose root to chin, by the 3D face mesh: "
            "difference of the medians over the last and the first fifth of the pictures of a shot in which the face "
            f"looks ahead (within {TURNED:g} degrees), {SHORTEST:g} s or more. The clip takes its worst face.",
            source="Mesh: Kartynnik et al. 2019; the measure is ours",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        shots = {shot.index: shot for shot in shots_of(scene)}
        faces = trusted_faces(scene)
        found = [each for face, trust in faces if (each := _drifted(face, shots[face.shot], trust)) is not None]
        by_shot = {each.shot.index: each for each in sorted(found, key=lambda each: each.change)}
        values = [(each.shot, each.change) for _, each in sorted(by_shot.items())]
        reason = (
            f"no face looks ahead for {number(SHORTEST)} s and {FEWEST / PART:g} pictures"
            if faces
            else why_no_face(scene)
        )
        sentence = "From beginning to end, the face's breadth to its length changes by {} %."
        far = max(found, key=lambda each: each.change, default=None)
        curve = None if far is None else self.curve("drift", far.t, far.shape)
        yield from readings(self, scene, "drift", values, worst, sentence.format, reason, curve)
        if far is not None and far.change >= NOTICED:
            first, last = far.ends
            caption = f"{number(first)} s beside {number(last)} s"
            yield self.found(
                "drift",
                far.change,
                span=far.shot.span,
                shot=far.shot,
                words=sentence.format(number(far.change)),
                confidence=far.trust,
                picture=pair_at(self, first, last, caption, SIDE),
            )


def _drifted(face: FaceTrack, shot: Shot, trust: float) -> Drifted | None:
    angles = np.abs(pose(aligned(face.points)[1]))
    ahead = (angles[:, 0] < TURNED) & (angles[:, 1] < TILTED)
    t = face.t[ahead]
    if len(t) < FEWEST / PART or np.ptp(t) < SHORTEST:
        return None
    line, part = 100 * shape(face.points[ahead]), _part(t)
    change = abs(float(np.median(line[-part:]) - np.median(line[:part])))
    return Drifted(shot, change, trust, t, line - float(np.median(line)))


def _part(t: NDArray[np.float64]) -> int:
    return round(PART * len(t))
