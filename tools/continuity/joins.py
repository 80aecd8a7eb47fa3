"""What stands in the frames where two shots meet: mixtures, leftovers, and transitions where time goes on.

A clean cut has the old picture in one frame and the new one in the next. Frames that mix both come from careless
conversion or from a generator that melts one shot into the next; a few frames of a third picture were left over in the
edit, or are a shot that nobody can take in.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.continuity._film import HEIGHT, Film
from evalverse.tools.continuity._joins import MOMENTS, Join, Pairs, Value, grouping, neighbours, over_joins
from evalverse.tools.evidence import Direction, Evidence, Measure, Span
from evalverse.tools.operator import Needs, Picture, Scene, register
from evalverse.tools.picture._track import interval
from evalverse.tools.shots._cuts import steps
from evalverse.tools.shots._gradual import mixture
from evalverse.tools.shots._likeness import Small, Strip, changes, unlike

MOST = 3
"""Mixed frames at a cut; more are a dissolve."""
BESIDE = 3
"""Frames by which the cut may have been told wrongly because of them."""
LEFT = 0.12
"""Share of the change from the old picture to the new that a mixture of them may leave unexplained."""
BRIEF = 0.2
"""Seconds up to which frames of a third picture count as left over: too short for the shot cutter."""
THIRD = 0.25
"""Unlikeness of a third picture to both its neighbours; unrelated scenes lie between 0.25 and 0.7."""
CALM = 0.12
"""Unlikeness of neighbouring frames above which the picture whips past, and nothing is a leftover."""


@register
class Joins(Film):
    """Mixed and left-over frames at cuts, and soft transitions within a scene."""

    name, version, title = "joins", "1", "Joins"
    needs = Needs(picture=Picture(height=HEIGHT), after=("scenes",))
    cost = 0.5
    measures = (
        Measure(
            name="mixed",
            title="Frames at cuts that mix both shots",
            unit="%",
            low=0,
            high=50,
            direction=Direction.LOWER,
            definition="At its worst cut, the share of the fainter of both pictures in up to three frames between "
            "them, by least squares on thumbnails. Frames that are no mixture count 0.",
        ),
        Measure(
            name="left_over",
            title="Left-over frames",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition=f"Runs of up to {BRIEF} s whose picture is unlike the frames before and after and no mixture "
            "of them. A flash of light keeps the shapes and does not count.",
        ),
        Measure(
            name="soft_in_scene",
            title="Dissolves, fades and wipes within a scene",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Gradual transitions between two shots that look like one scene. They stand for a lapse of "
            "time, which may be meant.",
            source="Bordwell and Thompson, Film Art, on transitions between shots",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if not len(self._times):
            yield from self.could_not_at_all("no picture was seen")
            return
        yield from self._left_over()
        if len(scene.shots) < 2:
            for name in ("mixed", "soft_in_scene"):
                yield self.could_not(name, "the clip has a single shot")
            return
        yield from self._mixed(scene)
        yield from self._soft(scene)

    def _mixed(self, scene: Scene) -> Iterator[Evidence]:
        t = self._times.t
        values: list[Value] = []
        for join in neighbours(scene.shots):
            if join.new.begins_with == "cut":
                cut = int(np.searchsorted(t, join.seconds - interval(t) / 2))
                first, last = max(0, cut - BESIDE - 1), min(len(t), cut + BESIDE + MOST)
                share = mixed(self._strip.small(np.arange(first, last)))
                values.append((join, 100 * share, {}))
        yield from over_joins(
            self,
            "mixed",
            values,
            Pairs(self),
            "the frames where they meet hold {} % of the other shot.".format,
            confidence=0.8,
            fault=10.0,
            absent="the clip has no hard cut",
        )

    def _left_over(self) -> Iterator[Evidence]:
        t = self._times.t
        found = left_over(self._strip, max(1, round(BRIEF / interval(t))))
        told = f"{len(found) or 'No'} run{'' if len(found) == 1 else 's'} of left-over frames."
        yield self.found("left_over", len(found), words=told, confidence=0.7)
        for first, last in found[:MOMENTS]:
            span = Span(start=float(t[first]), end=float(t[last]))
            count = last - first
            words = f"For {count} frame{'s' * (count > 1)} another picture shows up here."
            yield self.found("left_over", 1, span=span, words=words, confidence=0.7, frames=count)

    def _soft(self, scene: Scene) -> Iterator[Evidence]:
        grouped = grouping(scene)
        if grouped is None:
            yield self.could_not("soft_in_scene", "the scenes could not be told")
            return
        within: list[Join] = [j for j in grouped.joins(scene.shots) if not j.returns and j.new.begins_with != "cut"]
        told = f"{len(within) or 'No'} gradual transition{'' if len(within) == 1 else 's'} within a scene."
        yield self.found("soft_in_scene", len(within), words=told, confidence=grouped.confidence)
        for join in within[:MOMENTS]:
            yield self.found(
                "soft_in_scene",
                1,
                span=Span(start=join.seconds, end=join.seconds),
                shot=join.new,
                words=f"A {join.new.begins_with} joins two shots of one scene.",
                confidence=grouped.confidence,
            )


def mixed(small: Small) -> float:
    """The share, 0 to 0.5, of the fainter picture in frames between the old and the new one.

    Args:
        small: (N, 12, 24, 3) the frames about a cut, in order.
    """
    worst = 0.0
    for count in range(1, MOST + 1):
        for first in range(1, len(small) - count):
            share, left = mixture(small[None, first - 1 : first + count + 1])
            if left[0] <= LEFT and unlike(small[first - 1][None], small[first + count][None])[0] >= THIRD:
                inner = share[0, 1:-1]
                worst = max(worst, float(np.minimum(inner, 1 - inner).min()))
    return worst


def left_over(strip: Strip, most: int) -> list[tuple[int, int]]:
    """(first, last + 1) of every run of at most ``most`` frames that belongs to neither side."""
    step, _ = steps(strip)  # of each frame from the one before
    jumps = np.flatnonzero(step >= THIRD)  # first frames of another picture
    found: list[tuple[int, int]] = []
    for first in jumps.tolist():
        for end in jumps[(jumps > first) & (jumps <= first + most)].tolist():
            beside = [first - 1, *range(first + 1, end), end + 1]
            if first < 2 or end + 1 >= len(step) or max(step[i] for i in beside) > CALM:
                continue
            three = strip.small(np.array([first - 1, first, end]))
            _, shape = changes(three[:2], three[1:])
            other = shape.min() >= THIRD and mixture(three[None])[1][0] > LEFT
            if other and (not found or found[-1][1] <= first):
                found.append((first, end))
    return found
