"""Silence: how much of it, the longest hole in what sounds, and dropouts, which pauses are not.

A dropout is told from a pause by its edges: the sound breaks off and comes back at full level within a few
milliseconds, and what is between lies deeper than the clip's own pauses. What it does not know: whether a silence is
meant, and gaps that a decoder has filled by repeating what came before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, decibels, powers, runs

HOP = 0.005
SILENT, BELOW_LOUD = -60.0, 40.0
"""dBFS under which it is silent; in a clip that is soft throughout, so many dB under its loud parts."""
DIGITAL = -95.0
"""dBFS under which 16 bits hold nothing."""
HOLE = 0.02
"""Seconds from which on a silence is a hole: deep notes pass through zero for less."""
LONGEST_DROPOUT = 0.3
FALL, EDGE, EDGE_FRAMES = 25.0, 6.0, 20
"""dB that a dropout falls, dB that the sound may have sunk before it, and hops that count as around it."""
DEEPER = 3.0
MOMENTS = 3

Pieces = list[tuple[int, int]]


def levels(sound: Sound) -> Series:
    """(M,) dBFS (RMS) of the loudest channel in every 5 ms."""
    each = powers(sound.samples, sound.rate, HOP)
    return decibels(each.max(axis=1)) if len(each) else np.zeros(0)


def silent_below(level: Series) -> float:
    """The level under which this sound is silent, dBFS."""
    heard = level[level > DIGITAL]
    return min(SILENT, float(np.percentile(heard, 90)) - BELOW_LOUD) if len(heard) else SILENT


def holes(silent: NDArray[np.bool_]) -> Pieces:
    """(first, end) hop of the silences between the first and the last that sounds."""
    return [(a, b) for a, b in runs(silent) if a > 0 and b < len(silent) and (b - a) * HOP >= HOLE]


def dropouts(level: Series) -> Pieces:
    """(first, end) hop of abrupt holes of at most 0.3 s."""
    from scipy.ndimage import maximum_filter1d

    around = maximum_filter1d(level, round(LONGEST_DROPOUT / HOP) + 9)
    deep, audible = level < around - FALL, silent_below(level)
    found = [(a, b) for a, b in runs(deep) if (b - a) * HOP <= LONGEST_DROPOUT and _abrupt(level, a, b, audible)]
    inside = np.zeros(len(level), bool)
    for a, b in found:
        inside[a:b] = True
    rest = level[~inside & (level > DIGITAL)]
    floor = float(np.percentile(rest, 1)) - DEEPER if len(rest) else DIGITAL
    return [(a, b) for a, b in found if np.median(level[a:b]) < max(floor, DIGITAL)]


def _abrupt(level: Series, first: int, end: int, audible: float) -> bool:
    """Whether sound above ``audible`` dBFS is at full level right up to the hole and right after it."""
    before, after = level[max(0, first - EDGE_FRAMES) : first], level[end : end + EDGE_FRAMES]
    if min(len(before), len(after)) < 4:
        return False
    inside = float(np.median(level[first:end]))
    return all(
        near.max() > max(np.median(side) - EDGE, inside + FALL, audible)
        for near, side in ((before[-2:], before), (after[:2], after))
    )


@register
class Silence(Operator):
    """Share of silence, holes and dropouts."""

    name, version, title = "silence", "1", "Silence"
    needs = Needs(sound=True)
    cost = 0.1
    measures = (
        Measure(
            name="share",
            title="Silence",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Time in which no channel reaches -60 dBFS (RMS in 5 ms), or 40 dB below the loud parts (90th "
            "percentile) of a soft sound.",
        ),
        Measure(
            name="digital",
            title="Digital silence",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="Time below -95 dBFS: no room, no tone, nothing that 16 bits hold.",
        ),
        Measure(
            name="longest_hole",
            title="Longest hole in the sound",
            unit="s",
            low=0,
            direction=Direction.LOWER,
            definition="The longest silence (see share) of 0.02 s or more between the first and the last sound.",
        ),
        Measure(
            name="dropouts",
            title="Dropouts",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Number of holes of at most 0.3 s that fall 25 dB and come back at full level within about "
            "10 ms, and lie deeper than the clip's pauses.",
        ),
    )

    _level: Series
    _why: str | None = None

    def listen(self, sound: Sound) -> None:
        self._start, self._level = sound.start, levels(sound)
        if len(self._level) < 2:
            self._why = f"the sound lasts {number(sound.seconds)} s"

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        below = silent_below(self._level)
        silent = self._level < below
        share = 100 * float(silent.mean())
        digital = 100 * float((self._level < DIGITAL).mean())
        yield self.found("share", share, words=f"{number(share)} % of the time is silent.", below=round(below, 2))
        yield self.found("digital", digital, words=f"{number(digital)} % of the time is digital silence.")
        if silent.all():
            yield self.could_not("longest_hole", "it is silent throughout")
            yield self.could_not("dropouts", "it is silent throughout")
            return
        found = holes(silent)
        longest = max((HOP * (b - a) for a, b in found), default=0.0)
        words = f"The sound stops for up to {number(longest)} s." if found else "The sound never stops."
        yield self.found("longest_hole", longest, words=words, count=len(found))
        yield from self._moments("longest_hole", found, "Silence for {} s.")
        found = dropouts(self._level)
        words = f"The sound drops out {number(len(found))} times." if found else "The sound has no dropouts."
        if len(found) == 1:
            words = "The sound drops out once."
        yield self.found("dropouts", len(found), words=words)
        yield from self._moments("dropouts", found, "The sound drops out for {} s.")

    def _moments(self, measure: str, pieces: Sequence[tuple[int, int]], sentence: str) -> Iterator[Evidence]:
        for first, end in sorted(sorted(pieces, key=lambda p: p[0] - p[1])[:MOMENTS]):
            seconds = round(HOP * (end - first), 4)
            span = Span(start=round(self._start + HOP * first, 4), end=round(self._start + HOP * end, 4))
            value = seconds if measure == "longest_hole" else 1
            yield self.found(measure, value, span=span, words=sentence.format(number(seconds)), seconds=seconds)
