"""Prosody: how a voice moves in pitch, force and pace, where speech activity has found somebody speaking.

It measures movement, not meaning: whether the movement suits the words or the feeling is for others to judge. Several
voices in turn count as one; their change reads as movement between phrases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._voice import HOP, RATE, VoiceFrames, semitones, voice_frames
from evalverse.tools.sound._wave import Series, lacking
from evalverse.tools.sound.speech_activity import segments_from

ENOUGH, PLENTY = 1.5, 5.0
"""Seconds of speech below which nothing is said of it, and from which on the reading is as sure as the segments."""
PHRASE = 0.6
"""Seconds from which on a stretch of speech is a phrase."""
LOUD = 25.0
"""dB below the loud parts under which pitch is not trusted."""
FARTHEST = 12.0
"""Semitones from the middle beyond which a pitch is taken for an octave error."""
SYLLABLE, APART = 2.0, 0.08
"""dB by which a syllable rises above its surroundings, and seconds between two (de Jong and Wempe 2009)."""

Flags = NDArray[np.bool_]


def spoken(count: int, segments: Sequence[Span], start: float) -> Flags:
    """(T,) whether each frame lies in one of the segments."""
    t = start + HOP * np.arange(count)
    inside = np.zeros(count, bool)
    for span in segments:
        inside |= (t >= span.start) & (t < span.end)
    return inside


def melody(frames: VoiceFrames, speech: Flags) -> Series:
    """(T,) pitch in semitones above 1 Hz, smoothed over 50 ms; NaN where nobody speaks with voice."""
    from scipy.ndimage import median_filter

    voiced = speech & frames.voiced
    if not voiced.any():
        return np.full(len(speech), np.nan)
    voiced &= frames.level > np.percentile(frames.level[speech], 95) - LOUD
    pitch = semitones(frames.pitch)
    places = np.flatnonzero(voiced)
    if len(places) == 0:
        return np.full(len(speech), np.nan)
    pitch = median_filter(np.interp(np.arange(len(pitch)), places, pitch[places]), 5)
    voiced &= np.abs(pitch - np.median(pitch[places])) < FARTHEST
    return np.where(voiced, pitch, np.nan)


def syllables(frames: VoiceFrames, speech: Flags) -> NDArray[np.intp]:
    """(K,) frames of the syllable nuclei: voiced maxima of level that rise 2 dB above their surroundings."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d
    from scipy.signal import find_peaks

    level = np.maximum(frames.level, np.percentile(frames.level, 95) - 45)
    found, _ = find_peaks(uniform_filter1d(level, 7), prominence=SYLLABLE, distance=round(APART / HOP))
    near_voice = maximum_filter1d((speech & frames.voiced).astype(int), 7) > 0
    return np.asarray(found[speech[found] & near_voice[found]])


def _spread(values: Series) -> float:
    return float(np.subtract(*np.percentile(values, (90, 10))))


@register
class Prosody(Operator):
    """Pitch, its range, force, pace and pauses."""

    name, version, title = "prosody", "1", "Prosody"
    needs = Needs(sound=True, after=("speech_activity",))
    cost = 0.5
    measures = (
        Measure(
            name="pitch",
            title="Pitch of the voice",
            unit="Hz",
            low=65,
            high=400,
            direction=Direction.NEUTRAL,
            definition="Median fundamental frequency of voiced speech (autocorrelation); the curve is its course.",
            source="Boersma 1993, Accurate short-term analysis of the fundamental frequency",
        ),
        Measure(
            name="pitch_range",
            title="Melody of the voice",
            unit="semitones",
            low=0,
            direction=Direction.HIGHER,
            definition="From the 10th to the 90th percentile of pitch. Monotone delivery stays under 3; natural "
            "speech spans 4 to 12.",
        ),
        Measure(
            name="pitch_change",
            title="Change of pitch between phrases",
            unit="semitones",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Standard deviation of the median pitch of phrases (stretches of 0.6 s or more).",
        ),
        Measure(
            name="force_range",
            title="Dynamics of the voice",
            unit="dB",
            low=0,
            direction=Direction.NEUTRAL,
            definition="From the 10th to the 90th percentile of the level of syllables (250 to 4000 Hz).",
        ),
        Measure(
            name="rate",
            title="Pace of speech",
            unit="syllables/s",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Syllable nuclei per second of speech, pauses under 0.25 s included. People speak at 3 to 6.",
            source="de Jong and Wempe 2009, Praat script to detect syllable nuclei",
        ),
        Measure(
            name="pauses",
            title="Pauses between words",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of pauses over 0.25 s in the time from the first to the last word.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, ENOUGH), sound.start
        if self._why is None:
            self._frames = voice_frames(sound.mono(RATE))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        told = scene.evidence.get("speech_activity", [])
        segments = segments_from(told)
        seconds = sum(s.seconds for s in segments)
        if self._why is None and seconds < ENOUGH:
            self._why = f"less than {number(ENOUGH)} s of speech were found"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        frames = self._frames
        speech = spoken(len(frames.level), segments, self._start)
        sure = round(min([1.0, *(e.confidence for e in told)]) * min(1.0, seconds / PLENTY), 3)
        yield from self._melody(melody(frames, speech), segments, sure)
        nuclei = syllables(frames, speech)
        if len(nuclei) < 4:
            yield self.could_not("force_range", "too few syllables were found")
        else:
            force = _spread(frames.level[nuclei])
            words = f"The syllables span {number(force)} dB of loudness."
            yield self.found("force_range", force, words=words, confidence=sure)
        rate = len(nuclei) / seconds
        words = f"The voice speaks {number(rate)} syllables a second."
        yield self.found("rate", rate, words=words, confidence=sure)
        gaps = [b.start - a.end for a, b in pairwise(segments)]
        share = sum(gaps) / (segments[-1].end - segments[0].start)
        yield self.found(
            "pauses",
            share,
            words=f"Pauses take {number(100 * share)} % of the time from the first to the last word.",
            confidence=sure,
            count=len(gaps),
            longest=round(max(gaps, default=0.0), 3),
        )

    def _melody(self, course: Series, segments: Sequence[Span], sure: float) -> Iterator[Evidence]:
        sung = np.isfinite(course)
        if sung.sum() * HOP < ENOUGH / 3:
            for name in ("pitch", "pitch_range", "pitch_change"):
                yield self.could_not(name, "too little of the speech is voiced")
            return
        t = self._start + HOP * np.arange(len(course))
        middle = float(2 ** (np.median(course[sung]) / 12))
        hz = 2 ** (course[sung] / 12)
        words = f"The voice lies at {number(middle)} Hz."
        yield self.found("pitch", middle, words=words, confidence=sure, curve=self.curve("pitch", t[sung], hz))
        span = _spread(course[sung])
        words = f"The melody of the voice spans {number(span)} semitones."
        yield self.found("pitch_range", span, words=words, confidence=sure)
        inside = [course[sung & (t >= s.start) & (t < s.end)] for s in segments if s.seconds >= PHRASE]
        medians = [float(np.median(own)) for own in inside if len(own) * HOP >= PHRASE / 3]
        if len(medians) < 2:
            yield self.could_not("pitch_change", "there is only one phrase")
            return
        change = float(np.std(medians))
        words = f"From phrase to phrase the pitch changes by {number(change)} semitones."
        yield self.found("pitch_change", change, words=words, confidence=sure, phrases=len(medians))
