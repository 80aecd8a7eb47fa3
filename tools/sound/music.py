"""Music: whether there is any, and when.

Music is where tones last (see ``_tonal``). What it misses: music of drums alone, and soft music under a loud voice.
What may fool it: a motor, an alarm, speech with hum in a hall.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, Span, number
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._tonal import HOP_SAMPLES as TONAL_HOP
from evalverse.tools.sound._tonal import LENGTH, RATE, STEP, lasting_tones
from evalverse.tools.sound._wave import Series, lacking, runs

NONE, CERTAIN = 0.32, 0.42
"""Lasting tones (0..1) of running speech at most, rooms included, and of film music at least; halfway it is music."""
BRIDGED, SHORTEST = 2.0, 1.5
"""Seconds of rest within a piece, and of the shortest piece."""
SURE, UNSURE = 0.85, 0.5


def membership(tones: Series) -> Series:
    """(K,) how surely music plays, 0..1."""
    return np.clip((tones - NONE) / (CERTAIN - NONE), 0, 1)


def pieces(sure: Series, hop: float) -> list[tuple[int, int]]:
    """(first, end) of the stretches of music in (K,) memberships ``hop`` seconds apart."""
    plays = sure > 0.5
    for first, end in list(runs(~plays)):
        if first > 0 and end < len(plays) and (end - first) * hop <= BRIDGED:
            plays[first:end] = True
    return [(a, b) for a, b in runs(plays) if (b - a) * hop >= SHORTEST or b - a == len(plays)]


def music_from(evidence: list[Evidence]) -> tuple[Span, ...]:
    """Where music plays, from this operator's evidence."""
    found = next((e for e in evidence if e.measure == "music.share" and e.scope is Scope.CLIP), None)
    return tuple(Span(start=a, end=b) for a, b in found.data.get("segments", ())) if found else ()


@register
class Music(Operator):
    """Share of music and its stretches."""

    name, version, title = "music", "1", "Music"
    needs = Needs(sound=True)
    cost = 0.1
    measures = (
        Measure(
            name="share",
            title="Music",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the sound in which tones last as music's do: the five most lasting tones of 2.3 s, "
            "continuous frequency activation above 0.37. The curve runs from 0 (surely none) to 1 (surely music).",
            source="Seyerlehner et al. 2007, Automatic music detection in television productions",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, LENGTH)
        if self._why is None:
            self._start, self._seconds = sound.start, sound.seconds
            self._t, self._tones = lasting_tones(sound.mono(RATE))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        sure, hop = membership(self._tones), STEP * TONAL_HOP / RATE
        segments = []
        for first, end in pieces(sure, hop):
            starts = self._t[first] - hop / 2 if first else 0.0
            ends = self._t[end - 1] + hop / 2 if end < len(sure) else self._seconds
            segments.append([round(self._start + float(starts), 2), round(self._start + float(ends), 2)])
        share = min(1.0, sum(b - a for a, b in segments) / self._seconds)
        certainty = float(np.mean(np.abs(2 * sure - 1)))
        words = f"Music plays for {number(100 * share)} % of the time." if segments else "No music is heard."
        yield self.found(
            "share",
            share,
            words=words,
            confidence=round(UNSURE + (SURE - UNSURE) * certainty, 3),
            curve=self.curve("share", self._start + self._t, sure),
            segments=segments,
        )
