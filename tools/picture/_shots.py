"""One number per shot, and the evidence made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any

from evalverse.tools.evidence import Blob, Evidence, number
from evalverse.tools.operator import Operator, Scene, Shot
from evalverse.tools.picture._track import by_time

PerShot = Sequence[tuple[Shot, float]]


def mean_over_time(values: PerShot) -> float:
    """For measures that describe: every shot counts for as long as it lasts."""
    return by_time([v for _, v in values], [s.span for s, _ in values])


def worst(values: PerShot) -> float:
    """For faults: one bad shot spoils the clip."""
    return max(v for _, v in values)


def medians(line: Sequence[tuple[float, float]], shots: Sequence[Shot]) -> list[tuple[Shot, float]]:
    """The median of the values of ``line``, (seconds, value), within each shot that has some."""
    within = [(shot, [v for t, v in line if shot.span.start <= t < shot.span.end]) for shot in shots]
    return [(shot, median(values)) for shot, values in within if values]


def readings(
    subject: Operator,
    scene: Scene,
    measure: str,
    values: PerShot,
    total: Callable[[PerShot], float],
    words: Callable[[str], str],
    absent: str = "no shot is long enough",
    curve: Blob | None = None,
    **data: Any,
) -> Iterator[Evidence]:
    """The clip's reading of ``measure``, and one per shot where there are several.

    Args:
        values: (shot, value) for every shot that could be measured.
        total: makes the clip's value of them.
        words: makes the sentence, given the value as text.
        absent: the reason when there are no values.
    """
    if not values:
        yield subject.could_not(measure, absent)
        return
    value = total(values)
    yield subject.found(measure, value, words=words(number(value)), curve=curve, **data)
    if len(scene.shots) > 1:
        for shot, of_shot in values:
            yield subject.found(measure, of_shot, shot=shot, words=words(number(of_shot)))
