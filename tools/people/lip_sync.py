"""Lip-sync: by how much the voice comes before or after the lips, whether it is theirs at all, and who is speaking.

The offset is where a small audio-to-lip model (:mod:`evalverse.tools.lipsync`) finds mouth and voice to fit best. What
it does not know: the words. A fluent speaker who says something else in the same rhythm may pass for in sync.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence

import numpy as np
from pydantic import Field

from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.lipsync.features import RATE
from evalverse.tools.lipsync.heads import Fit, Head, fits, speakers, voice_of
from evalverse.tools.lipsync.model import LipModel, named
from evalverse.tools.lipsync.mouthing import Share, at_rest, mouthing, unseen
from evalverse.tools.lipsync.plots import fit_against_lag, mouth_over_voice
from evalverse.tools.lipsync.reading import (
    ANOTHERS,
    THEIRS,
    Drift,
    Sync,
    apart,
    belongs,
    by_phrase,
    drifting,
    sync,
    windows,
)
from evalverse.tools.operator import OperatorSettings, Scene, Shot, register
from evalverse.tools.people._lip_words import BORNE, BROADCAST, NOTICED, said, side, speaking, weighed
from evalverse.tools.people._talking import OnTalk
from evalverse.tools.shots.shot_cutter import shots_from

ENOUGH = 2.5
"""Seconds of speech with a readable mouth below which nothing is said about sync."""
MOVING = 0.25
"""Share of the speech for which the mouth must move, or the voice may be another's, off screen."""
PAUSED = 1.0
"""Seconds without speech but with a readable mouth below which nothing is said about mouthing."""
ACCURACY = 20.0
"""Milliseconds by which a short window may err; moments are pointed at beyond that."""
MOMENTS = 3
FAULT = 0.5
"""Seconds from which on mouthing or a frozen mouth is pointed at."""
AT_MOMENT = {
    "silent_mouthing": "Lips move as in speech, and none is heard.",
    "still_mouth_speech": "Speech is heard, and the mouth of its speaker rests.",
}


VARIABLE = "EVALVERSE_LIP_SYNC"


class Settings(OperatorSettings):
    """How far offsets are searched, in milliseconds to either side; a file of other weights than the package's."""

    reach: int = 1000
    weights: str = Field(default_factory=lambda: os.environ.get(VARIABLE, ""))


@register
class LipSync(OnTalk):
    """Offset, drift, fit and who speaks."""

    name, version, title = "lip_sync", "6", "Lip-sync"
    Settings = Settings
    cost = 1.0
    measures = (
        Measure(
            name="offset_ms",
            title="Voice against lips",
            unit="ms",
            direction=Direction.NEUTRAL,
            definition="Delay of the voice behind the lips (negative: it comes before them) at which a trained "
            "audio-to-lip model finds the best fit, between its steps by a parabola; all speaking faces pooled.",
            source="ITU-R BT.1359-1 (noticed beyond -45..125 ms, not accepted beyond -90..185 ms), EBU R37 (-40..60)",
        ),
        Measure(
            name="correlation",
            title="Fit of lips and voice",
            unit="",
            low=-1,
            high=1,
            direction=Direction.HIGHER,
            definition="Cosine between embedded lips and embedded voice at the best offset, over all speech.",
        ),
        Measure(
            name="prominence",
            title="Prominence of the offset",
            unit="deviations",
            direction=Direction.HIGHER,
            definition="Height of the best offset's fit over the mean of the others (further than 160 ms away), in "
            "their standard deviations.",
        ),
        Measure(
            name="p_value",
            title="Chance of such a fit",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Chance that a voice without relation fits as well at any offset searched: normal distribution "
            "fitted to circular shifts of the voice, Sidak-corrected for the offsets.",
        ),
        Measure(
            name="drift_ms_per_s",
            title="Drift of the offset",
            unit="ms/s",
            direction=Direction.NEUTRAL,
            definition="Slope of the straight line of offset over time that collects the best fit; 0 where a constant "
            "offset is less than 150 times less likely.",
        ),
        Measure(
            name="mismatch",
            title="Foreign voice",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Probability that no offset, constant or drifting, explains lips and voice; logistic in the "
            "agreement at the best one and in the seconds of speech, fitted to own and foreign voices of held-out "
            "speakers.",
        ),
        Measure(
            name="silent_mouthing",
            title="Mouth moves in silence",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Share of the time with a readable mouth and without speech (0.35 s off) in which lips open "
            "and close as in speech (0.12 eye distances per second or faster, RMS over 0.5 s).",
        ),
        Measure(
            name="still_mouth_speech",
            title="Speech with a still mouth",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Share of the speech for which, in shots where a face is found to speak, no readable mouth "
            "moves for 0.6 s or longer.",
        ),
        Measure(
            name="off_screen",
            title="Speech from off screen",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the speech during which no mouth on screen is seen to move.",
        ),
        Measure(
            name="speakers",
            title="Faces that speak",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Number of face tracks whose lips fit the voice better than chance (p < 0.05 each).",
        ),
    )
    IN_SYNC = ("offset_ms", "correlation", "prominence", "p_value", "drift_ms_per_s", "mismatch", "speakers")

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        talk = self.talk(scene)
        if isinstance(talk, str):
            yield from self.could_not_at_all(talk)
            return
        found, speech = talk
        shots = {shot.index: shot for shot in shots_from(scene.evidence["shot_cutter"])}
        together = yield from self._in_sync(found, speech, shots)
        yield from self._mouths(found, speech, together)

    # is the voice theirs, and when does it come

    def _in_sync(
        self, found: Sequence[Head], speech: Sequence[Span], shots: Mapping[int, Shot]
    ) -> Generator[Evidence, None, Sync | None]:
        """Yields the readings of ``IN_SYNC``; returns what lips and voice say together if it is more than chance."""
        model, reach = named(self.settings.weights), round(self.settings.reach * RATE / 1000)
        heard = voice_of(self._voice, self._first, speech, model)
        tried = fits(found, heard, model, reach)
        seconds = sum(fit.seconds for fit in tried)
        reason = self._too_little(found, speech, seconds)
        if reason is None:
            whole = sync(speakers(tried), model.about["temperature"])
            reason = "there is too little speech to tell a fit from chance" if whole.p_value is None else None
        if reason is not None:
            yield from (self.could_not(name, reason) for name in self.IN_SYNC)
            return None
        moved = drifting(whole.fits, model.about["temperature"])
        foreign = 1 - belongs(whole.along(moved), model.about)
        yield from self._fit(whole, foreign)
        yield from self._who(whole, tried, shots)
        if not whole.together or foreign > 1 - THEIRS:
            if not whole.together:
                reason = "no offset makes lips and voice fit better than chance"
            elif foreign > ANOTHERS:
                reason = "no offset explains lips and voice: it is probably not this mouth that speaks"
            else:
                reason = "it is not sure enough that it is this mouth that speaks"
            yield from (self.could_not(name, reason) for name in ("offset_ms", "drift_ms_per_s"))
            return whole if whole.together else None
        yield from self._offset(whole, speech, model, shots)
        yield from self._drift(moved)
        return whole

    def _too_little(self, found: Sequence[Head], speech: Sequence[Span], seconds: float) -> str | None:
        if not speech:
            return "nobody speaks in the clip"
        if seconds < ENOUGH:
            return f"speech with a readable mouth lasts {number(seconds)} s; {number(ENOUGH)} s are needed"
        away = unseen(found, speech)
        if away.share > 1 - MOVING:
            return "the mouths on screen rest while speech is heard: a voice from off screen, or frozen mouths"
        return None

    def _fit(self, whole: Sync, foreign: float) -> Iterator[Evidence]:
        assert whole.p_value is not None
        p_value = max(whole.p_value, 1e-6)
        yield self.found(
            "correlation", whole.agreement, words=f"Lips and voice agree to {number(whole.agreement)} (1 is perfect)."
        )
        plot = self.ledger.put_picture(fit_against_lag(whole.curve, whole.offset_ms), "Fit of lips and voice by offset")
        yield self.found(
            "prominence",
            whole.prominence,
            words=f"The best offset stands {number(whole.prominence)} deviations above the others.",
            picture=plot,
        )
        words = (
            "By chance alone lips and voice would hardly fit as well."
            if whole.together
            else ("Unrelated lips and voice often fit as well.")
        )
        yield self.found("p_value", p_value, words=words, seconds=round(whole.seconds, 2))
        words = "The voice fits these lips."
        if foreign > ANOTHERS:
            words = "No offset explains lips and voice: it is probably not this mouth that speaks."
        elif foreign > 1 - THEIRS:
            words = "The voice may be of these lips, but that is not sure."
        yield self.found("mismatch", foreign, words=words, confidence=abs(2 * foreign - 1))

    def _who(self, whole: Sync, tried: Sequence[Fit], shots: Mapping[int, Shot]) -> Iterator[Evidence]:
        chosen = whole.fits if whole.together else ()
        count = len({(fit.shot, fit.track) for fit in chosen})
        words = f"{count} face{'' if count == 1 else 's'} found to speak." if count else "No face is found to speak."
        yield self.found("speakers", count, words=words)
        for index in sorted({fit.shot for fit in tried} & set(shots)):
            here = [fit for fit in tried if fit.shot == index]
            if len(here) > 1:
                theirs = [fit for fit in chosen if fit.shot == index]
                yield self.found("speakers", len(theirs), shot=shots[index], words=speaking(here, theirs))

    def _offset(
        self, whole: Sync, speech: Sequence[Span], model: LipModel, shots: Mapping[int, Shot]
    ) -> Iterator[Evidence]:
        reason = whole.doubt(model.about["sure"])
        if reason is not None:
            yield self.could_not("offset_ms", reason)
            return
        over_time = windows(whole.fits, model.about)
        curve = None
        if over_time:
            times, offsets = [(w.start + w.end) / 2 for w in over_time], [w.offset_ms for w in over_time]
            order = np.argsort(times)
            curve = self.curve("offset_ms", np.array(times)[order], np.array(offsets)[order])
        yield self.found(
            "offset_ms",
            round(whole.offset_ms, 1),
            words=f"{said(whole.offset_ms)} {weighed(whole.offset_ms)}",
            confidence=whole.certainty * (1 - (whole.p_value or 0.0)),
            curve=curve,
            picture=self._mouth_over_voice(whole),
            noticed=NOTICED,
            borne=BORNE,
            broadcast=BROADCAST,
            phrases=[
                {
                    "start": round(phrase.start, 2),
                    "end": round(phrase.end, 2),
                    "shot": phrase.shot,
                    "offset_ms": round(phrase.offset_ms, 1),
                    "certainty": round(phrase.certainty, 3),
                }
                for phrase in by_phrase(whole.fits, speech, model.about["temperature"])
            ],
        )
        if len(shots) > 1:
            for fit in whole.fits:
                alone = sync([fit], model.about["temperature"])
                if alone.together and fit.shot in shots and alone.doubt(model.about["sure"]) is None:
                    who = side(fit, whole.fits)
                    yield self.found(
                        "offset_ms",
                        round(alone.offset_ms, 1),
                        shot=shots[fit.shot],
                        words=f"{said(alone.offset_ms)}{f' ({who})' if who else ''}",
                        confidence=alone.certainty,
                        p_value=alone.p_value,
                    )
        beyond = [w for w in over_time if not NOTICED[0] - ACCURACY <= w.offset_ms <= NOTICED[1] + ACCURACY]
        for window in apart(sorted(beyond, key=lambda w: -abs(w.offset_ms)))[:MOMENTS]:
            yield self.found(
                "offset_ms",
                round(window.offset_ms, 1),
                span=Span(start=window.start, end=window.end),
                shot=shots.get(window.shot),
                words=f"{said(window.offset_ms)} {weighed(window.offset_ms)}",
                confidence=window.certainty,
            )

    def _drift(self, moved: Drift | None) -> Iterator[Evidence]:
        if moved is None:
            yield self.could_not("drift_ms_per_s", "the speech is too short to follow a drift")
        elif not moved.shows:
            yield self.found("drift_ms_per_s", 0.0, words="The offset stays the same.", seconds=round(moved.seconds, 2))
        else:
            words = f"The voice {'falls behind' if moved.ms_per_s > 0 else 'runs ahead of'} the lips, by "
            words += f"{number(abs(moved.ms_per_s))} ms in every second."
            yield self.found(
                "drift_ms_per_s",
                round(moved.ms_per_s, 1),
                words=words,
                amount=round(abs(moved.ms_per_s), 1),
                seconds=round(moved.seconds, 2),
            )

    def _mouth_over_voice(self, whole: Sync) -> Blob:
        head = max((part.head for fit in whole.fits for part in fit.parts), key=lambda h: len(h.lips))
        level = self._voice.mean(axis=1)
        at = np.clip(head.steps - self._first, 0, len(level) - 1)
        picture = mouth_over_voice(head.steps / RATE, head.opening, level[at].astype(float))
        return self.ledger.put_picture(picture, "Mouth opening and level of the sound over time")

    # does the mouth move when there is a voice, and only then

    def _mouths(self, found: Sequence[Head], speech: Sequence[Span], together: Sync | None) -> Iterator[Evidence]:
        silent = mouthing(found, speech, self._first, self._first + len(self._voice))
        if silent.of < PAUSED:
            yield self.could_not("silent_mouthing", f"a readable mouth and no speech for {number(silent.of)} s only")
        else:
            words = "Lips move as in speech while nobody is heard, for {} of that time."
            yield from self._share("silent_mouthing", silent, words if silent.share else "Lips rest in silence.")
        if not speech:
            for name in ("still_mouth_speech", "off_screen"):
                yield self.could_not(name, "nobody speaks in the clip")
            return
        away = unseen(found, speech)
        words = f"No mouth on screen moves for {number(away.share)} of the speech, on a scale to 1."
        yield self.found("off_screen", away.share, words=words)
        if together is None:
            yield self.could_not("still_mouth_speech", "no face is found to be the one that speaks")
            return
        spoken_in = {fit.shot for fit in together.fits}
        still = at_rest([head for head in found if head.shot in spoken_in], speech)
        words = "The mouth rests while its voice goes on, for {} of the speech."
        words = words if still.share else "The mouth moves whenever its voice is heard."
        yield from self._share("still_mouth_speech", still, words)

    def _share(self, measure: str, found: Share, words: str) -> Iterator[Evidence]:
        yield self.found(measure, found.share, words=words.format(number(found.share)), seconds=round(found.of, 2))
        for span in found.spans[:MOMENTS]:
            if span.seconds >= FAULT:
                yield self.found(measure, 1.0, span=span, words=AT_MOMENT[measure])
