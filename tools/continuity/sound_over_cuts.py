"""Sound over cuts: how far level and ambience jump where the picture cuts.

Whether a jump is a fault depends on whether the story goes on in one place; the operator ``continuity`` asks that.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.continuity._joins import Value, neighbours, over_joins
from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._cuts import shots
from evalverse.tools.sound._wave import Series, decibels, lacking

RATE = 16000
FRAME, HOP = 1024, 512
"""Samples of a spectrum, and between two of them."""
EDGES = (60, 120, 240, 480, 960, 1920, 3840, 7600)
"""Hertz: octave bands."""
SECONDS, BACKGROUND = 0.5, 1.5
"""Seconds on either side that level, and ambience, are read from."""
LEAST, FLOOR = 0.15, -75.0
"""Seconds that must be there, and the dBFS of a band below which nobody hears a difference."""


def bands(mono: Series) -> Series:
    """(T, 7) dBFS in octave bands of (N,) sound at 16 kHz, every 32 ms."""
    count = max(0, 1 + (len(mono) - FRAME) // HOP)
    edges = np.searchsorted(np.fft.rfftfreq(FRAME, 1 / RATE), EDGES)
    window = np.hanning(FRAME)
    found = np.zeros((count, len(EDGES) - 1))
    for first in range(0, count, 512):
        at = np.arange(first, min(first + 512, count))
        frames = mono[at[:, None] * HOP + np.arange(FRAME)] * window
        power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 * (2 / window.sum() ** 2)
        found[at] = np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1)
    return np.maximum(decibels(found), FLOOR)


def steps(level: Series, cut: float, start: float) -> tuple[float, float] | None:
    """(change of level in dB, change of ambience in dB) at ``cut`` seconds; None with too little sound beside it.

    Level is the power of all bands over half a second; ambience is what each band does not fall below for more than a
    fifth of one and a half seconds, the mean over bands of how far it changes.

    Args:
        level: (T, 7) as of :func:`bands`.
        start: seconds of the first sample.
    """
    middle = start + (np.arange(len(level)) * HOP + FRAME / 2) / RATE
    half = FRAME / 2 / RATE  # a spectrum must not reach over the cut

    def beside(seconds: float) -> tuple[Series, Series]:
        before = level[(middle <= cut - half) & (middle > cut - half - seconds)]
        return before, level[(middle >= cut + half) & (middle < cut + half + seconds)]

    before, after = beside(SECONDS)
    if min(len(before), len(after)) * HOP < LEAST * RATE:
        return None
    loud = [float(decibels(np.mean(np.sum(10 ** (side / 10), axis=1)))) for side in (before, after)]
    ambience = [np.percentile(side, 20, axis=0) for side in beside(BACKGROUND)]
    return loud[1] - loud[0], float(np.abs(ambience[1] - ambience[0]).mean())


@register
class SoundOverCuts(Operator):
    """Steps of level and ambience at cuts."""

    name, version, title = "sound_over_cuts", "1", "Sound over cuts"
    needs = Needs(sound=True, after=("shot_cutter",))
    cost = 0.3
    measures = (
        Measure(
            name="level_step",
            title="Step of level at cuts",
            unit="dB",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest change of sound level from the half second before a cut to the half second after it.",
        ),
        Measure(
            name="ambience_step",
            title="Step of ambience at cuts",
            unit="dB",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest change of the background: per octave band from 60 Hz to 7.6 kHz the 20th percentile of "
            "level over 1.5 s on either side of a cut, mean absolute difference over the bands.",
        ),
    )

    _level: Series

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 2 * LEAST), sound.start
        if self._why is None:
            self._level = bands(np.asarray(sound.mono(RATE)))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        level: list[Value] = []
        ambience: list[Value] = []
        cut = shots(scene)
        for join in neighbours(cut):
            told = steps(self._level, join.seconds, self._start)
            if told is not None:
                level.append((join, abs(told[0]), {"change": round(told[0], 2)}))
                ambience.append((join, told[1], {}))
        absent = "the clip has a single shot" if len(cut) < 2 else "no cut has sound on both sides"
        for measure, values, what in (("level_step", level, "level"), ("ambience_step", ambience, "background")):
            yield from over_joins(
                self,
                measure,
                values,
                None,
                lambda n, what=what: f"the sound's {what} changes by {n} dB.",  # type: ignore[misc]
                confidence=1.0,
                fault=np.inf,
                absent=absent,
            )
