"""Faces and voices over the shots: whether one face keeps one voice, and whether two faces share one.

A shot counts where the lips of just one face move while somebody is heard. Faces are told by their proportions, voices
by their mean cepstra. What it does not know: one person in two rooms or through a telephone sounds like two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.lipsync.features import RATE as CLOCK
from evalverse.tools.lipsync.heads import Head, heads
from evalverse.tools.lipsync.mouthing import spoken_at
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, Shot, register
from evalverse.tools.people.face_tracks import analysis_height
from evalverse.tools.people.faces import FaceTrack, face_tracks
from evalverse.tools.people.identity import proportions, unlike
from evalverse.tools.sound._cuts import shots
from evalverse.tools.sound._voice import HOP, RATE, voice_frames
from evalverse.tools.sound._wave import Series, lacking
from evalverse.tools.sound.prosody import spoken
from evalverse.tools.sound.speech_activity import segments_from
from evalverse.tools.sound.voices import LOUD, SHRINK, cepstra

SPEAKS, ENOUGH = 0.5, 1.0
"""Share of the speech in which a speaker's lips move, and seconds for which they can be read then, at least."""
VOICED = 80
"""Frames of 10 ms of voiced speech that a voice is told by, at least."""
SAME, OTHER = 0.35, 0.6
"""Distance of proportions below which faces count as one person's, and from which on as two people's."""
ANOTHER = 2.75
"""Distance from which on voices count as two: halves of one recording lie 1.1 to 2.6 apart, two recordings of one
speaker 1.6 to 2.5, two speakers 2.9 and more in 95 %."""
CONFIDENCE = 0.6


@dataclass(frozen=True)
class Speaker:
    """Who speaks in a shot: proportions of the face (9,), mean (D,) and covariance (D, D) of the voice's cepstra."""

    shot: Shot
    face: Series
    mean: Series
    spread: Series

    def unlike(self, other: Speaker) -> float:
        """Mahalanobis distance of the two voices."""
        within = (self.spread + other.spread) / 2
        within = within + SHRINK * np.diag(np.diag(within))
        apart = self.mean - other.mean
        return float(np.sqrt(apart @ np.linalg.solve(within, apart)))


def speaking(found: Sequence[Head], speech: Sequence[Span]) -> dict[int, list[Head]]:
    """By shot, the heads of the one track whose lips move while somebody is heard; no shots with none or several."""
    by_shot: dict[int, dict[int, list[Head]]] = {}
    for head in found:
        by_shot.setdefault(head.shot, {}).setdefault(head.track, []).append(head)
    chosen = {}
    for shot, tracks in by_shot.items():
        talk = [own for own in tracks.values() if _talks(own, speech)]
        if len(talk) == 1:
            chosen[shot] = talk[0]
    return chosen


def _talks(own: Sequence[Head], speech: Sequence[Span]) -> bool:
    heard: list[NDArray[np.bool_]] = [head.active[head.readable & spoken_at(head.steps, speech)] for head in own]
    moves = np.concatenate(heard)
    return len(moves) >= ENOUGH * CLOCK and bool(moves.mean() >= SPEAKS)


@register
class FaceVoices(Operator):
    """Voices of one face, and faces of one voice, over the shots."""

    name, version, title = "face_voices", "1", "Faces and their voices"
    needs = Needs(sound=True, after=("shot_cutter", "face_tracks", "speech_activity"))
    cost = 0.5
    measures = (
        Measure(
            name="same_face",
            title="Change of a face's voice",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Greatest Mahalanobis distance of mean mel cepstra between two shots in which the same face "
            "(proportions less than 0.35 apart) speaks. One speaker stays under 2.7, in the same kind of room.",
        ),
        Measure(
            name="two_faces",
            title="Voices of two faces apart",
            unit="",
            low=0,
            direction=Direction.HIGHER,
            definition="Least such distance between two shots in which different faces (0.6 or more apart) speak. "
            "Under 2.7 they share a voice.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 2 * ENOUGH), sound.start
        if self._why is None:
            mono = sound.mono(RATE)
            self._frames, self._cepstra = voice_frames(mono), cepstra(mono)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        tracks = face_tracks(scene.evidence["face_tracks"], scene.ledger)
        speech = segments_from(scene.evidence.get("speech_activity", []))
        self._why = self._why or self._nothing(scene, tracks, speech)
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        assert self.clip.picture is not None
        found, unreadable = heads(tracks, analysis_height(self.clip.picture.width, self.clip.picture.height))
        speakers = self._speakers(shots(scene), speaking(found, speech), tracks, speech)
        if len(speakers) < 2:
            yield from self.could_not_at_all(unreadable if not found else "one face speaks in fewer than two shots")
            return
        pairs = [(a.unlike(b), float(unlike(a.face, b.face)), a, b) for a, b in combinations(speakers, 2)]
        same, other = [p for p in pairs if p[1] < SAME], [p for p in pairs if p[1] >= OTHER]
        yield from self._told("same_face", max(same, key=lambda p: p[0], default=None))
        yield from self._told("two_faces", min(other, key=lambda p: p[0], default=None))

    def _nothing(self, scene: Scene, tracks: Sequence[FaceTrack], speech: Sequence[Span]) -> str | None:
        if not tracks or self.clip.picture is None:
            return "no face is found"
        if not speech:
            return "nobody is heard speaking"
        return "there is only one shot" if len(shots(scene)) < 2 else None

    def _speakers(
        self,
        cut: Sequence[Shot],
        talking: dict[int, list[Head]],
        tracks: Sequence[FaceTrack],
        speech: Sequence[Span],
    ) -> list[Speaker]:
        frames = self._frames
        heard = spoken(len(frames.level), speech, self._start) & frames.voiced
        if heard.any():
            heard &= frames.level > np.percentile(frames.level[heard], 95) - LOUD
        t, found = self._start + HOP * np.arange(len(heard)), []
        for shot in (s for s in cut if s.index in talking):
            own = np.zeros(len(heard), bool)
            for head in talking[shot.index]:
                own |= heard & (t >= head.steps[0] / CLOCK) & (t <= head.steps[-1] / CLOCK)
            if own.sum() >= VOICED:
                rows = self._cepstra[own]
                face = np.median(proportions(tracks[talking[shot.index][0].track].points), axis=0)
                found.append(Speaker(shot, face, rows.mean(axis=0), np.cov(rows.T)))
        return found

    def _told(self, measure: str, pair: tuple[float, float, Speaker, Speaker] | None) -> Iterator[Evidence]:
        who = "the same face" if measure == "same_face" else "different faces"
        if pair is None:
            yield self.could_not(measure, f"no two shots in which {who} speak{'s' if who.endswith('face') else ''}")
            return
        voices, faces, a, b = pair
        told: dict[str, Any] = {"shots": [a.shot.index, b.shot.index], "faces_apart": round(faces, 2)}
        alike = "with one voice" if voices < ANOTHER else "with two voices"
        words = f"In two shots {who} speak{'s' if who.endswith('face') else ''} {alike} ({number(voices)} apart)."
        yield self.found(measure, voices, words=words, confidence=CONFIDENCE, **told)
        if (measure == "same_face") == (voices >= ANOTHER):
            yield self.found(measure, voices, span=b.shot.span, shot=b.shot, words=words, confidence=CONFIDENCE)
