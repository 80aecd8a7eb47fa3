"""Mix: how far voices stand above what sounds around them, and whether that makes room for them.

What sounds around a voice is measured in its pauses. What it does not know: what lies hidden under the words
themselves, and voices that speech activity misses because the music is too loud.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, centres, decibels, lacking, powers
from evalverse.tools.sound._weighting import KWeighting
from evalverse.tools.sound.speech_activity import segments_from

HOP = 0.05
RING, LONGEST = 0.1, 1.5
"""Seconds at either end of a pause in which the voice may still ring, and of pauses in which the mix still waits."""
AWAY = 0.5
"""Seconds from the nearest word at which the bed is left to itself."""
LEAST_PAUSE, LEAST_AWAY = 0.3, 1.0
"""Seconds that must be measured in all."""
NOTHING = -70.0
"""dB (K-weighted) under which there is no bed to speak of."""
USUAL = 6.0
"""LU that natural speech jumps from line to line."""
MOMENTS = 3


def mean_level(power: Series) -> float:
    """dB of the mean of (M,) powers."""
    return float(decibels(power.mean()))


@register
class Mix(Operator):
    """Voice above its bed, and ducking."""

    name, version, title = "mix", "1", "Mix"
    needs = Needs(sound=True, after=("speech_activity",))
    cost = 0.1
    measures = (
        Measure(
            name="voice_over_bed",
            title="Voice above the bed",
            unit="LU",
            direction=Direction.HIGHER,
            definition="K-weighted level while somebody speaks, above the median level in the pauses between words "
            "(0.1 s after a word until 0.1 s before the next, pauses up to 1.5 s).",
            source="K weighting: ITU-R BS.1770-4",
        ),
        Measure(
            name="ducking",
            title="Bed under the words against the bed alone",
            unit="LU",
            direction=Direction.NEUTRAL,
            definition="Level of the bed 0.5 s and more from any word, above its level in the pauses between words: "
            "positive where music and ambience step back for the voice.",
        ),
        Measure(
            name="line_jump",
            title="Level from line to line",
            unit="LU",
            low=0,
            direction=Direction.LOWER,
            definition="Greatest difference of level between stretches of speech (0.5 s or more) that follow each "
            "other.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 1.0), sound.start
        if self._why is None:
            each = powers(sound.samples, sound.rate, HOP, KWeighting(sound.rate, sound.samples.shape[1]))
            self._power = each.sum(axis=1)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        told = scene.evidence.get("speech_activity", [])
        segments = segments_from(told)
        if self._why is None and not segments:
            self._why = "nobody is heard speaking"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        t = centres(len(self._power), HOP, HOP, self._start)
        sure = min([1.0, *(e.confidence for e in told)])
        distance = np.full(len(t), np.inf)
        for span in segments:
            distance = np.minimum(distance, np.maximum(np.maximum(span.start - t, t - span.end), 0))
        pauses = np.zeros(len(t), bool)
        for before, after in pairwise(segments):
            if after.start - before.end <= LONGEST:
                pauses |= (t > before.end + RING) & (t < after.start - RING)
        yield from self._levels(self._power[distance == 0], self._power[pauses], self._power[distance > AWAY], sure)
        yield from self._lines(t, segments, sure)

    def _levels(self, voice: Series, pauses: Series, alone: Series, sure: float) -> Iterator[Evidence]:
        if len(pauses) * HOP < LEAST_PAUSE or len(voice) == 0:
            for name in ("voice_over_bed", "ducking"):
                yield self.could_not(name, "there are too few pauses between words")
            return
        bed = float(decibels(np.median(pauses)))
        over = mean_level(voice) - bed
        words = f"The voice stands {number(abs(over))} LU {'above' if over > 0 else 'below'} what sounds in its pauses."
        yield self.found("voice_over_bed", over, words=words, confidence=round(0.9 * sure, 3), bed=round(bed, 2))
        rest = float(decibels(np.median(alone))) if len(alone) * HOP >= LEAST_AWAY else NOTHING
        if max(rest, bed) <= NOTHING or len(alone) * HOP < LEAST_AWAY:
            why = "the voice hardly ever rests" if len(alone) * HOP < LEAST_AWAY else "there is no bed to duck"
            yield self.could_not("ducking", why)
            return
        by = max(rest, NOTHING) - max(bed, NOTHING)
        words = (
            f"Away from the words the bed is {number(abs(by))} LU {'louder' if by > 0 else 'softer'} than among them."
        )
        yield self.found("ducking", by, words=words, confidence=round(0.7 * sure, 3))

    def _lines(self, t: Series, segments: Sequence[Span], sure: float) -> Iterator[Evidence]:
        inside = [(s, self._power[(t >= s.start) & (t < s.end)]) for s in segments if s.seconds >= AWAY]
        levels = [(s, mean_level(power)) for s, power in inside if len(power)]
        if len(levels) < 2:
            yield self.could_not("line_jump", "there is only one stretch of speech")
            return
        steps = sorted(((abs(b - a), s, b > a) for (_, a), (s, b) in pairwise(levels)), key=lambda step: -step[0])
        words = f"From one line to the next the level jumps by up to {number(steps[0][0])} LU."
        yield self.found("line_jump", steps[0][0], words=words, confidence=round(0.8 * sure, 3))
        for by, span, louder in [step for step in steps if step[0] > USUAL][:MOMENTS]:
            words = f"This line is {number(by)} LU {'louder' if louder else 'softer'} than the one before."
            yield self.found("line_jump", by, span=span, words=words)
