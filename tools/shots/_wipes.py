"""Our detector of wipes: stretches in which an edge sweeps across the picture, old on one side and new on the other.

Each place of the picture changes once, from the first picture of the stretch to the last, and when it does is told by
where it lies: by a plane over the picture. A tower that passes in a pan does that too, but brings its picture along;
in a wipe both pictures stay where they are and only the edge moves. Wipes along a straight edge only; no irises, no
clocks, no pictures that push each other out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.shots._gradual import Blend, within
from evalverse.tools.shots._likeness import COLUMNS, ROWS, Scores, Small, Strip, unlike
from evalverse.tools.shots._windows import windows

SECONDS = (0.2, 0.28, 0.36, 0.48, 0.64, 0.8, 1.1, 1.5)
FLOOR = 0.3
"""Least unlikeness of the two ends."""
PLANE, SWEEP = 0.6, 0.6
"""Share of the variance of the places' times that a plane must explain, and their spread against that of an even sweep
over the whole stretch."""
BETWEEN = 0.25
"""How much of the change may at any time be neither old nor new, 1 for a dissolve half way through."""
STAYS = 4.0
"""How much better than a picture that moves with the edge one that stays put must explain what is on either side. True
wipes between moving pictures mostly lie above, a tower in a pan at 2."""
FAINT = 0.02
"""Change that is no more than coding noise, as a share of full scale."""


def wipes(strip: Strip, rate: float) -> list[Blend]:
    """All wipes, in order and without overlap.

    Args:
        rate: frames per second.
    """
    found: list[tuple[float, int, int]] = []
    for window in windows(strip, rate, SECONDS, FLOOR):
        fit, slope, share = sweep(window.pictures, window.when)
        for i in np.flatnonzero(fit):
            stretch = window.pictures[i]
            apart = unlike(stretch[:1], stretch[-1:])[0] >= FLOOR
            if apart and stays(stretch, window.when, slope[i], share[i]) >= STAYS:
                found.append((float(fit[i]), int(window.starts[i]) + window.first, window.length))
    kept: list[Blend] = []
    for fit_, start, length in sorted(found, reverse=True):
        if not within(kept, start, start + length):
            kept.append(Blend(start, start + length, min(1.0, fit_), wipe=True))
    return sorted(kept, key=lambda b: b.start)


def sweep(stretch: Small, when: NDArray[np.floating]) -> tuple[Scores, Scores, Scores]:
    """How well each stretch is the sweep of an edge.

    Args:
        stretch: (N, K, 12, 24, 3), N stretches of K pictures.
        when: (K,) their times, 0 for the first and 1 for the last.

    Returns:
        (N,) the fit, 0 (none) to about 1; (N, 2) by how much later the edge comes per width and per height of the
        picture, in lengths of the stretch; (N, K, 12, 24) share of the last picture in each place.
    """
    count = len(stretch)
    change = stretch[:, -1] - stretch[:, 0]
    energy = (change**2).sum(axis=-1)  # (N, 12, 24)
    share = ((stretch - stretch[:, :1]) * change[:, None]).sum(axis=-1) / (energy + 1e-6)[:, None]
    new = np.clip(share, 0, 1).reshape(count, len(when), -1)
    weight = np.sqrt(energy).reshape(count, -1)
    weight /= weight.sum(axis=1, keepdims=True) + 1e-9
    between = (4 * new * (1 - new) * weight[:, None]).sum(axis=-1).mean(axis=1)
    time = 1 - np.trapezoid(new, when, axis=1)  # (N, places) when each place changes
    time = time - (time * weight).sum(axis=1, keepdims=True)
    y, x = (g.ravel() for g in np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float64))
    axes = np.stack([x / COLUMNS - 0.5, y / ROWS - 0.5], -1)  # (places, 2)
    centred = axes - np.einsum("nc,cd->nd", weight, axes)[:, None]
    normal = np.einsum("nci,nc,ncj->nij", centred, weight, centred) + 1e-6 * np.eye(2)
    slope = np.linalg.solve(normal, np.einsum("nci,nc,nc->ni", centred, weight, time)[..., None])[..., 0]
    told = (np.einsum("nci,ni->nc", centred, slope) ** 2 * weight).sum(axis=1)
    explained = told / ((time**2 * weight).sum(axis=1) + 1e-9)
    even = np.sqrt(told * 12)  # 1 when the times fill the stretch evenly
    even = np.minimum(even, 1 / (even + 1e-9))
    ok = (explained >= PLANE) & (even >= SWEEP) & (between <= BETWEEN)
    return np.where(ok, explained * even, 0.0), slope, share


def stays(stretch: Small, when: NDArray[np.floating], slope: Scores, share: Scores) -> float:
    """How many times better what lies on both sides of the edge is told by staying put than by moving with the edge.

    Args:
        stretch: (K, 12, 24, 3) the pictures; ``when``, ``slope`` and ``share`` of this stretch as in :func:`sweep`.

    Returns:
        0 when a side is never seen twice.
    """
    import cv2

    put = moved = 0.0
    speed = slope / (slope @ slope + 1e-9) * (COLUMNS, ROWS)  # of the edge, cells per length of the stretch
    for mine in (1 - share, share):
        seen = 0
        for k in range(len(when) - 1):
            x, y = speed * (when[k + 1] - when[k])
            move = np.array([[1, 0, x], [0, 1, y]], np.float32)
            known = (mine[k] > 0.8).astype(np.float32)
            place = (mine[k] > 0.8) & (mine[k + 1] > 0.8) & (cv2.warpAffine(known, move, (COLUMNS, ROWS)) > 0.99)
            if place.sum() >= 6:
                seen += 1
                along = cv2.warpAffine(stretch[k], move, (COLUMNS, ROWS))
                put += float(np.abs(stretch[k + 1] - stretch[k])[place].mean())
                moved += float(np.abs(stretch[k + 1] - along)[place].mean())
        if not seen:
            return 0.0
    return moved / (put + FAINT)
