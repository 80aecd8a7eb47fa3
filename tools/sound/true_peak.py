"""True peak: how high the waveform reaches between the samples, where converters and encoders clip."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, centres, decibels, lacking

HOP = 0.1
MARGIN = 64
"""Samples on either side of a block, so that the filter's edges fall outside it."""
HIGHEST_RATE = 384000
"""Hz above which oversampling does not go: it then only costs time."""
LIMIT = -1.0
"""dBTP that a programme may reach (EBU R 128)."""


def oversampling(rate: int) -> int:
    """4 up to 96 kHz, 2 up to 192 kHz, else 1."""
    return max(1, min(4, HIGHEST_RATE // rate))


def true_peaks(samples: Samples, rate: int, hop: float = HOP) -> Series:
    """(M,) the highest absolute value of oversampled samples (N, C) in every ``hop`` seconds, over all channels."""
    from scipy.signal import resample_poly

    times, size = oversampling(rate), max(1, round(hop * rate))
    at_once = 50 * size
    found = [np.zeros(0)]
    for at in range(0, len(samples), at_once):
        before = min(at, MARGIN)
        block = np.asarray(samples[at - before : at + at_once + MARGIN], np.float64)
        wave = np.abs(resample_poly(block, times, 1, axis=0)).max(axis=1)
        wave = wave[before * times : (before + at_once) * times]
        wave = wave[: (min(at + at_once, len(samples)) - at) * times]
        found.append(np.maximum.reduceat(wave, np.arange(0, len(wave), size * times)))
    return np.concatenate(found)


@register
class TruePeak(Operator):
    """The highest true peak and its moment."""

    name, version, title = "true_peak", "1", "True peak"
    needs = Needs(sound=True)
    cost = 0.7
    measures = (
        Measure(
            name="peak",
            title="True peak",
            unit="dBTP",
            direction=Direction.LOWER,
            definition="The highest absolute value of the waveform, oversampled four times, in any channel, "
            "relative to full scale. Above 0 it clips when it is converted or encoded.",
            source="ITU-R BS.1770-4 annex 2; EBU R 128 asks for at most -1 dBTP",
        ),
    )

    _peaks: Series
    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._start, self._hop = sound.start, max(1, round(HOP * sound.rate)) / sound.rate
        self._why = lacking(sound, 0.01)
        if self._why is None:
            self._peaks = decibels(true_peaks(sound.samples, sound.rate) ** 2)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        t = centres(len(self._peaks), self._hop, self._hop, self._start)
        place = int(np.argmax(self._peaks))
        peak, at = float(self._peaks[place]), float(t[place])
        where = f"The true peak is {number(peak)} dBTP, at {number(at)} s"
        yield self.found(
            "peak",
            peak,
            words=f"{where}; broadcasters ask for {number(LIMIT)} dBTP at most.",
            curve=self.curve("peak", t, self._peaks),
            seconds=round(at, 3),
            limit=LIMIT,
        )
        if peak > LIMIT:
            span = Span(start=at - self._hop / 2, end=at + self._hop / 2)
            yield self.found("peak", peak, span=span, words=f"{where}.", seconds=round(at, 3))
