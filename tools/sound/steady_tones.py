"""Steady tones: pitches that stand still for a second, as music's do under a voice, whose own pitches glide.

Finer in pitch than the operator ``music``, so a voice over it hides less of it. A tone that never ends is a machine or
the mains and does not count. What it does not know: singers who hold a note, sirens and bells, and music made of
drums or of one unending chord.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, decibels, lacking
from evalverse.tools.sound.speech_activity import segments_from

RATE, WINDOW, HOP = 16000, 4096, 512
LOWEST, HIGHEST = 150.0, 3000.0
"""Hz of the tones that are looked for."""
AROUND, ABOVE, SOFTEST = 41, 6.0, -75.0
"""Bins whose median a tone exceeds, by how many dB, and dBFS that it needs."""
COLOUR = 0.7
"""Share of what a bin exceeds its surroundings by at all times (the room's colour) that is deducted."""
LASTING, UNBROKEN = 0.9, 0.85
"""Seconds that a tone stands, and the share of them in which it is heard within a bin of its place."""
EVER, MAINS_EVER = 0.9, 0.65
"""Share of the whole sound from which on a tone is a machine's; likewise on the harmonics of 50 and 60 Hz."""
PIECE, TONES = 2.0, 0.5
"""Seconds over which tones are averaged, and how many of them at a time are music: few notes last long."""
NEAR = 1.0
"""Seconds before the first and after the last word that count too: words under loud music are not all found."""
PAGE = 600
"""Frames over which the room's colour is read, and which are heard at a time (19 s)."""
LEAST = 2.0

Flags = NDArray[np.bool_]
_HZ = np.fft.rfftfreq(WINDOW, 1 / RATE)
_KEPT = (_HZ >= LOWEST) & (_HZ < HIGHEST)


def tones(mono: Samples) -> tuple[Flags, Flags]:
    """(T, bins) where a bin stands out from its surroundings, of (N,) samples at 16 kHz every 32 ms; and where it does
    so beyond the room's colour.
    """
    from scipy.ndimage import maximum_filter1d, median_filter

    window, count = np.hanning(WINDOW), max(0, (len(mono) - WINDOW) // HOP + 1)
    kept = np.flatnonzero(_KEPT)
    peaks, beyond = np.zeros((count, len(kept)), bool), np.zeros((count, len(kept)), bool)
    for first in range(0, max(1, count - PAGE), PAGE):  # the last page takes in what would not fill another
        last = count if count - first < 2 * PAGE else first + PAGE
        block = np.asarray(mono[first * HOP : (last - 1) * HOP + WINDOW], np.float64)
        rows = np.lib.stride_tricks.sliding_window_view(block, WINDOW)[::HOP]
        level = decibels(np.abs(np.fft.rfft(rows * window, axis=1)) ** 2 * (2 / window.sum() ** 2))
        level = level[:, : kept[-1] + AROUND]
        above = level - median_filter(level, (1, AROUND))
        colour = maximum_filter1d(np.maximum(np.median(above, axis=0), 0), 3)
        peak = (level >= np.roll(level, 1, axis=1)) & (level >= np.roll(level, -1, axis=1)) & (level > SOFTEST)
        peaks[first:last] = (peak & (above > ABOVE))[:, kept]
        beyond[first:last] = (peak & (above - COLOUR * colour > ABOVE))[:, kept]
    return peaks, beyond


def steady(peaks: Flags, beyond: Flags) -> NDArray[np.intp]:
    """(T,) how many tones of (T, bins) ``beyond`` stand still; ``peaks`` tell which never end."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    def near(flags: Flags) -> NDArray[np.float32]:
        return np.asarray(maximum_filter1d(flags.astype(np.uint8), 3, axis=1), np.float32)

    stands = uniform_filter1d(near(beyond), round(LASTING * RATE / HOP), axis=0, mode="constant") > UNBROKEN
    hz, ever = _HZ[_KEPT], near(peaks).mean(axis=0)
    mains = np.any([np.abs(hz - line * np.round(hz / line)) <= RATE / WINDOW for line in (50.0, 60.0)], axis=0)
    machine = ever > np.where(mains, MAINS_EVER, EVER)
    return np.asarray((beyond & stands & ~machine).sum(axis=1))


@register
class SteadyTones(Operator):
    """How many tones stand still, and whether that is music."""

    name, version, title = "steady_tones", "1", "Steady tones"
    needs = Needs(sound=True, after=("speech_activity",))
    cost = 0.5
    measures = (
        Measure(
            name="share",
            title="Time with steady tones",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the time in which, over 2 s, half a tone or more at a time stands still: within 4 Hz "
            "for 0.9 s, between 150 and 3000 Hz, 6 dB above its surroundings and the room's colour. Tones that never "
            "end are left out. Speech reads 0.",
        ),
        Measure(
            name="under_speech",
            title="Tones that stand out of the speech",
            unit="tones",
            low=0,
            direction=Direction.LOWER,
            definition="Mean number of such tones at a time, from a second before the first to a second after the last "
            "word. Speech alone reads 0 to 0.1, music as loud as the voice 0.2 to 2.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, LEAST), sound.start
        if self._why is None:
            self._steady = steady(*tones(sound.mono(RATE)))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        from scipy.ndimage import uniform_filter1d

        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        at: Series = self._start + (np.arange(len(self._steady)) * HOP + WINDOW / 2) / RATE
        often: Any = uniform_filter1d(self._steady.astype(float), round(PIECE * RATE / HOP), mode="nearest")
        share = float(np.mean(often >= TONES))
        words = f"Tones stand still for {number(100 * share)} % of the time." if share else "No tones stand still."
        yield self.found("share", share, words=words, curve=self.curve("share", at, np.clip(often, 0, 1)))
        segments = segments_from(scene.evidence.get("speech_activity", []))
        spoken = np.zeros(len(at), bool)
        if segments:
            spoken = (at >= segments[0].start - NEAR) & (at < segments[-1].end + NEAR)
        if not spoken.any():
            yield self.could_not("under_speech", "nobody is heard speaking")
            return
        count = float(self._steady[spoken].mean())
        words = (
            f"While somebody speaks, {number(count)} tones at a time stand out and stay, as of music over the voice."
        )
        yield self.found("under_speech", count, words=words if count >= TONES else "No music stands out of the speech.")
