"""How far something that should stay the same strays: windows of a second against the most typical one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence, Span, number
from evalverse.tools.operator import Operator, Scene, Shot
from evalverse.tools.people._models import SIDE
from evalverse.tools.picture._look import pair_at

Series = NDArray[np.float64]

WINDOW = 1.0
"""Seconds over which a person is averaged: a word or two, so that speech cancels out."""


ALIKE = 33
"""Percent of the windows that the most typical one must be like: a window across a change is like neither side."""


class Drift(NamedTuple):
    """One person through time: middles of the windows (K,) and the distance (K,) of each from the most typical one."""

    t: Series
    distance: Series

    @property
    def most(self) -> float:
        return float(self.distance.max())


def drift(
    t: Series, values: Series, distance: Callable[[Series, Series], Series], average: Any = np.mean, least: int = 2
) -> Drift | None:
    """Distances of windows of ``values`` (N, D) at times ``t`` (N,); None where there are fewer than two windows.

    Args:
        distance: of rows (..., D) and one row (D,).
        average: makes one row of several.
        least: rows that a window needs.
    """
    middles, rows = [], []
    for start in np.arange(t[0], t[-1] - WINDOW / 2, WINDOW / 2) if len(t) else ():
        inside = (t >= start) & (t < start + WINDOW)
        if inside.sum() >= least:
            middles.append(float(t[inside].mean()))
            rows.append(average(values[inside], axis=0))
    if len(rows) < 2:
        return None
    table = np.stack(rows)
    apart = np.stack([distance(table, row) for row in table])
    typical = int(np.percentile(apart, ALIKE, axis=1).argmin())
    return Drift(np.array(middles), apart[typical])


def told(
    subject: Operator,
    scene: Scene,
    measure: str,
    found: Sequence[tuple[Shot, Drift, float]],
    *,
    words: str,
    absent: str,
    noticed: float,
) -> Iterator[Evidence]:
    """The reading of the clip, which is its worst person's, of each shot, and of the worst moment beyond ``noticed``.

    Args:
        found: shot, drift and confidence of each person.
        words: the sentence, with ``{}`` for the value.
        absent: the reason where nothing was found.
    """
    if not found:
        yield subject.could_not(measure, absent)
        return
    shot, worst, sure = max(found, key=lambda each: each[1].most)
    sentence = words.format(number(worst.most))
    curve = subject.curve(measure, worst.t, worst.distance)
    yield subject.found(measure, worst.most, words=sentence, confidence=sure, curve=curve)
    if len(scene.shots) > 1:
        for index in sorted({each.index for each, _, _ in found}):
            here, strays, trust = max((f for f in found if f[0].index == index), key=lambda each: each[1].most)
            yield subject.found(
                measure, strays.most, shot=here, words=words.format(number(strays.most)), confidence=trust
            )
    if worst.most >= noticed:
        at, typical = float(worst.t[worst.distance.argmax()]), float(worst.t[worst.distance.argmin()])
        yield subject.found(
            measure,
            worst.most,
            span=Span(start=max(shot.span.start, at - WINDOW / 2), end=min(shot.span.end, at + WINDOW / 2)),
            shot=shot,
            words=sentence,
            confidence=sure,
            picture=pair_at(subject, typical, at, f"{number(typical)} s beside {number(at)} s", SIDE),
        )
