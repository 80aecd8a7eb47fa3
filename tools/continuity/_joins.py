"""Where two shots of one scene meet: at a cut, or when a set-up comes back; and the evidence made of a value each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Blob, Evidence, Span, number
from evalverse.tools.operator import Operator, Scene, Shot
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._track import Series, inside

MOMENTS = 3
HEIGHT = 160
"""Pixels of the pictures side by side."""
_INSIDE = 0.02
"""Seconds by which a picture of the old shot is taken before the cut."""


@dataclass(frozen=True)
class Join:
    """``new`` follows ``old`` at a cut, or ``returns`` to its set-up after other shots."""

    old: Shot
    new: Shot
    returns: bool
    same_setup: bool

    @property
    def seconds(self) -> float:
        """When the new shot begins."""
        return self.new.span.start


@dataclass(frozen=True)
class Grouping:
    """What the operator ``scenes`` came to: per shot its scene and its set-up, and how far that is to be trusted."""

    scene_of: tuple[int, ...]
    setup_of: tuple[int, ...]
    confidence: float

    def joins(self, shots: Sequence[Shot]) -> list[Join]:
        """All places within scenes where continuity can be looked at, in order of the new shot."""
        found = []
        for k, new in enumerate(shots[1:], 1):
            mine = [i for i in range(k) if self.scene_of[i] == self.scene_of[k]]
            last = max((i for i in mine if self.setup_of[i] == self.setup_of[k]), default=None)
            if k - 1 in mine:
                found.append(Join(shots[k - 1], new, False, last == k - 1))
            if last is not None and last < k - 1:
                found.append(Join(shots[last], new, True, True))
        return found


def grouping(scene: Scene) -> Grouping | None:
    """The scenes as found; None when they could not be."""
    for item in scene.evidence.get("scenes", ()):
        if item.measure == "scenes.count" and item.value is not None and len(scene.shots) == len(item.data["setups"]):
            return Grouping(tuple(item.data["scene_of"]), tuple(item.data["setups"]), item.confidence)
    return None


def ends(t: Series, scene: Scene, shot: Shot, seconds: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the first and of the last ``seconds`` of ``shot``, without dissolves and fades."""
    mine = inside(t, scene, shot)
    if not len(mine):
        return mine, mine
    at = t[mine]
    return mine[at < at[0] + seconds], mine[at > at[-1] - seconds]


Value = tuple[Join, float, dict[str, Any]]
"""A join, its value, and what else the table shows of it."""


class Pairs:
    """Pictures of joins side by side, each fetched once."""

    def __init__(self, subject: Operator) -> None:
        self._subject = subject
        self._made: dict[tuple[int, int], Blob] = {}

    def __call__(self, join: Join) -> Blob:
        key = join.old.index, join.new.index
        if key not in self._made:
            before = max(join.old.span.start, join.old.span.end - _INSIDE)
            caption = f"end of shot {join.old.index + 1} | beginning of shot {join.new.index + 1}"
            self._made[key] = pair_at(self._subject, before, join.seconds, caption, HEIGHT)
        return self._made[key]


def over_joins(
    subject: Operator,
    measure: str,
    values: Sequence[Value],
    pairs: Pairs | None,
    words: Callable[[str], str],
    *,
    confidence: float,
    fault: float,
    absent: str,
    highest: bool = True,
) -> Iterator[Evidence]:
    """The worst join as the clip's value, all of them in its data, and the worst that matter as moments.

    Args:
        words: the sentence on one join, given the value as text.
        fault: from here on a join is pointed at.
        absent: the reason when there are no values.
        highest: whether the highest value is the worst.
    """
    if not values:
        yield subject.could_not(measure, absent)
        return
    order = sorted(values, key=lambda v: (-v[1] if highest else v[1], v[0].seconds))
    join, value, _ = order[0]
    yield subject.found(
        measure,
        value,
        words=f"At its worst, from shot {join.old.index + 1} to shot {join.new.index + 1}: {words(number(value))}",
        confidence=confidence,
        worst=[join.old.index + 1, join.new.index + 1],
        joins=[row(*one) for one in values],
    )
    for join, value, more in order[:MOMENTS]:
        if (value >= fault) == highest or value == fault:
            told = words(number(value))
            yield subject.found(
                measure,
                value,
                span=Span(start=join.seconds, end=join.seconds),
                shot=join.new,
                words=f"{told[:1].upper()}{told[1:]}",
                confidence=confidence,
                picture=pairs(join) if pairs else None,
                old=join.old.index + 1,
                new=join.new.index + 1,
                returns=join.returns,
                **more,
            )


def row(join: Join, value: float, more: dict[str, Any]) -> dict[str, Any]:
    """A join in the evidence's data; shots are counted from 1."""
    at = {"at": round(join.seconds, 3), "old": join.old.index + 1, "new": join.new.index + 1, "returns": join.returns}
    return {**at, "value": round(value, 3), **more}


def neighbours(shots: Sequence[Shot]) -> Iterator[Join]:
    """Every two shots that follow each other, whatever scene they belong to."""
    for old, new in pairwise(shots):
        yield Join(old, new, False, False)
