"""Two shots put together from real talking heads: whose face, and whose voice, is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence, Span
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Scene, Shot
from evalverse.tools.people.face_tracks import FaceTracks
from evalverse.tools.people.face_voices import FaceVoices
from evalverse.tools.people.faces import FaceTrack, face_tracks, packed
from evalverse.tools.sound.speech_activity import SpeechActivity
from tests.tools.people._talk import RATE, faces, ledger, sound_of

pytest.importorskip("mediapipe")
HALF = 3.9


def half(path: Path, second: bool) -> FaceTrack:
    """The face of one half of a clip, from second 0."""
    track = max(face_tracks(faces(path)[1]["face_tracks"], ledger()), key=lambda t: len(t.t))
    kept = (track.t >= HALF * second) & (track.t < HALF * (1 + second))
    return FaceTrack(0, track.t[kept] - HALF * second, track.points[kept])


def heard(first: Path, then: Path, voice: Path, shots: int = 2) -> dict[str, Evidence]:
    """Readings of the first half of one clip, then of ``then``'s second half with the sound of ``voice``'s."""
    track = half(then, True)
    tracks = [half(first, False), replace(track, shot=1, t=track.t + HALF)]
    n = round(HALF * RATE)
    samples = np.concatenate([sound_of(first)[:n], sound_of(voice)[n : 2 * n]])
    clip = faces(first)[0]
    cut = tuple(Shot(i, Span(start=i * HALF, end=(i + 1) * HALF)) for i in range(shots))
    t = np.arange(2.0)
    blob = ledger().put(packed(tracks, t, t), "application/x-npz")
    scene = Scene(clip, ledger(), shots=cut)
    scene.evidence["face_tracks"] = [FaceTracks(clip, ledger()).found("count", 1, curve=blob)]
    sound = Sound(samples[:, None], RATE, "mono", 0.0)
    speech, subject = SpeechActivity(clip, ledger()), FaceVoices(clip, ledger())
    for each in (speech, subject):
        each.listen(sound)
    scene.evidence["speech_activity"] = list(speech.finish(scene))
    return {e.measure.split(".")[1]: e for e in subject.finish(scene) if e.scope == "clip"}


@pytest.fixture
def two(shared: Path) -> tuple[Path, Path]:
    return shared / "speech" / "hdtf_b.mp4", shared / "speech" / "latent_1.mp4"


def test_one_face_with_one_voice(two: tuple[Path, Path]) -> None:
    found = heard(two[0], two[0], two[0])
    assert found["same_face"].value is not None and found["same_face"].value < 2.7
    assert "one voice" in found["same_face"].words
    assert "different faces" in str(found["two_faces"].unmeasured)


def test_one_face_that_another_voice_comes_from(two: tuple[Path, Path]) -> None:
    found = heard(two[0], two[0], two[1])
    assert found["same_face"].value is not None and found["same_face"].value > 2.9
    assert "two voices" in found["same_face"].words


def test_two_faces_with_voices_of_their_own(two: tuple[Path, Path]) -> None:
    found = heard(two[0], two[1], two[1])
    assert found["two_faces"].value is not None and found["two_faces"].value > 2.9


def test_two_faces_that_share_a_voice(two: tuple[Path, Path]) -> None:
    found = heard(two[0], two[1], two[0])
    assert found["two_faces"].value is not None and found["two_faces"].value < 2.7


def test_one_shot_tells_nothing(two: tuple[Path, Path]) -> None:
    assert "one shot" in str(heard(two[0], two[0], two[0], shots=1)["same_face"].unmeasured)
