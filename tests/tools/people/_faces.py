"""A face of landmarks that opens its mouth as told, seen from where one likes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.people.faces import KEPT, LIPS, PLACE, RIGID, Points

MOUTH = np.array([0.0, 0.75, -0.2])
CORNERS = {61: -0.35, 78: -0.3, 291: 0.35, 308: 0.3}
UPPER, LOWER = (0, 13, 81, 311), (17, 14, 178, 402)


def face(opening: float) -> Points:
    """(P, 3) a face that looks straight ahead, in distances of its outer eye corners, its lips ``opening`` apart."""
    points = np.zeros((len(KEPT), 3), np.float32)
    for index in LIPS:
        points[PLACE[index]] = MOUTH
    for index, x in CORNERS.items():
        points[PLACE[index]] = MOUTH + np.array([x, 0, 0.1])
    for rows, sign in ((UPPER, -0.5), (LOWER, 0.5)):
        for index in rows:
            flesh = 0.12 if index in (0, 17) else 0.0
            points[PLACE[index]] = MOUTH + np.array([0, sign * opening + np.sign(sign) * flesh, 0])
    points[PLACE[152]] = (0, 1.2 + opening / 2, -0.1)
    for index, place in RIGID.items():
        points[PLACE[index]] = place
    return points


def seen_from(
    faces: Points,
    yaw: float = 0,
    pitch: float = 0,
    roll: float = 0,
    size: float = 1.0,
    at: tuple[float, float] = (0.8, 0.5),
) -> Points:
    """Faces (N, P, 3) turned by degrees, ``at`` in the picture, their eyes ``size`` picture heights apart."""
    y, p, r = np.radians([yaw, -pitch, roll])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    turn: NDArray[np.float64] = about_y @ about_x @ about_z
    moved = size * faces @ turn.T + np.array([*at, 0.0])
    return moved.astype(np.float32)
