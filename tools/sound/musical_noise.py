"""Musical noise: holes between lone peaks of the spectrum, which gurgle and tinkle, as starved codecs and denoisers do.

Consonants, breath, rooms and effects are noise, and the spectrum of noise, whatever its source, scatters by a law: the
logarithm of its mean power stands 2.5 dB above the mean of its logarithms (Euler's constant). Where coefficients were
thrown away it stands higher. What it does not know: music of few instruments, whose partials leave holes by nature.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, decibels, lacking

FRAME = 0.0213
"""Seconds of a spectrum; they overlap by half."""
BINS, FRAMES = 12, 2
"""Neighbours (560 Hz, 32 ms) that are compared."""
BANDS = ((3000.0, 4500.0), (4500.0, 6500.0), (6500.0, 8000.0))
"""Hz: above most of what has a pitch, below where good codecs already save."""
BELOW_TOP, LEAST = 35.0, -95.0
"""dB below the band's 95th percentile, and dBFS, under which nothing is judged."""
FEWEST = 60
"""Groups of neighbours below which a band is not judged."""
EMPTY = 1e-6
"""Share of the mean that stands for an empty bin."""
NATURAL = 4.6
"""dB that recordings of voices and films do not reach."""
AT_ONCE = 10.0
"""Seconds for which the colour of the sound is taken to stay the same."""


def scatter(wave: Samples, rate: int) -> tuple[Series, list[Series]]:
    """How the power of neighbouring bins scatters, per band of ``BANDS`` that (N,) samples reach.

    Returns:
        (B,) medians in dB, NaN where a band holds too little; and each band's levels in dBFS, for tests.
    """
    size = round(FRAME * rate)
    hz = np.fft.rfftfreq(size, 1 / rate)
    inside = [(hz >= low) & (hz < high) for low, high in BANDS if high <= 0.45 * rate]
    gaps: list[list[Series]] = [[] for _ in inside]
    levels: list[list[Series]] = [[] for _ in inside]
    step = round(AT_ONCE * rate)
    for first in range(0, len(wave), step):
        for band, (gap, level) in enumerate(_block(wave[first : first + step], size, inside)):
            gaps[band].append(gap)
            levels[band].append(level)
    told = [np.concatenate(each) if each else np.zeros(0) for each in levels]
    medians = []
    for each, level in zip(gaps, told, strict=True):
        heard = level > max(LEAST, float(np.percentile(level, 95)) - BELOW_TOP) if len(level) else level > 0
        medians.append(float(np.median(np.concatenate(each)[heard])) if heard.sum() >= FEWEST else np.nan)
    return np.array(medians), told


def _block(wave: Samples, size: int, inside: list[np.ndarray]) -> Iterator[tuple[Series, Series]]:
    """(gap, level) of the groups of every band."""
    if len(wave) < 4 * size:
        return
    window = np.hanning(size)
    rows = np.lib.stride_tricks.sliding_window_view(wave, size)[:: size // 2]
    power = np.abs(np.fft.rfft(rows * window)) ** 2 * (2 / window.sum() ** 2)
    for band in inside:
        groups = _groups(power[:, band])
        even = _groups(power[:, band] / np.maximum(power[:, band].mean(axis=0), 1e-20))
        mean = np.maximum(even.mean(axis=1), 1e-20)
        gap = 10 * np.log10(mean) - 10 * np.log10(even + EMPTY * mean[:, None]).mean(axis=1)
        yield gap, decibels(groups.sum(axis=1) / FRAMES)


def _groups(power: Series) -> Series:
    """(G, BINS * FRAMES) of powers (T, F); a rest is left out."""
    t, f = len(power) // FRAMES, power.shape[1] // BINS
    cut = power[: t * FRAMES, : f * BINS].reshape(t, FRAMES, f, BINS)
    return np.asarray(cut.transpose(0, 2, 1, 3).reshape(t * f, -1))


@register
class MusicalNoise(Operator):
    """How far the spectrum scatters beyond what noise does."""

    name, version, title = "musical_noise", "1", "Musical noise"
    needs = Needs(sound=True)
    cost = 0.2
    measures = (
        Measure(
            name="scatter",
            title="Holes in the spectrum",
            unit="dB",
            low=0,
            direction=Direction.LOWER,
            definition="By how much the logarithm of the mean power of 24 neighbouring bins (560 Hz, 32 ms, its own "
            "colour deducted) exceeds the mean of the logarithms: median over what sounds, in the worst of three "
            "bands from 3 to 8 kHz. Any noise reads 2.4; recordings of voices and films 2.7 to 4.4; a sound whose "
            "weaker parts a codec or denoiser threw away 5 and more.",
            source="after the kurtosis of musical noise: Uemura et al. 2008, IWAENC; Lorber and Hoeldrich 1997",
        ),
    )

    _why: str | None
    _worst: float

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, 1.0)
        if self._why is not None:
            return
        medians, _ = scatter(np.asarray(sound.samples.mean(axis=1)), sound.rate)
        if not np.isfinite(medians).any():
            self._why = "too little sounds between 3 and 8 kHz"
            return
        self._worst = float(np.nanmax(medians))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        words = f"Between 3 and 8 kHz the spectrum scatters by {number(self._worst)} dB, as recordings do."
        if self._worst > NATURAL:
            words = (
                f"Between 3 and 8 kHz the spectrum has holes ({number(self._worst)} dB), as after a starved codec or "
            )
            words += "denoiser: it may gurgle or tinkle."
        yield self.found("scatter", self._worst, words=words)
