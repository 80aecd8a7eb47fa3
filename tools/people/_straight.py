"""Faces with the movement of the head taken out, for operators on what the face itself does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import number
from evalverse.tools.operator import Scene, Shot
from evalverse.tools.people._looking import shots_of, trusted_faces, why_no_face
from evalverse.tools.people.faces import PLACE, FaceTrack, aligned, pose

Series = NDArray[np.float64]

TURNED = 40.0
"""Degrees of yaw or pitch beyond which the far half of a face is guessed by the mesh."""


class Straight(NamedTuple):
    """One face through one shot: ``t`` (N,), ``points`` (N, P, 3) on the straight face in distances of the outer eye
    corners, ``angles`` (N, 3) yaw, pitch and roll of the head in degrees, and how far the face can be trusted."""

    shot: Shot
    track: FaceTrack
    t: Series
    points: Series
    angles: Series
    trust: float

    def at(self, indices: Sequence[int]) -> Series:
        """(N, len(indices), 2) landmarks by their mesh indices, without depth."""
        return self.points[:, [PLACE[i] for i in indices], :2]


def straight_faces(scene: Scene, shortest: float) -> list[Straight]:
    """The trusted faces, where they look towards the camera, that do so for ``shortest`` seconds or longer."""
    shots = {shot.index: shot for shot in shots_of(scene)}
    found = []
    for track, trust in trusted_faces(scene):
        points, turn, _ = aligned(track.points)
        angles = pose(turn)
        seen = (np.abs(angles[:, :2]) < TURNED).all(axis=1)
        if seen.any() and np.ptp(track.t[seen]) >= shortest:
            found.append(Straight(shots[track.shot], track, track.t[seen], points[seen], angles[seen], trust))
    return found


def why_none(scene: Scene, shortest: float) -> str:
    """Why :func:`straight_faces` is empty."""
    if not trusted_faces(scene):
        return why_no_face(scene)
    return f"no face looks towards the camera for {number(shortest)} s"
