"""Frozen and repeated frames: pictures that stand still when they should not.

A repeated frame is one that hardly differs from the one before while its neighbours do; after lossy coding it is
never quite equal. Repeats in a regular beat are a cadence (animation on twos, film brought to a higher rate), which is
described and not counted. A still scene is not frozen: grain, breath and light keep differing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.change import blocks
from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import Frame, Grey
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._look import picture_at
from evalverse.tools.picture._shots import mean_over_time, readings, worst
from evalverse.tools.picture._track import Indices, Series, Track, interval, runs, steps

NEAR = 0.4
"""Seconds on either side that tell how much frames usually differ."""
REPEATED, BESIDE = 0.12, 0.3
"""Of that usual difference, and of the larger ones within two frames: below both a frame repeats the one before."""
CODING = 2.0
"""Difference (8-bit luma, worst block) above which a frame is new whatever its neighbours do."""
STANDS = 0.5
"""Difference below which nothing at all moves: less than a breath or grain."""
POP = 3.0
"""Difference of a single frame inside a freeze that a coder's key frame can cause."""
FREEZE = 0.3
"""Seconds from which on a held picture is a freeze rather than a repeated frame."""
HOLDS = 4
"""Frames that a freeze must last, for low frame rates."""
BEAT = 0.75
"""Share of the gaps between repeats that must agree, within a frame, for them to be a cadence."""
MOMENTS = 3


@dataclass(frozen=True)
class Holds:
    """What stands still in one shot."""

    freezes: tuple[tuple[float, float], ...]
    """(start, end) in seconds."""
    repeats: NDArray[np.intp]
    """(K,) which of the frames outside freezes repeat the one before."""
    frames: int


def difference(before: Grey, after: Grey) -> float:
    """Mean absolute difference of 8-bit luma in the block (a twelfth of the height) that differs most."""
    import cv2

    return float(blocks(cv2.absdiff(before, after).astype(np.float32)).max())


def repeated(change: Series, t: Series) -> NDArray[np.bool_]:
    """Frames (N,) that repeat the one before, by their :func:`difference` to it."""
    from scipy.ndimage import maximum_filter1d, percentile_filter

    size = 2 * max(2, round(NEAR / interval(t))) + 1
    usual = percentile_filter(change, 85, size=size, mode="nearest")
    beside = maximum_filter1d(change, 5, mode="nearest")
    return np.asarray((change < REPEATED * usual) & (change < BESIDE * beside) & (change < CODING))


def holds(change: Series, t: Series, until: float) -> Holds:
    """Freezes and repeats of one shot.

    Args:
        change: (N,) difference of each frame to the one before; the first frame of the shot is not among them.
        t: (N,) their times in seconds.
        until: end of the shot in seconds.
    """
    step = interval(t)
    stands = change < STANDS
    for first, end in runs(~stands):  # a key frame inside a freeze
        if end - first == 1 and first > 0 and end < len(change) and change[first] < POP:
            stands[first] = True
    again = repeated(change, t)
    starts, ends = t - np.diff(t, prepend=t[0] - step), np.append(t[1:], until)
    freezes: list[tuple[float, float]] = []
    for first, end in runs(stands):
        start, stop = float(starts[first]), float(ends[end - 1])
        if stop - start >= FREEZE and end - first >= HOLDS - 1:
            freezes.append((start, stop))
            again[first:end] = False
    for late in np.flatnonzero((ends - t > FREEZE) & (ends - t > HOLDS * step)):  # a variable rate says it in its times
        freezes.append((float(t[late]), float(ends[late])))
    return Holds(tuple(sorted(freezes)), np.flatnonzero(again), len(change))


def beat(places: NDArray[np.intp]) -> tuple[int, int]:
    """(one frame in so many is repeated, frames for which a picture is held) of repeats at ``places``; (0, 1) if none.

    Animation on threes repeats two frames in three: there the beat is that of the new frames. A beat may skip.
    """
    if len(places) < 3:
        return 0, 1
    gaps = np.diff(places)
    held = (gaps == 1).mean() > 0.3
    if held:
        gaps = np.diff(np.setdiff1d(np.arange(places[0], places[-1]), places))
        if len(gaps) < 2:
            return 0, 1
    usual = int(np.median(gaps))
    slack = 0 if usual < 4 else max(1, usual // 12)
    off = np.abs(gaps - usual * np.maximum(1, np.round(gaps / usual)))
    by_chance = (2 * slack + 1) / usual
    if (off <= slack).mean() < max(BEAT, by_chance + 0.2):
        return 0, 1
    return usual, usual if held or usual == 2 else 1


@register
class FrozenFrames(Operator):
    """Freezes, repeated frames and cadence."""

    name, version, title = "frozen_frames", "1", "Frozen frames"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 0.5
    measures = (
        Measure(
            name="frozen_share",
            title="Frozen picture",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="Share of the time in freezes: at least 0.3 s and four frames in which no block of the picture "
            "changes by more than half a step of 8-bit luma, or in which the file shows no new frame.",
        ),
        Measure(
            name="longest_freeze",
            title="Longest freeze",
            unit="s",
            low=0,
            direction=Direction.LOWER,
            definition="Duration of the longest freeze; 0 without one.",
        ),
        Measure(
            name="duplicate_share",
            title="Repeated frames",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="Frames outside freezes and outside a regular cadence that repeat the one before: they differ "
            "by less than 12 % of what their neighbours do. The clip takes its worst shot. The data name the cadence.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._changes = Track("change")

    def see(self, frame: Frame) -> None:
        before = frame.previous
        same = 0.0 if before is None else difference(before.grey(FLOW_HEIGHT), frame.grey(FLOW_HEIGHT))
        self._changes.add(frame.seconds, same)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, change = self._changes.t, self._changes["change"]
        told = [(shot, chosen) for shot in scene.shots if len(chosen := steps(t, scene, shot)) >= HOLDS]
        if not told:
            yield from self.could_not_at_all("too few frames to tell a still picture from a frozen one")
            return
        found = [(shot, holds(change[chosen], t[chosen], shot.span.end)) for shot, chosen in told]
        freezes = [(shot, Span(start=a, end=b)) for shot, held in found for a, b in held.freezes]
        shares = [
            (shot, min(100.0, 100 * sum(b - a for a, b in held.freezes) / max(shot.span.seconds, 1e-6)))
            for shot, held in found
        ]
        yield from readings(
            self,
            scene,
            "frozen_share",
            shares,
            mean_over_time,
            lambda n: f"The picture is frozen for {n} % of the time.",
            curve=self.curve("frozen_share", t, change),
        )
        for shot, span in sorted(freezes, key=lambda f: -f[1].seconds)[:MOMENTS]:
            yield self.found(
                "longest_freeze",
                span.seconds,
                span=span,
                shot=shot,
                words=f"The picture stands still for {number(span.seconds)} s.",
                picture=picture_at(self, span.start, "frozen"),
            )
        longest = max((span.seconds for _, span in freezes), default=0.0)
        words = f"The longest freeze lasts {number(longest)} s." if freezes else "The picture never freezes."
        yield self.found("longest_freeze", longest, words=words)
        places = [chosen[held.repeats] for (_, chosen), (_, held) in zip(told, found, strict=True)]
        yield from self._repeats(scene, found, places)

    def _repeats(
        self, scene: Scene, found: Sequence[tuple[Shot, Holds]], places: Sequence[Indices]
    ) -> Iterator[Evidence]:
        """Repeated frames; a beat may run through the whole clip, past its cuts, or be that of one shot."""
        every, held_for = beat(np.concatenate(places))
        beats = [(every, held_for) if every else beat(of_shot) for of_shot in places]
        values = [
            (shot, 0.0 if every else 100 * len(held.repeats) / held.frames)
            for (shot, held), (every, _) in zip(found, beats, strict=True)
        ]
        cadence = [
            {"shot": shot.index, "repeats_one_in": every, "held_for": held_for}
            for (shot, _), (every, held_for) in zip(found, beats, strict=True)
            if every
        ]
        words = "{} % of the frames repeat the one before, out of any beat."
        total = worst(values)
        told = " ".join(dict.fromkeys(_cadence(every, held_for) for every, held_for in beats if every))
        said = f"{words.format(number(total))} {told}".strip()
        yield self.found("duplicate_share", total, words=said, cadence=cadence)
        if len(scene.shots) > 1:
            for shot, value in values:
                yield self.found("duplicate_share", value, shot=shot, words=words.format(number(value)))


def _cadence(every: int, held: int) -> str:
    if held > 1:
        return f"Each picture is held for {held} frames, as in animation."
    return f"One frame in {every} is repeated, as when a film is brought to a higher frame rate."
