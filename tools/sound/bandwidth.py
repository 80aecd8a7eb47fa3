"""Bandwidth: up to which frequency anything sounds, and whether it ends at a wall that a codec or a model has built.

Low sampling rates and low bit rates cut the highs off; speech stays intelligible down to 4 kHz, but sounds of a
telephone, and air and sibilants go. What it does not know: sources that have no highs by nature.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, decibels, lacking

FRAME, BAND = 0.04, 100.0
"""Seconds of a spectrum and Hz of a band."""
BELOW_TOP, LEAST = 75.0, -105.0
"""dB below the strongest band, and dBFS, under which a band is empty."""
OFTEN = 95
"""Percentile over time: highs may be rare."""
MOST_FRAMES = 2000
WALL = 20.0
"""dB within half a kHz that no microphone or room takes off."""


def band_levels(samples: Samples, rate: int) -> Series:
    """(B,) dBFS in bands of 100 Hz from 0 up, 95th percentile over time, loudest channel of (N, C)."""
    size = 1 << round(np.log2(FRAME * rate))
    last = len(samples) - size
    starts = np.unique(np.linspace(0, last, min(MOST_FRAMES, 2 * last // size + 1)).astype(int))
    window = np.hanning(size)
    edges = np.searchsorted(np.fft.rfftfreq(size, 1 / rate), np.arange(0, rate / 2, BAND))
    table = np.zeros((len(starts), len(edges)))
    for i, at in enumerate(starts):
        power = np.abs(np.fft.rfft(samples[at : at + size].T * window)).max(axis=0) ** 2
        table[i] = np.add.reduceat(power, edges)
    return np.percentile(decibels(2 * table / window.sum() ** 2), OFTEN, axis=0)


def limit(levels: Series) -> tuple[float, float]:
    """(kHz up to which anything sounds, dB by which it falls within the half kHz after that) of (B,) levels."""
    filled = np.flatnonzero(levels > max(float(levels.max()) - BELOW_TOP, LEAST))
    top = int(filled[-1])
    beyond = levels[top + 2 : top + 6]
    fall = float(levels[max(0, top - 3) : top + 1].mean() - beyond.mean()) if len(beyond) else 0.0
    return (top + 1) * BAND / 1000, max(0.0, fall)


@register
class Bandwidth(Operator):
    """The upper limit of the sound, and how steep it is."""

    name, version, title = "bandwidth", "1", "Bandwidth"
    needs = Needs(sound=True)
    cost = 0.3
    measures = (
        Measure(
            name="limit",
            title="Highest frequency",
            unit="kHz",
            low=0,
            direction=Direction.HIGHER,
            definition="Upper edge of the highest band of 100 Hz that, for 5 % of the time, lies less than 75 dB below "
            "the strongest band and above -105 dBFS. Good codecs keep 15 kHz; 8 kHz is a 16 kHz recording or a low "
            "bit rate, 3.4 kHz a telephone.",
        ),
        Measure(
            name="wall",
            title="Steepness of the upper edge",
            unit="dB",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Fall of level from the 400 Hz below the upper limit to the 400 Hz above it; more than 20 dB is "
            "a filter, not a source. 0 where the limit is that of the sampling rate.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, 0.5)
        if self._why is None:
            self._half = sound.rate / 2000
            self._limit, self._wall = limit(band_levels(sound.samples, sound.rate))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        top = min(self._limit, self._half)
        words = f"Nothing sounds above {number(top)} kHz"
        yield self.found("limit", top, words=f"{words}.", sampling_limit=self._half)
        kind = "a filter or codec" if self._wall > WALL else "no wall"
        if top > self._half - 0.6:
            kind = "the sampling rate"
        yield self.found("wall", self._wall, words=f"{words}: {kind}, falling {number(self._wall)} dB.", limit=top)
