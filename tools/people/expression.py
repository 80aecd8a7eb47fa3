"""Expression: how far it goes, how many different ones there are, and whether the face repeats itself.

An expression is what is left of a face over a second: speech cancels out, a raised brow or a smile stays. What a
feeling it shows is beyond this.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import FOUND
from evalverse.tools.people._models import SIDE
from evalverse.tools.people._straight import Straight, straight_faces, why_none
from evalverse.tools.people.face_motion import ALL, STILL, movement
from evalverse.tools.picture._look import pair_at

Series = NDArray[np.float64]

USUAL = np.array(
    [0.020, 0.023, 0.023, 0.026, 0.008, 0.022, 0.023, 0.069, 0.051, 0.021, 0.011, 0.021, 0.042, 0.021, 0.019]
)
"""How far each of the actions usually varies as a person speaks: standard deviation, RMS over 13 people."""
WINDOW = 1.0
SHORTEST = 3.0
"""Seconds of a face below which nothing is said about its expressions."""
ANOTHER = 1.5
"""Usual variations (RMS over the actions) by which two expressions differ when they count as two."""
RATE = 25.0
"""Pictures per second at which a face is compared with its own past."""
SOONEST = 1.0
"""Seconds after which a repetition counts: speech repeats itself within a syllable."""
REPEATED = 0.7
"""Likeness from which on the repeated stretch is pointed at."""


def actions(face: Straight) -> Series:
    """(N, 15) what brows, lids and mouth do, in usual variations."""

    def apart(a: int, b: int) -> Series:
        return np.asarray(np.linalg.norm(np.diff(face.at((a, b)), axis=1)[:, 0], axis=-1))

    def down(*marks: int) -> Series:
        return np.asarray(face.at(marks)[..., 1].mean(axis=1))

    def right(*marks: int) -> Series:
        return np.asarray(face.at(marks)[..., 0].mean(axis=1))

    columns = [
        down(33, 133) - down(70, 63, 105),  # outer brow, left in the picture
        down(33, 133) - down(66, 107, 65),  # inner brow
        down(263, 362) - down(300, 293, 334),
        down(263, 362) - down(296, 336, 295),
        apart(55, 285),  # brows drawn together
        (apart(159, 145) + apart(158, 153)) / 2,  # lids
        (apart(386, 374) + apart(385, 380)) / 2,
        apart(13, 14),  # mouth open
        apart(61, 291),  # mouth wide
        down(13, 14) - down(61, 291),  # corners raised
        down(61) - down(291),  # mouth askew
        apart(0, 13) + apart(14, 17),  # lips full or pressed
        apart(1, 152),  # jaw
        down(0) - down(2),  # upper lip
        2 * (right(61, 291) - right(1)),  # mouth to one side
    ]
    return np.asarray(np.stack(columns, axis=1) / USUAL)


def held(t: Series, acts: Series) -> tuple[Series, Series]:
    """Middles (K,) of windows of a second and the expression (K, 15) that is held in each: the median."""
    middles, rows = [], []
    for start in np.arange(t[0], t[-1] - WINDOW + 1e-6, WINDOW / 2):
        inside = (t >= start) & (t < start + WINDOW)
        if inside.sum() >= 4:
            middles.append(start + WINDOW / 2)
            rows.append(np.median(acts[inside], axis=0))
    return np.array(middles), np.array(rows).reshape(-1, acts.shape[1])


def different(rows: Series) -> list[int]:
    """Indices of expressions (K, D) of which each differs from all those before it by ``ANOTHER``."""
    chosen: list[int] = []
    for i, row in enumerate(rows):
        if all(np.sqrt(((row - rows[j]) ** 2).mean()) >= ANOTHER for j in chosen):
            chosen.append(i)
    return chosen


def repetition(t: Series, acts: Series) -> tuple[float, float]:
    """(likeness, lag): correlation of ``acts`` (N, D) with their own past, highest over lags from a second up to half
    the time; 1 for a loop, near 0 for a face that does ever new things."""
    steps = np.arange(t[0], t[-1], 1 / RATE)
    table = np.stack([np.interp(steps, t, column) for column in acts.T], axis=1)
    best, lag = 0.0, 0
    for shift in range(round(SOONEST * RATE), len(table) // 2 + 1):
        a = table[shift:] - table[shift:].mean(axis=0)
        b = table[:-shift] - table[:-shift].mean(axis=0)
        norm = np.sqrt((a**2).sum() * (b**2).sum())
        if norm > 0 and (like := float((a * b).sum() / norm)) > best:
            best, lag = like, shift
    return best, lag / RATE


@register
class Expression(OnPeople):
    """Range, number and repetition of expressions."""

    name, version, title = "expression", "1", "Expression"
    needs = Needs(after=FOUND)
    cost = 0.5
    measures = (
        Measure(
            name="range",
            title="Range of expression",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="95th percentile over seconds of the distance between the expression held and the face's usual "
            "one, RMS over 15 actions of brows, lids and mouth, each in the standard deviation that it has in speech; "
            "the most expressive face. Speakers to camera: 0.3 to 1.7.",
        ),
        Measure(
            name="count",
            title="Different expressions",
            unit="",
            low=1,
            direction=Direction.NEUTRAL,
            definition="Number of expressions held for a second of which each differs from all others by 1.5 usual "
            "variations; the most expressive face.",
        ),
        Measure(
            name="repetition",
            title="Repeated facial pattern",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Highest correlation of the face's 15 actions with their own past, for lags from a second to "
            "half of its time: 1 for a loop, below 0.4 for people who speak. The clip takes its worst face.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        faces = straight_faces(scene, SHORTEST)
        if not faces:
            yield from self.could_not_at_all(why_none(scene, SHORTEST))
            return
        read = [(face, actions(face)) for face in faces]
        yield from self._range([(face, *held(face.t, acts)) for face, acts in read])
        moving = [(f, acts) for f, acts in read if 100 * float(np.median(movement(f.t, f.at(ALL))[1])) >= STILL]
        if not moving:
            yield self.could_not("repetition", "the face does not move")
            return
        face, (like, lag) = max(((f, repetition(f.t, acts)) for f, acts in moving), key=lambda each: each[1][0])
        words = f"What the face does repeats itself after {number(lag)} s with a likeness of {number(like)}."
        yield self.found("repetition", like, words=words, confidence=0.7 * face.trust, lag=lag)
        if like >= REPEATED:
            start = float(face.t[0])
            yield self.found(
                "repetition",
                like,
                span=Span(start=start, end=min(start + 2 * lag, float(face.t[-1]))),
                shot=face.shot,
                words=words,
                confidence=0.7 * face.trust,
                lag=lag,
                picture=pair_at(self, start, start + lag, "a repeated expression", SIDE),
            )

    def _range(self, read: list[tuple[Straight, Series, Series]]) -> Iterator[Evidence]:
        reaches = [np.sqrt(((rows - np.median(rows, axis=0)) ** 2).mean(axis=1)) for _, _, rows in read]
        best = max(range(len(read)), key=lambda i: float(np.percentile(reaches[i], 95)))
        face, t, _ = read[best]
        reach = float(np.percentile(reaches[best], 95))
        far = float(t[reaches[best].argmax()])
        yield self.found(
            "range",
            reach,
            words=f"The expression goes {number(reach)} usual variations away from the face's own usual one.",
            confidence=0.7 * face.trust,
            curve=self.curve("range", t, reaches[best]),
            picture=pair_at(self, float(t[reaches[best].argmin()]), far, "usual and furthest expression", SIDE),
        )
        chosen = max((different(rows) for _, _, rows in read), key=len)
        words = f"Number of different expressions held for a second: {number(len(chosen))}."
        yield self.found("count", len(chosen), words=words, confidence=0.5 * face.trust)
