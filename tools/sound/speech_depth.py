"""Depth of speech: how far its level ranges between loud and soft in every octave that carries words.

Speech as the ear hears it ranges over some 30 dB in each band; articulation theory takes the share of that range which
stands above whatever else sounds for the share that is understood. Noise, music and hum fill the valleys, with or
without pauses in which they could be measured alone. What it does not know: the words, and accents of the speaker.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._bands import RATE, band_powers
from evalverse.tools.sound._wave import Series, decibels, lacking
from evalverse.tools.sound.speech_activity import segments_from

HOP = 320
EDGES = (355.0, 710.0, 1420.0, 2840.0, 5680.0)
"""Hz between the octaves at 500, 1000, 2000 and 4000 Hz."""
NEAR = 0.5
"""Seconds beside speech that count too: its pauses."""
LOUD, SOFT = 90, 10
"""Percentiles between which the range is taken."""
LEAST = 1.0
"""Seconds of speech that are needed."""


def octaves(mono: Samples) -> Series:
    """(B, T) dBFS of (N,) samples at 16 kHz in the octaves, every 20 ms in windows of 40 ms."""
    return decibels(band_powers(mono, 2 * HOP, HOP, tuple(pairwise(EDGES))))


@register
class SpeechDepth(Operator):
    """Range of level of speech in its shallowest octave."""

    name, version, title = "speech_depth", "1", "Depth of speech"
    needs = Needs(sound=True, after=("speech_activity",))
    cost = 0.2
    measures = (
        Measure(
            name="range",
            title="Depth of speech",
            unit="dB",
            low=0,
            direction=Direction.HIGHER,
            definition="From the 10th to the 90th percentile of level in and up to 0.5 s beside speech, in the octave "
            "(500 to 4000 Hz, as far as the sampling rate reaches) where they lie closest. Clean voices read 20 to 47; "
            "noise or music as loud as the voice 2 to 20.",
            source="after French and Steinberg 1947, JASA 19; ANSI S3.5 (a range of 30 dB in each band)",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, LEAST), sound.start
        reached = sum(high <= 0.5 * sound.rate for high in EDGES[1:])
        if self._why is None and not reached:
            self._why = f"the sound is sampled at {sound.rate} Hz"
        if self._why is None:
            self._octaves = octaves(sound.mono(RATE))[:reached]

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        segments = segments_from(scene.evidence.get("speech_activity", []))
        if self._why is None and not segments:
            self._why = "nobody speaks"
        seconds = sum(span.seconds for span in segments)
        if self._why is None and seconds < LEAST:
            self._why = f"speech lasts {number(seconds)} s; {number(LEAST)} s are needed"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        at = self._start + (np.arange(self._octaves.shape[1]) + 1) * HOP / RATE
        near = np.zeros(len(at), bool)
        for span in segments:
            near |= (at >= span.start - NEAR) & (at < span.end + NEAR)
        soft, loud = np.percentile(self._octaves[:, near], (SOFT, LOUD), axis=1)
        shallow = int(np.argmin(loud - soft))
        depth = float(loud[shallow] - soft[shallow])
        middle = round(float(np.sqrt(EDGES[shallow] * EDGES[shallow + 1])) / 500) * 500
        words = f"About {middle} Hz the level of speech ranges over {number(depth)} dB only; elsewhere over more."
        words = words if depth < 20 else f"In every octave the level of speech ranges over {number(depth)} dB and more."
        yield self.found("range", depth, words=words, octave=middle)
