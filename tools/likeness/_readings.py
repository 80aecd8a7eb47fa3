"""Evidence made of vectors in time, the same for every kind of vector: along shots, and from shot to shot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.likeness._series import Row, Series, far_out
from evalverse.tools.media.frame import RGB
from evalverse.tools.operator import Operator, Scene
from evalverse.tools.picture._look import pair_at

MOMENTS = 3
LARGEST = 32
"""Shots up to which the whole matrix is stated."""
CELL = 28
"""Pixels of one cell of the matrix's picture."""

Along = Sequence[tuple[Row, Series]]


def shot_shot(vector: str) -> Measure:
    """The measure that :func:`between_shots` speaks; ``vector`` says what a shot's vector is made of."""
    return Measure(
        name="shot_shot",
        title="Likeness from shot to shot",
        unit="",
        low=-1,
        high=1,
        direction=Direction.NEUTRAL,
        definition=f"Mean cosine between neighbouring shots; a shot's vector is the mean of {vector} of its frames. "
        f"The data hold the neighbours' cosines and, up to {LARGEST} shots, the matrix of all pairs.",
    )


def along_shots(
    subject: Operator, scene: Scene, measure: str, told: Along, words: Callable[[str], str], absent: str, **data: Any
) -> Iterator[Evidence]:
    """A value per frame of each shot: the clip's mean with its curve, each shot's mean, and breaks with both pictures.

    Args:
        told: rows of n frames with (n-1,) values, that of each frame but the first.
        words: the sentence, given the value as text.
        absent: the reason when no shot has two frames.
    """
    if not told:
        yield subject.could_not(measure, absent)
        return
    t = np.concatenate([row.t[1:] for row, _ in told])
    y = np.concatenate([values for _, values in told])
    value = float(y.mean())
    curve = subject.curve(measure, t, y)
    yield subject.found(measure, value, words=words(number(value)), curve=curve, frames=len(y), **data)
    if len(scene.shots) > 1:
        for row, values in told:
            value = float(values.mean())
            yield subject.found(measure, value, shot=row.shot, words=words(number(value)))
    breaks = sorted((float(values[i]), int(i), row) for row, values in told for i in far_out(values))
    for value, i, row in breaks[:MOMENTS]:
        before, after = float(row.t[i]), float(row.t[i + 1])
        yield subject.found(
            measure,
            value,
            span=Span(start=before, end=after),
            shot=row.shot,
            words=f"Here it falls to {number(value)}, far below the rest of the shot.",
            picture=pair_at(subject, before, after, "before and after the break"),
        )


def between_shots(
    subject: Operator, scene: Scene, found: Sequence[Row], words: Callable[[str], str]
) -> Iterator[Evidence]:
    """The likeness of neighbouring shots, the matrix of all, and the cuts between the most alike."""
    if len(found) < 2:
        yield subject.could_not("shot_shot", "the clip has a single shot")
        return
    means = np.stack([row.mean for row in found]).astype(np.float64)
    matrix = means @ means.T
    neighbours = np.diagonal(matrix, 1)
    value = float(neighbours.mean())
    small = len(found) <= LARGEST
    yield subject.found(
        "shot_shot",
        value,
        words=words(number(value)),
        picture=subject.ledger.put_picture(chart(matrix), "likeness of all shots to each other") if small else None,
        neighbours=neighbours.round(3).tolist(),
        matrix=matrix.round(3).tolist() if small else None,
        shots=[row.shot.index + 1 for row in found],
    )
    cuts = sorted(zip(neighbours.tolist(), pairwise(found), strict=True), key=lambda cut: -cut[0])
    for value, (old, new) in cuts[:MOMENTS]:
        at = new.shot.span.start
        yield subject.found(
            "shot_shot",
            value,
            span=Span(start=at, end=at),
            shot=new.shot,
            words=f"The shots on either side of this cut are {number(value)} alike.",
            picture=pair_at(subject, float(old.t[-1]), float(new.t[0]), "before and after the cut"),
        )


def chart(matrix: NDArray[np.float64]) -> RGB:
    """(H, W, 3) RGB: a matrix (S, S) of cosines as a field of cells, dark for 0 and below, light for 1."""
    import cv2

    shade = (np.clip(matrix, 0, 1) * 255).astype(np.uint8)
    cells = cv2.applyColorMap(np.kron(shade, np.ones((CELL, CELL), np.uint8)), cv2.COLORMAP_CIVIDIS)[..., ::-1]
    drawn = cv2.copyMakeBorder(cells.copy(), CELL, 0, CELL, 0, cv2.BORDER_CONSTANT, value=(32, 32, 32))
    for i in range(len(matrix)):
        for x, y in ((0, i + 1), (i + 1, 0)):
            place = (x * CELL + 5, y * CELL + 19)
            cv2.putText(drawn, str(i + 1), place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (230, 230, 230), 1, cv2.LINE_AA)
    return np.asarray(drawn, np.uint8)
