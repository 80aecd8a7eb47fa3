"""Lip-sync on real talking heads whose sound is moved, swapped, muted; and what it refuses to measure.

The shipped weights were trained on these speakers: this shows that the operator works, not how well it carries over.
docs/lipsync.md tells that, from speakers that were left out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.people._lip_words import said, weighed
from tests.synth import noise, tone

pytest.importorskip("mediapipe")
SHORT = "retalk_4.mp4"


@pytest.fixture
def speech(shared: Path) -> Path:
    return shared / "speech"


@pytest.mark.parametrize("moved", [-0.4, -0.12, 0.2, 0.4])
def test_a_moved_voice_is_found_with_its_sign(speech: Path, moved: float) -> None:
    from tests.tools.people._talk import heard, sound_of

    voice = sound_of(speech / SHORT)
    own, late = heard(speech / SHORT, voice)["offset_ms"], heard(speech / SHORT, voice, moved)["offset_ms"]
    assert own.value is not None and late.value is not None
    assert late.value - own.value == pytest.approx(1000 * moved, abs=30)
    assert ("after" if moved > 0 else "before") in late.words
    assert str(round(abs(late.value))) in late.words


def test_a_foreign_voice_is_told_from_a_late_one(speech: Path) -> None:
    from tests.tools.people._talk import heard, sound_of

    late = heard(speech / SHORT, sound_of(speech / SHORT), 0.3)
    foreign = heard(speech / SHORT, sound_of(speech / "latent_1_foreign.wav")[: 6 * 16000])
    assert late["mismatch"].value is not None and late["mismatch"].value < 0.5
    assert foreign["mismatch"].value is not None and foreign["mismatch"].value > 0.5
    assert foreign["p_value"].value is not None and late["p_value"].value is not None
    assert foreign["p_value"].value > 10 * late["p_value"].value


@pytest.mark.parametrize(
    ("theirs", "told", "reason"),
    [(0.95, True, ""), (0.6, False, "not sure enough"), (0.05, False, "probably not this mouth")],
)
def test_an_offset_is_told_only_where_the_voice_is_surely_the_mouths_own(
    speech: Path, theirs: float, told: bool, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evalverse.tools.people import lip_sync
    from tests.tools.people._talk import heard, sound_of

    monkeypatch.setattr(lip_sync, "belongs", lambda *_: theirs)
    found = heard(speech / SHORT, sound_of(speech / SHORT))
    assert (found["offset_ms"].value is not None) == told
    assert reason in (found["offset_ms"].unmeasured or "") and found["mismatch"].value == pytest.approx(1 - theirs)


@pytest.mark.parametrize("name", ["noise at 10 dB", "by telephone", "backwards"])
def test_a_worn_voice_keeps_its_offset_and_a_reversed_one_has_none(speech: Path, name: str) -> None:
    from evalverse.calibration.lipsync.wear import WEAR
    from tests.tools.people._talk import heard, sound_of

    voice = sound_of(speech / SHORT)
    own = heard(speech / SHORT, voice)["offset_ms"].value
    worn = heard(speech / SHORT, np.asarray(WEAR[name](voice), np.float32))["offset_ms"].value
    assert own is not None
    assert worn is None if name == "backwards" else worn == pytest.approx(own, abs=40)


def test_a_muted_clip_shows_mouthing_and_no_offset(speech: Path) -> None:
    from tests.tools.people._talk import heard, sound_of

    muted = heard(speech / SHORT, np.zeros_like(sound_of(speech / SHORT)))
    assert muted["offset_ms"].unmeasured == "nobody speaks in the clip"
    assert muted["silent_mouthing"].value is not None and muted["silent_mouthing"].value > 0.7


@pytest.mark.parametrize(
    ("sound", "reason"),
    [
        (sum(tone(hz, 6.0, 16000, -25)[:, 0] for hz in (220.0, 277.2, 329.6)), "nobody speaks"),
        (noise(1, 6.0, 16000, -40)[:, 0], "nobody speaks"),
    ],
    ids=["a chord", "hiss"],
)
def test_without_speech_there_is_no_sync(speech: Path, sound: np.ndarray, reason: str) -> None:
    from tests.tools.people._talk import heard

    found = heard(speech / SHORT, sound)
    for name in ("offset_ms", "mismatch", "p_value", "drift_ms_per_s"):
        assert found[name].value is None and reason in str(found[name].unmeasured)


def test_a_second_of_speech_is_too_short(speech: Path) -> None:
    from tests.tools.people._talk import heard, sound_of

    samples = sound_of(speech / SHORT)
    samples[16000 * 2 :] = 0
    reading = heard(speech / SHORT, samples)["offset_ms"]
    assert reading.value is None and "are needed" in str(reading.unmeasured)


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (120.4, "The voice comes 120 ms after the lips."),
        (-60, "The voice comes 60 ms before the lips."),
        (0.2, "The voice comes with the lips."),
    ],
)
def test_an_offset_is_said_with_its_sign(offset: float, words: str) -> None:
    assert said(offset) == words


def test_the_thresholds_are_those_of_the_recommendations() -> None:
    assert "R37" in weighed(50) and "allow" in weighed(50)
    assert "do not notice" in weighed(100)
    assert weighed(-60) == weighed(150) == "Viewers notice it (ITU-R BT.1359)."
    assert "do not accept" in weighed(-95) and "do not accept" in weighed(200)


def test_of_two_faces_in_one_shot_the_one_whose_voice_it_is_speaks(speech: Path) -> None:
    """The tracks of two clips side by side, with the voice of the second."""
    from tests.tools.people._talk import side_by_side, sound_of

    second = speech / "retalk_2.mp4"
    found = side_by_side(speech / SHORT, second, sound_of(second))
    assert found["speakers"].value == 1
    own = side_by_side(speech / SHORT, second, sound_of(speech / SHORT)[: 5 * 16000])
    told = [e.words for e in (found["speakers in the shot"], own["speakers in the shot"])]
    assert told == ["The face on the right speaks.", "The face on the left speaks."]
