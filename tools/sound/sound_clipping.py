"""Clipping: crests of the waveform that were cut off flat, at any level and also after a codec has rounded them.

Every stretch between two zero crossings is a crest. A crest that was cut off is flat: most of what exceeds half its
height lies within a tenth of its peak (0.43 of it does in a sine). Codecs and resamplers ripple the plateau but leave
its width. Only crests near the sound's own ceiling count. What it does not know: limiters and tape that round crests
softly, and square waves that are meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, lacking

TOP, MIDDLE, FLAT = 0.9, 0.5, 0.7
"""Shares of a crest's peak, and how much of the time above the lower it must spend above the upper to be flat."""
NARROWEST = 3
"""Samples above ``TOP``."""
CEILING, HIGHEST = 0.6, 20
"""The ceiling is the median of the 20 highest crests; flat ones below 0.6 of it do not count."""
GAP, FEWEST = 0.1, 3
"""Seconds between clipped crests of one event, and crests that make an event."""
MOMENTS = 3
BLOCK = 1 << 18


@dataclass
class Crests:
    """Clipped crests of one channel: (K,) first sample, (K,) samples cut off."""

    first: Series
    cut: Series


def clipped(wave: Samples) -> Crests:
    """The clipped crests of one channel (N,). Works through it in blocks; a crest on a seam counts as two."""
    rows, highest = [np.zeros((0, 3))], {True: np.zeros(0), False: np.zeros(0)}
    for at in range(0, len(wave), BLOCK):
        block = np.asarray(wave[at : at + BLOCK], np.float64)
        positive = ~np.signbit(block)
        starts = np.concatenate([[0], np.flatnonzero(np.diff(positive)) + 1])
        size = np.abs(block)
        peak = np.maximum.reduceat(size, starts)
        own = np.repeat(peak, np.diff(np.append(starts, len(size))))
        top, middle = (np.add.reduceat((size > share * own).astype(int), starts) for share in (TOP, MIDDLE))
        for side in (True, False):
            mine = positive[starts] == side
            highest[side] = np.sort(np.concatenate([highest[side], peak[mine]]))[-HIGHEST:]
        flat = (top >= NARROWEST) & (top >= FLAT * middle) & (peak > 0)
        signed = np.where(positive[starts], peak, -peak)
        rows.append(np.column_stack([starts + at, top, signed])[flat])
    first, cut, signed = np.concatenate(rows).T
    up, down = (float(np.median(highest[side])) if len(highest[side]) else 0.0 for side in (True, False))
    near = np.where(signed > 0, signed > CEILING * up, -signed > CEILING * down)
    return Crests(first[near], cut[near])


def events(seconds: Series) -> list[tuple[float, float, int]]:
    """(start, end, crests) of clusters of clipped crests at ``seconds`` (K,), ascending."""
    parts = np.split(seconds, np.flatnonzero(np.diff(seconds) > GAP) + 1)
    return [(float(p[0]), float(p[-1]), len(p)) for p in parts if len(p) >= FEWEST]


@register
class SoundClipping(Operator):
    """Share of clipped samples and where they are."""

    name, version, title = "sound_clipping", "1", "Clipped sound"
    needs = Needs(sound=True)
    cost = 0.1
    measures = (
        Measure(
            name="share",
            title="Clipped sound",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="Samples on flat tops of crests near the sound's own ceiling, in the worst channel. Clean "
            "recordings stay below 0.01; speech that is cut off 6 dB below its peaks reaches about 0.2, 12 dB about 5.",
        ),
        Measure(
            name="events",
            title="Clipped passages",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Number of passages with at least 3 clipped crests that follow each other within 0.1 s.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, 0.05)
        if self._why is not None:
            return
        channels = [clipped(sound.samples[:, c]) for c in range(sound.samples.shape[1])]
        self._share = max(100 * float(c.cut.sum()) / len(sound.samples) for c in channels)
        crests = np.sort(np.concatenate([c.first for c in channels]))
        self._events = events(sound.start + crests / sound.rate)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        count = len(self._events)
        yield self.found("share", self._share, words=f"{number(self._share)} % of the sound is clipped.")
        words = "No passage is clipped."
        if count:
            words = f"{count} passages are clipped." if count > 1 else "1 passage is clipped."
        yield self.found("events", count, words=words)
        for start, end, crests in sorted(sorted(self._events, key=lambda e: -e[2])[:MOMENTS]):
            span = Span(start=round(start, 3), end=round(end, 3))
            yield self.found("events", 1, span=span, words=f"The sound clips {crests} times here.", crests=crests)
