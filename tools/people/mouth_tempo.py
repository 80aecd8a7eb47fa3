"""Mouth tempo: whether the action runs at the speed of its sound, read from the lips of those who speak.

Slow motion under sound that goes on at its own pace, and its opposite, are what this tells. It does not know action
that was slowed down together with its sound, nor faces that say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.lipsync.heads import voice_of
from evalverse.tools.lipsync.model import shipped
from evalverse.tools.lipsync.plots import fit_against_speed
from evalverse.tools.lipsync.reading import THEIRS
from evalverse.tools.lipsync.tempo import SPEEDS, Tempo, pieces, tempo
from evalverse.tools.operator import Scene, Shot, register
from evalverse.tools.people._talking import OnTalk
from evalverse.tools.shots.shot_cutter import shots_from

SURE = 0.9
"""Posterior of the best speed, and its neighbours within 6 %, from which on it is told."""
GAIN = 2.0
"""Score per second of speech from which on lips and voice count as one: strangers reach it in one piece of twenty."""
NOTICED = 10.0
"""Percent from which on a moment is pointed at."""


@register
class MouthTempo(OnTalk):
    """The speed of the picture against the sound."""

    name, version, title = "mouth_tempo", "1", "Tempo of the mouth"
    cost = 1.5
    measures = (
        Measure(
            name="gap",
            title="Action against the tempo of its voice",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="By how many percent the lips of a speaker run faster or slower than the voice (the greater "
            "rate over the lesser, less one): the speed at which a trained audio-to-lip model finds the best fit, at "
            "any offset of up to a second. Of pieces of up to 12 s, the median of those that tell it surely; the clip "
            "takes its worst shot.",
            source="The model of lip_sync; a search over 57 speeds from 0.43 to 2.3, ours",
        ),
        Measure(
            name="speed",
            title="Speed of the action against its voice",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="The same as a rate: 1 in step, 0.7 for slow motion that loses 30 % of the speed, above 1 for "
            "action that was sped up.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        talk = self.talk(scene)
        if isinstance(talk, str) or not talk[1]:
            yield from self.could_not_at_all(talk if isinstance(talk, str) else "nobody speaks in the clip")
            return
        found, speech = talk
        model = shipped()
        heard = voice_of(self._voice, self._first, speech, model)
        tried = [read for piece in pieces(found) if (read := tempo(piece, heard, model)) is not None]
        sure = [read for read in tried if _sure(read)]
        if not sure:
            reason = "no speed makes lips and voice fit surely better than others" if tried else "too little is spoken"
            yield from self.could_not_at_all(reason)
            return
        shots = {shot.index: shot for shot in shots_from(scene.evidence["shot_cutter"])}
        yield from self._told(sure, shots)

    def _told(self, sure: Sequence[Tempo], shots: dict[int, Shot]) -> Iterator[Evidence]:
        speeds = {i: float(np.median([r.speed for r in sure if r.shot == i])) for i in {r.shot for r in sure}}
        worst = max(sorted(speeds), key=lambda i: _gap(speeds[i]))
        read = max((r for r in sure if r.shot == worst), key=lambda r: r.certainty)
        plot = self.ledger.put_picture(
            fit_against_speed(read.scores, 100 * SPEEDS, 100 * read.speed), "Fit of lips and voice by speed"
        )
        speed = speeds[worst]
        sentence = _words(speed)
        yield self.found("gap", _gap(speed), words=sentence, confidence=read.certainty, picture=plot)
        yield self.found("speed", speed, words=sentence, confidence=read.certainty)
        if len(shots) > 1:
            for index in sorted(set(speeds) & set(shots)):
                yield self.found("gap", _gap(speeds[index]), shot=shots[index], words=_words(speeds[index]))
        if _gap(read.speed) >= NOTICED:
            span = Span(start=read.start, end=read.end)
            yield self.found("gap", _gap(read.speed), span=span, shot=shots.get(worst), words=_words(read.speed))


def _sure(read: Tempo) -> bool:
    return read.certainty >= SURE and read.theirs >= THEIRS and read.gain >= GAIN


def _gap(speed: float) -> float:
    return 100 * (max(speed, 1 / speed) - 1)


def _words(speed: float) -> str:
    if _gap(speed) < NOTICED / 4:
        return "The lips run at the speed of their voice."
    return f"The lips run at {number(speed)} of the speed of their voice."
