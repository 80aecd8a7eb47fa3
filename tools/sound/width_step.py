"""Steps of width: a moment from which on everything sounds wider or narrower, as where a room or an effect is put on.

The walls of a room answer left and right differently, so a voice from the middle of the stage widens when it comes to
ring, whatever it says. What it does not know: whether the picture asks for it, as at a cut to another place or where
music in stereo sets in over a voice in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._bands import band_powers
from evalverse.tools.sound._wave import Series, decibels, lacking
from evalverse.tools.sound.level_step import EDGES, SIDE, largest
from evalverse.tools.sound.stereo import front

PER_SECOND, FRAMES = 100, 4
"""Frames a second, and how many of these distances a window spans."""
BLOCK = 1000
"""Frames that are heard at a time."""
MONO = -30.0
"""dB of the difference of left and right beside their sum below which nobody hears width."""
OPPOSED = 10.0
"""The same above which left and right cancel rather than spread."""
AUDIBLE = -70.0
"""dBFS under which a moment does not count, and a band of the sum counts as mono: its width is not heard."""
PLAIN = 2.0
"""dB from which on it is pointed at."""


def widths(sound: Sound, pair: tuple[int, int]) -> tuple[Series, Series]:
    """(B, T) dB of left less right beside left plus right in the bands, and the (T,) frames of 10 ms that are audible,
    to which these belong.
    """
    hop = round(sound.rate / PER_SECOND)
    bands = [(low, high) for low, high in pairwise(EDGES) if high <= 0.5 * sound.rate]
    found, audible = [], []
    count = max(0, len(sound.samples) // hop - FRAMES + 1)
    for first in range(0, count, BLOCK):
        last = min(count, first + BLOCK)
        left, right = np.asarray(sound.samples[first * hop : (last + FRAMES - 1) * hop, pair], np.float32).T
        both, apart = (
            decibels(band_powers(part / 2, FRAMES * hop, hop, bands, sound.rate))
            for part in (left + right, left - right)
        )
        heard = np.maximum(both, apart).max(axis=0) > AUDIBLE
        found.append(np.clip(apart - np.maximum(both, AUDIBLE), MONO, OPPOSED)[:, heard])
        audible.append(first + np.flatnonzero(heard))
    return np.concatenate(found, axis=1), np.concatenate(audible)


@register
class WidthStep(Operator):
    """The largest step of width."""

    name, version, title = "width_step", "2", "Steps of width"
    needs = Needs(sound=True)
    cost = 0.5
    measures = (
        Measure(
            name="sure",
            title="Step of the width of the sound",
            unit="dB",
            low=0,
            direction=Direction.LOWER,
            definition="The largest step that width makes at one moment, where width is the level of left less right "
            "beside left plus right (-30 to 10 dB): median step of nine percentiles in five bands over up to 6 s of "
            "audible sound before and after, less the range in which the middle 60 % of these 45 steps lie. Stereo "
            "that merely moves reads about 0.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 2 * SIDE + FRAMES / PER_SECOND), sound.start
        pair = front(sound.layout, sound.samples.shape[1])
        if self._why is None and pair is None:
            self._why = "the sound has no left and right"
        if self._why is None and pair is not None:
            self._widths, self._frames = widths(sound, pair)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        found = largest(self._widths) if self._why is None else None
        if found is None:
            yield from self.could_not_at_all(self._why or "too little is audible for two sides of a step")
            return
        by, sure, middle = found
        if sure < PLAIN:
            yield self.found("sure", sure, words="The sound keeps its width, or changes it gradually.")
            return
        at = round(self._start + float(self._frames[middle]) / PER_SECOND, 2)
        words = f"From {number(at)} s on everything sounds {'wider' if by > 0 else 'narrower'}."
        told: dict[str, Any] = {"step": round(by, 2), "at": at}
        yield self.found("sure", sure, words=words, **told)
        yield self.found("sure", sure, span=Span(start=at, end=at), words=words)
