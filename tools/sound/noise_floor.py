"""Noise floor: what is left when nothing sounds, how far the sound stands above it, and mains hum.

What it does not know: noise that is louder than its threshold only while somebody speaks, and whether a steady sound
(wind, a motor, a held chord) is a fault. Where nothing ever pauses, the floor is that of the softest passage.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, decibels, lacking, powers
from evalverse.tools.sound._weighting import KWeighting
from evalverse.tools.sound.music import music_from

HOP = 0.05
QUIET = 5
"""Percentile of level that is the floor: even running speech pauses for a twentieth of the time."""
NOTHING = -96.0
"""dBFS that 16 bits cannot go below."""
PLATEAU, PAUSES = 3.0, 0.1
"""A real floor is a plateau: at least a tenth of the time lies within 3 dB of it."""
PLAIN = 20.0
"""dB of distance under which a floor may as well be a steady sound that belongs there."""
MUSIC = 0.3
"""Share of the time with music from which on nothing can be said of noise."""
ENOUGH = 1.0

HUM_RATE, HUM_WINDOW, HUM_HOP, HUM_SECONDS = 2000, 2.0, 0.5, 3.0
MAINS, HARMONICS = (50.0, 60.0), 8
TOLERANCE = 0.004
"""Share of its frequency by which mains hum may be off: 0.2 Hz at 50 Hz."""
NEAR, FAR = 3.0, 12.0
"""Hz from a line at which its neighbours begin and end."""
STEADY, MOST_SEGMENTS = 20, 600
CHANCE = 10.0
"""dB that music and voices reach by chance."""
INAUDIBLE = -85.0
"""dBFS under which a line is not counted."""


def floor_and_active(level: Series) -> tuple[float, float, float]:
    """(floor, active level, share of the time at the floor) of (M,) levels: dB, dB, 0..1."""
    floor = float(np.percentile(level, QUIET))
    loud = float(np.percentile(level, 95))
    active = level[level >= (floor + loud) / 2]
    mean = float(decibels(np.mean(10 ** (active / 10))))
    return floor, mean, float(np.mean(level <= floor + PLATEAU))


def hum(mono: Samples) -> tuple[float, float, float]:
    """(prominence in dB, mains frequency in Hz, level in dBFS) of the steadiest mains lines of (N,) at 2 kHz.

    Prominence is the mean of the two harmonics that stand out most from their neighbours in the 20th percentile over
    time of the spectrum, which moving pitches do not reach.
    """
    size, hop = round(HUM_WINDOW * HUM_RATE), round(HUM_HOP * HUM_RATE)
    count = (len(mono) - size) // hop + 1
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_SEGMENTS)).round().astype(int))
    window = np.hanning(size)
    top = round((MAINS[-1] * HARMONICS + 2 * FAR) * HUM_WINDOW)
    rows = [np.abs(np.fft.rfft(mono[i * hop : i * hop + size] * window)[:top]) ** 2 for i in chosen]
    spectrum = np.percentile(rows, STEADY, axis=0) / (window.sum() ** 2 / 4) / 2  # power of a sine at its bin
    bins = np.arange(top) / HUM_WINDOW
    best = (0.0, MAINS[0], NOTHING)
    for mains in MAINS:
        lines = []
        for line in mains * np.arange(1, HARMONICS + 1):
            off = np.abs(bins - line)
            peak = spectrum[off <= max(1 / HUM_WINDOW, TOLERANCE * line)].max()
            around = np.median(spectrum[(off >= NEAR) & (off <= FAR)])
            if decibels(peak) > INAUDIBLE:
                lines.append((float(decibels(peak / max(around, 1e-12))), float(decibels(peak))))
        top_two = sorted(lines, reverse=True)[:2]
        prominence = sum(max(0.0, p) for p, _ in top_two) / 2
        if prominence > best[0]:
            best = (prominence, mains, max(level for _, level in top_two))
    return best


@register
class NoiseFloor(Operator):
    """Floor, distance to what sounds, and hum."""

    name, version, title = "noise_floor", "1", "Noise floor"
    needs = Needs(sound=True, after=("music",))
    cost = 0.2
    measures = (
        Measure(
            name="floor",
            title="Noise floor",
            unit="dBFS",
            low=NOTHING,
            direction=Direction.LOWER,
            definition="5th percentile of the K-weighted level (ITU-R BS.1770, so that rumble counts little) in "
            "windows of 50 ms, channels averaged, digital silence at either end left out. Confidence falls where less "
            "than a tenth of the time lies within 3 dB of it, or where the sound hardly rises above it: nothing pauses "
            "then.",
        ),
        Measure(
            name="snr",
            title="Sound above noise",
            unit="dB",
            low=0,
            direction=Direction.HIGHER,
            definition="Mean K-weighted level of the louder half of the scale between the 5th and 95th percentile, "
            "above the noise floor. Not told where music plays for a third of the time.",
        ),
        Measure(
            name="hum",
            title="Mains hum",
            unit="dB",
            low=0,
            direction=Direction.LOWER,
            definition="How far the two most prominent of the first eight harmonics of 50 or 60 Hz stand above the "
            "spectrum 3 to 12 Hz beside them, on average, in the 20th percentile over "
            "time. Voices and music reach up to 10 dB by chance.",
        ),
    )

    _level: Series
    _hum: tuple[float, float, float] | None = None
    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, ENOUGH)
        if self._why is not None:
            return
        power = powers(sound.samples, sound.rate, HOP, KWeighting(sound.rate, sound.samples.shape[1]))
        heard = np.flatnonzero(decibels(power.mean(axis=1)) > NOTHING)
        self._level = np.maximum(decibels(power.mean(axis=1)), NOTHING)[slice(*(heard[[0, -1]] + [0, 1]))]
        if sound.seconds >= HUM_SECONDS:
            self._hum = hum(sound.mono(HUM_RATE))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        floor, active, share = floor_and_active(self._level)
        snr = max(0.0, active - floor)
        sure = round(float(np.clip(share / PAUSES, 0.2, 1) * np.clip(snr / PLAIN, 0.4, 1)), 3)
        words = f"The noise floor lies at {number(floor)} dBFS."
        if floor <= NOTHING:
            words = "The pauses are digital silence: there is no noise floor."
        yield self.found("floor", floor, words=words, confidence=sure)
        music = sum(s.seconds for s in music_from(scene.evidence.get("music", [])))
        if music > MUSIC * HOP * len(self._level):
            yield self.could_not("snr", "music plays in the pauses: what is left there is no noise")
        else:
            words = f"What sounds stands {number(snr)} dB above the noise."
            yield self.found("snr", snr, words=words, confidence=sure, active=round(active, 2))
        yield self._hum_found()

    def _hum_found(self) -> Evidence:
        if self._hum is None:
            return self.could_not("hum", f"the sound lasts less than {number(HUM_SECONDS)} s")
        prominence, mains, level = self._hum
        verdict = "hum of the mains is heard" if prominence > CHANCE else "no mains hum stands out"
        return self.found(
            "hum",
            prominence,
            words=f"The lines of {number(mains)} Hz stand {number(prominence)} dB above their neighbours: {verdict}.",
            mains=mains,
            level=round(level, 2),
        )
