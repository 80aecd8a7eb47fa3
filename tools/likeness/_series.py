"""Vectors in time: how alike neighbours are, how a shot keeps to its beginning, how alike shots are.

Rows of vectors are (N, D) float32 of length 1 at times (N,) seconds, so that a dot product is a cosine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.operator import Scene, Shot

Vectors = NDArray[np.float32]
Series = NDArray[np.float64]

_EPSILON = 1e-4
LEAST_DIP = 0.05
"""Drop of a cosine below which nobody would speak of a break, however even the rest is."""


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Rows (..., D) scaled to length 1; a row of zeros stays one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)


@dataclass(frozen=True)
class Row:
    """Vectors of the frames of one shot: ``t`` (n,) seconds, ``vectors`` (n, D)."""

    shot: Shot
    t: Series
    vectors: Vectors

    @property
    def mean(self) -> Vectors:
        """(D,) the direction of the shot as a whole."""
        return unit(self.vectors.mean(0))


def rows(scene: Scene, t: Series, vectors: Vectors) -> list[Row]:
    """One row for every shot of which a frame was seen."""
    found = []
    for shot in scene.shots:
        mine = (t >= shot.span.start - _EPSILON) & (t < shot.span.end - _EPSILON)
        if mine.any():
            found.append(Row(shot, t[mine], vectors[mine]))
    return found


def to_previous(vectors: Vectors) -> Series:
    """(n-1,) cosine of each vector with the one before."""
    return np.asarray(np.einsum("nd,nd->n", vectors[1:], vectors[:-1], dtype=np.float64))


def to_first(vectors: Vectors) -> Series:
    """(n-1,) cosine of each later vector with the first."""
    return np.asarray(vectors[1:].astype(np.float64) @ vectors[0].astype(np.float64))


def consistency(vectors: Vectors) -> Series:
    """(n-1,) VBench's consistency: the mean of a frame's cosines with the one before and with the first, both >= 0.

    Huang et al. 2024, "VBench", subject and background consistency.
    """
    return (np.maximum(0, to_previous(vectors)) + np.maximum(0, to_first(vectors))) / 2


def over_shots(found: Sequence[Row], each: Callable[[Vectors], Series]) -> list[tuple[Row, Series]]:
    """``each`` of the rows of two or more vectors, so that no pair of frames spans a cut."""
    return [(row, each(row.vectors)) for row in found if len(row.t) > 1]


def far_out(y: Series) -> NDArray[np.intp]:
    """Indices of cosines so low that they are no part of the rest, lowest first; none of fewer than five.

    Tukey's outer fence: more than three times the spread of the middle half below its lower end (Tukey 1977).
    """
    if len(y) < 5:
        return np.empty(0, np.intp)
    low, high = np.quantile(y, (0.25, 0.75))
    order = np.argsort(y, kind="stable")
    return np.asarray(order[y[order] < low - max(LEAST_DIP, 3 * (high - low))])
