"""Steps of level: a moment from which on everything, voice, pauses and all bands, is louder or softer alike.

A speaker who raises the voice does not raise the room, and a car that passes does not raise the pauses before it. A
fader, a bad join or a generated clip's second half moves the whole distribution of levels at once. What it does not
know: a cut to another place may change everything rightly.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._bands import RATE, band_powers
from evalverse.tools.sound._wave import Series, decibels, lacking

FRAME, HOP = 640, 160
EDGES = (150.0, 400.0, 1000.0, 2000.0, 4000.0, 7500.0)
"""Hz between the bands whose levels must step together."""
SHARES = tuple(range(10, 95, 10))
"""Percentiles of the levels of each band, likewise."""
MIDDLE = (20, 80)
"""Percentiles between which the steps of all these lie apart by what is not one step."""
SIDE, STRIDE = 1.5, 0.25
"""Seconds that each side needs, and between the places that are tried."""
REACH = 6.0
"""Seconds of each side that are heard."""
FLOOR = -90.0
"""dBFS below which a band is silent; silence is another operator's matter."""


def levels(mono: Samples) -> Series:
    """(B, T) dBFS of the bands of (N,) samples at 16 kHz, every 10 ms."""
    found = band_powers(mono, FRAME, HOP, tuple(pairwise(EDGES)))
    return np.maximum(decibels(found), FLOOR)


def step(course: Series, middle: int) -> tuple[float, float]:
    """(dB of the step of (B, T) levels at frame ``middle``, dB by which it is sure: what differs is taken off)."""
    reach = round(REACH * RATE / HOP)
    before, after = course[:, max(0, middle - reach) : middle], course[:, middle : middle + reach]
    steps = np.percentile(after, SHARES, axis=1) - np.percentile(before, SHARES, axis=1)
    low, high = np.percentile(steps, MIDDLE)
    by = float(np.median(steps))
    return by, max(0.0, abs(by) - float(high - low))


def largest(course: Series) -> tuple[float, float, int] | None:
    """(dB, dB by which it is sure, frame) of the surest step of (B, T) levels every 10 ms; None without two sides."""
    side, stride = round(SIDE * RATE / HOP), round(STRIDE * RATE / HOP)
    tried = range(side, course.shape[1] - side + 1, stride)
    return max(((*step(course, middle), middle) for middle in tried), key=lambda found: found[1], default=None)


@register
class LevelStep(Operator):
    """The largest step of everything at once."""

    name, version, title = "level_step", "1", "Steps of level"
    needs = Needs(sound=True)
    cost = 0.3
    measures = (
        Measure(
            name="sure",
            title="Step of the whole sound",
            unit="dB",
            low=0,
            direction=Direction.LOWER,
            definition="The largest step of level that all of the sound makes at one moment: median step of nine "
            "percentiles of level in five bands over up to 6 s before and after, less the range in which the middle "
            "60 % of these 45 steps lie. Sounds that merely change read 0.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 2 * SIDE), sound.start
        if self._why is None:
            self._levels = levels(sound.mono(RATE))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        found = largest(self._levels)
        if found is None:
            yield from self.could_not_at_all("the sound is too short for two sides of a step")
            return
        by, sure, middle = found
        if not sure:
            yield self.found("sure", 0.0, words="No step moves the whole sound at once.")
            return
        at = round(self._start + middle * HOP / RATE, 2)
        way = "louder" if by > 0 else "softer"
        told: dict[str, Any] = {"step": round(by, 2), "at": at}
        words = f"From {number(at)} s on everything is {way}, by about {number(round(abs(by), 1))} dB."
        yield self.found("sure", sure, words=words, **told)
        yield self.found("sure", sure, span=Span(start=at, end=at), words=words)
