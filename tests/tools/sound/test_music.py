"""Music told from speech and noise, and cut out of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.music import Music, music_from
from tests.synth import noise, speech_like
from tests.tools.sound._hear import listen, real, sounding, value, whole
from tests.tools.sound._music import chords
from tests.tools.sound._voices import room

RATE = 16000


@pytest.mark.parametrize("bpm", [60.0, 120.0, 200.0])
@pytest.mark.parametrize("drum", [0.0, 1.0])
def test_chords_are_music(bpm: float, drum: float, tmp_path: Path) -> None:
    assert value(listen(Music, sounding(chords(10, bpm, drum=drum), RATE), tmp_path), "share") > 0.9


@pytest.mark.parametrize(
    "sound",
    [noise(1, 8, RATE, -30), speech_like(1, 10, RATE), speech_like(2, 10, RATE) + noise(2, 10, RATE, -40)],
    ids=["noise", "speech", "noisy speech"],
)
def test_noise_and_speech_are_not(sound: Samples, tmp_path: Path) -> None:
    found = whole(listen(Music, sounding(sound, RATE), tmp_path), "share")
    assert found.value == 0 and found.confidence > 0.7 and found.words == "No music is heard."


def test_it_is_found_where_it_plays(tmp_path: Path) -> None:
    sound = noise(3, 20, RATE, -50)[:, 0]
    sound[6 * RATE : 14 * RATE] += chords(8)
    (span,) = music_from(listen(Music, sounding(sound, RATE, start=0.5), tmp_path))
    assert span.start == pytest.approx(6.5, abs=1.2) and span.end == pytest.approx(14.5, abs=1.2)


def test_music_under_a_soft_voice_is_still_music(tmp_path: Path) -> None:
    mixed = chords(10) + speech_like(1, 10, RATE, -32)[:, 0]
    assert value(listen(Music, sounding(mixed, RATE), tmp_path), "share") > 0.5


def test_what_is_too_short_or_silent_says_so(tmp_path: Path) -> None:
    assert "needed" in str(whole(listen(Music, sounding(chords(1), RATE), tmp_path), "share").unmeasured)
    assert "silence" in str(whole(listen(Music, np.zeros(48000 * 4), tmp_path), "share").unmeasured)
    assert music_from([]) == ()


def test_film_music_and_talking_heads(shared: Path, tmp_path: Path) -> None:
    assert value(listen(Music, real(shared / "film" / "sintel.mp4"), tmp_path), "share") > 0.8
    for name in ("hdtf_a", "hdtf_b", "latent_1", "retalk_1", "retalk_2", "retalk_3", "retalk_4", "retalk_5"):
        assert value(listen(Music, real(shared / "speech" / f"{name}.mp4"), tmp_path), "share") < 0.1, name


@pytest.mark.parametrize("seconds", [0.4, 0.7, 1.2])
def test_speech_in_a_room_is_no_music(seconds: float, shared: Path, tmp_path: Path) -> None:
    for name in ("retalk_2.mp4", "hdtf_a.mp4", "latent_1_foreign.wav"):
        wave = room(np.array(real(shared / "speech" / name).mono(RATE)), seconds)
        assert value(listen(Music, sounding(wave, RATE), tmp_path), "share") < 0.15, name
