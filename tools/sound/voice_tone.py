"""Tone of the voice: whether speech has the highs that speech has, or sounds through a wall.

The long-term spectra of voices are much alike over languages and sexes (Byrne et al. 1994). How far the consonants'
bands lie below that says how dull a voice is, whatever level and bandwidth the file has. What it does not know: why;
a speaker behind a door may be meant to be dull.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._bands import RATE, band_powers
from evalverse.tools.sound._wave import decibels, lacking
from evalverse.tools.sound.speech_activity import segments_from

FRAME = 512
LOW, HIGH = (250.0, 1000.0), (2500.0, 7500.0)
"""Hz: vowels, consonants."""
USUAL = 14.8
"""dB that the low band lies above the high one in the long-term average speech spectrum of Byrne et al."""
LOUD = 20.0
"""dB below the loudest parts of speech under which a frame is left out."""
DULL = 12.5
"""dB beyond which no clean voice was found."""
LEAST = 1.0
"""Seconds of speech that are needed."""


@register
class VoiceTone(Operator):
    """How far the highs of speech fall short."""

    name, version, title = "voice_tone", "1", "Tone of the voice"
    needs = Needs(sound=True, after=("speech_activity",))
    cost = 0.1
    measures = (
        Measure(
            name="dullness",
            title="Dullness of the voice",
            unit="dB",
            direction=Direction.LOWER,
            definition="By how much the power of speech from 2.5 to 7.5 kHz, against that from 250 to 1000 Hz, falls "
            "short of the long-term average speech spectrum. Recorded voices read -7 to 12; low-passed at 2 kHz 13 and "
            "more.",
            source="Byrne et al. 1994, An international comparison of long-term average speech spectra, JASA 96",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, LEAST), sound.start
        if self._why is None and sound.rate < RATE:
            self._why = f"the sound is sampled at {sound.rate} Hz; {RATE} are needed"
        if self._why is None:
            self._bands = band_powers(sound.mono(RATE), FRAME, FRAME, (LOW, HIGH)).T

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        segments = segments_from(scene.evidence.get("speech_activity", []))
        if self._why is None and not segments:
            self._why = "nobody speaks"
        if self._why is None:
            at = self._start + (np.arange(len(self._bands)) + 0.5) * FRAME / RATE
            spoken = np.zeros(len(at), bool)
            for span in segments:
                spoken |= (at >= span.start) & (at < span.end)
            power = self._bands[spoken]
            if len(power) * FRAME / RATE < LEAST or not power.any():
                self._why = f"speech lasts {number(len(power) * FRAME / RATE)} s; {number(LEAST)} s are needed"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        whole = power.sum(axis=1)
        low, high = power[whole >= np.percentile(whole, 95) * 10 ** (-LOUD / 10)].mean(axis=0)
        value = float(decibels(low) - decibels(high)) - USUAL
        words = (
            f"The highs of the voice lie {number(abs(value))} dB {'below' if value > 0 else 'above'} those of speech"
        )
        words += ": it sounds dull, as through a wall or cloth." if value > DULL else ", as voices vary."
        yield self.found("dullness", value, words=words)
