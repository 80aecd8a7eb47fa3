"""Speech activity: when somebody speaks.

The detector of our own asks of every second of sound whether it behaves as speech does: its level rises and falls with
the syllables, much of it is voiced, its pitch glides, and no tone lasts. All four must hold. It was compared with
Silero VAD on real clips (docs/sound.md). What it misses: speech under loud music or in a crowd, whispering; what may
fool it: a single singer or a melody instrument without accompaniment. Silero VAD can be asked for in the settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Scene, register
from evalverse.tools.sound._tonal import lasting_tones
from evalverse.tools.sound._voice import HOP, RATE, VoiceFrames, glides, voice_frames
from evalverse.tools.sound._wave import Series, lacking, runs

WINDOW, STEP = 100, 25
"""Frames of 10 ms: a second holds three to six syllables."""
DIP = (8.0, 20.0)
"""dB from the 10th to the 95th percentile of level within a second: music hardly dips, speech does."""
VOICED = (0.1, 0.3)
GLIDE = (0.1, 0.3)
"""Semitones in 50 ms (median): notes stand, voices move."""
TONES = (0.38, 0.3)
"""Share of the time for which tones last (see ``_tonal``): falls from music to speech."""
LIKE = 0.6
"""Likeness to speech (geometric mean of the four memberships) from which on it is speech."""
BELOW_LOUD, ABOVE_FLOOR = 32.0, 6.0
"""dB below the loud parts of a second and above the clip's floor at which a frame is still speech."""
BRIDGED, SHORTEST = 0.25, 0.15
"""Seconds of pause within a segment, and of the shortest segment."""
ENOUGH = 0.5
MASKED = 0.37
"""Lasting tones from which on music may hide a voice from this detector."""
SURE, UNSURE = 0.9, 0.5


class SpeechSettings(OperatorSettings):
    """Which detector listens."""

    detector: Literal["own", "silero"] = Field("own", description="silero: Silero VAD, needs the extra 'neural'")


def _ramp(value: Any, none: float, full: float) -> Any:
    return np.clip((value - none) / (full - none), 0, 1)


def likeness(frames: VoiceFrames, tones: tuple[Series, Series]) -> Series:
    """(T,) how much the second around each frame behaves as speech, 0..1: geometric mean of four memberships."""
    count = len(frames.level)
    glide = glides(frames)
    places = np.arange(0, max(1, count), STEP)
    scores = np.zeros(len(places))
    for i, place in enumerate(places):
        window = slice(max(0, place - WINDOW // 2), place + WINDOW // 2)
        level = frames.level[window]
        loud, soft = np.percentile(level, (95, 10))
        voiced = frames.voiced[window] & (level > loud - BELOW_LOUD)
        moved = glide[window][voiced]
        moved = moved[np.isfinite(moved)]
        lasting = np.interp(place * HOP, *tones) if len(tones[0]) else 0.0
        memberships = (
            _ramp(loud - soft, *DIP),
            _ramp(voiced.mean(), *VOICED),
            _ramp(np.median(moved), *GLIDE) if len(moved) else 0.0,
            _ramp(lasting, *TONES),
        )
        scores[i] = np.prod(memberships) ** 0.25
    return np.interp(np.arange(count), places, scores)


def speaking(frames: VoiceFrames, speech: Series) -> NDArray[np.bool_]:
    """(T,) whether somebody speaks: loud enough, in a stretch that is like speech; short pauses are bridged."""
    from scipy.ndimage import percentile_filter

    loud = percentile_filter(frames.level, 95, WINDOW)
    floor = np.percentile(frames.level, 5) + ABOVE_FLOOR
    return tidy((speech > LIKE) & (frames.level > np.maximum(loud - BELOW_LOUD, floor)), HOP)


def tidy(flags: NDArray[np.bool_], hop: float) -> NDArray[np.bool_]:
    """The flags with pauses of up to 0.25 s bridged and stretches under 0.15 s dropped."""
    kept = flags.copy()
    for first, end in runs(~flags):
        if first > 0 and end < len(flags) and (end - first) * hop <= BRIDGED:
            kept[first:end] = True
    for first, end in list(runs(kept)):
        if (end - first) * hop < SHORTEST:
            kept[first:end] = False
    return kept


def silero(mono: Samples) -> NDArray[np.bool_]:
    """(T,) whether somebody speaks, every 10 ms, by Silero VAD."""
    import torch
    from silero_vad import load_silero_vad

    model, size = load_silero_vad(), 512
    with torch.no_grad():
        blocks = (np.array(mono[at : at + size]) for at in range(0, len(mono) - size + 1, size))
        sure = np.array([model(torch.from_numpy(block), RATE).item() for block in blocks])
    middles = (np.arange(len(sure)) + 0.5) * size / RATE
    at = np.arange(round(len(mono) / RATE / HOP)) * HOP
    return tidy(np.interp(at, middles, sure) > 0.5, HOP)


def segments_from(evidence: list[Evidence]) -> tuple[Span, ...]:
    """Where somebody speaks, from this operator's evidence; empty when nobody does or it is not known."""
    found = next((e for e in evidence if e.measure == "speech_activity.share" and e.scope is Scope.CLIP), None)
    return tuple(Span(start=a, end=b) for a, b in found.data.get("segments", ())) if found else ()


@register
class SpeechActivity(Operator):
    """Share of speech and its segments."""

    name, version, title = "speech_activity", "1", "Speech activity"
    needs = Needs(sound=True)
    Settings = SpeechSettings
    cost = 0.4
    measures = (
        Measure(
            name="share",
            title="Speech",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the sound in which somebody speaks, pauses up to 0.25 s included. The curve is 1 "
            "where somebody speaks. A low share in music is uncertain: voices under music are missed.",
            source="own detector, or Silero VAD if the settings ask for it",
        ),
        Measure(
            name="segments",
            title="Stretches of speech",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Number of stretches of speech with pauses of more than 0.25 s between them.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._start, self._seconds = sound.start, sound.seconds
        self._why = lacking(sound, ENOUGH)
        if self._why is not None:
            return
        mono = sound.mono(RATE)
        if self.settings.detector == "silero":
            try:
                self._speaks, self._sure = silero(mono), 0.97
            except ImportError:
                self._why = "Silero VAD is not installed: pip install 'evalverse-agent[neural]'"
            return
        tones = lasting_tones(mono)
        frames = voice_frames(mono)
        self._speaks = speaking(frames, likeness(frames, tones))
        masked = float(np.mean(tones[1] > MASKED)) if len(tones[1]) else 0.0
        self._sure = SURE - (SURE - UNSURE) * masked

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        at = self._start + HOP * np.arange(len(self._speaks))
        ends = self._start + self._seconds
        segments = [
            [round(self._start + HOP * a, 3), round(min(self._start + HOP * b, ends), 3)] for a, b in runs(self._speaks)
        ]
        share = float(self._speaks.mean())
        words = "Nobody is heard speaking."
        if segments:
            words = f"Somebody speaks for {number(100 * share)} % of the time, in {len(segments)} stretches."
        sure = round(self._sure, 3)
        yield self.found(
            "share",
            share,
            words=words,
            confidence=sure,
            curve=self.curve("share", at, self._speaks.astype(float)),
            segments=segments,
            count=len(segments),
            detector=self.settings.detector,
        )
        yield self.found("segments", len(segments), words=words, confidence=sure, percent=round(100 * share, 3))
