"""Shots into scenes and set-ups, from how alike they are. Pure functions on a matrix of likenesses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.floating]

REACH = 5
"""Shots over which a link may jump: two strands of a scene rarely stay away longer."""


def scene_starts(alike: Matrix, link: float) -> list[tuple[int, float]]:
    """First shots of the scenes, each with how clear its boundary is (0 on the threshold, 1 far below it).

    A scene begins where no shot of the last :data:`REACH` is linked with any that follows (overlapping links, after
    Hanjalic, Lagendijk and Biemond 1999; Yeung and Yeo 1998 for shots that return).

    Args:
        alike: (S, S) likeness of shots, symmetrical.
        link: likeness from which on two shots are taken for parts of one scene.
    """
    count = len(alike)
    found = [(0, 1.0)]
    for k in range(1, count):
        first, end = max(0, k - REACH), min(count, k + REACH)
        i, j = np.meshgrid(np.arange(first, k), np.arange(k, end), indexing="ij")
        near = (j - i) <= REACH
        strongest = float(alike[i[near], j[near]].max())
        if strongest < link:
            found.append((k, min(1.0, (link - strongest) / max(link, 1e-6))))
    return found


def setups(alike: Matrix, scene_of: NDArray[np.integer], same: float) -> list[int]:
    """(S,) number of each shot's set-up, counted over the clip in order of appearance.

    A shot belongs to the set-up of the earlier shot of its scene that it is most like, if it is like it enough.

    Args:
        alike: (S, S) likeness of the views themselves.
        scene_of: (S,) scene of each shot.
        same: likeness from which on two views are one set-up.
    """
    found: list[int] = []
    for k in range(len(alike)):
        earlier = [i for i in range(k) if scene_of[i] == scene_of[k]]
        best = max(earlier, key=lambda i: (alike[i, k], i), default=None)
        new = best is None or alike[best, k] < same
        found.append(max(found, default=-1) + 1 if new or best is None else found[best])
    return found


def letters(number: int) -> str:
    """A, B ... Z, AA, AB ...: how a set-up is called."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
