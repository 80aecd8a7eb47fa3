"""The base of operators that hold lips against the voice: what they hear, and the mouths that they can read."""

from __future__ import annotations

from typing import Any

import numpy as np

from evalverse.tools.evidence import Span
from evalverse.tools.lipsync.features import FLOOR, SOUND_RATE, Features, steps_of, voice
from evalverse.tools.lipsync.heads import Head, heads
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene
from evalverse.tools.people.face_tracks import analysis_height
from evalverse.tools.people.faces import face_tracks
from evalverse.tools.sound.speech_activity import segments_from


class OnTalk(Operator):
    """An operator that keeps the features of the voice, and finds the mouths and the speech when it finishes."""

    needs = Needs(sound=True, after=("shot_cutter", "face_tracks", "speech_activity"))

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._first = 0
        self._voice: Features = np.zeros((0, 0), np.float32)

    def listen(self, sound: Sound) -> None:
        steps = steps_of(sound.start, sound.start + sound.seconds)
        self._first = int(steps[0]) if len(steps) else 0
        self._voice = voice(sound.mono(SOUND_RATE), sound.start, steps)

    def talk(self, scene: Scene) -> tuple[list[Head], tuple[Span, ...]] | str:
        """The mouths that can be read and the spans of speech, or why there is nothing to compare."""
        seen = scene.evidence["face_tracks"]
        tracks = face_tracks(seen, scene.ledger)
        if not tracks or self.clip.picture is None:
            reason = next((e.unmeasured for e in seen if e.measure == "face_tracks.largest" and e.unmeasured), None)
            return reason or "no face is found"
        found, unreadable = heads(tracks, analysis_height(self.clip.picture.width, self.clip.picture.height))
        if not found:
            return unreadable
        activity = scene.evidence["speech_activity"]
        unheard = next((item.unmeasured for item in activity if item.unmeasured), None)
        if unheard and self._voice.max(initial=-np.inf) > np.log(FLOOR) + 1e-3:  # but in digital silence nobody speaks
            return unheard
        return found, segments_from(list(activity))
