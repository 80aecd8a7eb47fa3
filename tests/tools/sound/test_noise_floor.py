"""Noise floor, distance and hum against noise and hum of known level."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.music import Music
from evalverse.tools.sound.noise_floor import NoiseFloor
from tests.synth import noise, speech_like, tone
from tests.tools.sound._hear import listen, real, sounding, value, whole
from tests.tools.sound._music import chords

K_OF_WHITE_NOISE = 3.2
"""dB that the K filter adds to white noise at 48 kHz (the shelf's 4 dB above 2 kHz)."""


def hummed(sound: Samples, mains: float, level: float) -> Samples:
    """The sound with hum: the fundamental at ``level`` dBFS (peak), two harmonics below it."""
    lines = [(mains, level), (2 * mains, level - 3), (3 * mains, level - 8)]
    return sound + sum(tone(hz, len(sound) / 48000, level=at) for hz, at in lines)


@pytest.mark.parametrize("level", [-70.0, -55.0, -40.0])
def test_the_floor_is_the_noise_that_was_added(level: float, tmp_path: Path) -> None:
    found = listen(NoiseFloor, speech_like(1, 12) + noise(1, 12, level=level), tmp_path)
    floor = whole(found, "floor")
    assert floor.value == pytest.approx(level + K_OF_WHITE_NOISE, abs=1.0) and floor.confidence > 0.7
    assert value(found, "snr") == pytest.approx(-20 - floor.value, abs=4)


def test_more_noise_is_less_distance_and_gain_changes_nothing(tmp_path: Path) -> None:
    speech = speech_like(2, 10)
    distances = [
        value(listen(NoiseFloor, speech + noise(1, 10, level=level), tmp_path), "snr") for level in (-70, -60, -50, -40)
    ]
    assert np.all(np.diff(distances) < -8)
    softer = 0.25 * (speech + noise(1, 10, level=-50))
    assert value(listen(NoiseFloor, softer, tmp_path), "snr") == pytest.approx(distances[2], abs=0.1)


def test_digital_pauses_have_no_floor(tmp_path: Path) -> None:
    padded = np.concatenate([np.zeros((48000, 1)), speech_like(1, 10), np.zeros((48000, 1))]).astype(np.float32)
    floor = whole(listen(NoiseFloor, padded, tmp_path), "floor")
    assert floor.value == -96 and "digital silence" in floor.words


def test_padding_with_silence_does_not_lower_the_floor(tmp_path: Path) -> None:
    sound = speech_like(1, 10) + noise(1, 10, level=-50)
    padded = np.concatenate([np.zeros((96000, 1)), sound, np.zeros((96000, 1))]).astype(np.float32)
    plain = value(listen(NoiseFloor, sound, tmp_path), "floor")
    assert value(listen(NoiseFloor, padded, tmp_path), "floor") == pytest.approx(plain, abs=0.2)


def test_sound_without_pause_lowers_the_confidence(tmp_path: Path) -> None:
    swell = noise(1, 10, level=-20) * np.linspace(0.001, 1, 480000, dtype=np.float32)[:, None]
    assert whole(listen(NoiseFloor, swell, tmp_path), "floor").confidence < 0.8


def test_music_in_the_pauses_is_no_noise(tmp_path: Path) -> None:
    sound = sounding(chords(10, rate=16000), 16000)
    found = listen(NoiseFloor, sound, tmp_path, evidence={"music": listen(Music, sound, tmp_path)})
    assert "music" in str(whole(found, "snr").unmeasured)


@pytest.mark.parametrize("mains", [50.0, 60.0, 49.9, 60.1])
def test_hum_is_found_at_its_frequency_and_grows(mains: float, tmp_path: Path) -> None:
    sound = speech_like(3, 10) + noise(3, 10, level=-60)
    readings = [
        whole(listen(NoiseFloor, hummed(sound, mains, level), tmp_path), "hum") for level in (-75.0, -60.0, -45.0)
    ]
    values = [r.value for r in readings if r.value is not None]
    assert np.all(np.diff(values) > 5) and values[-1] > 25
    assert readings[-1].data["mains"] == round(mains / 10) * 10
    assert "no mains hum" not in readings[-1].words


@pytest.mark.parametrize("level", [-60.0, -30.0])
def test_noise_is_no_hum(level: float, tmp_path: Path) -> None:
    sound = speech_like(4, 10) + noise(4, 10, level=level)
    assert value(listen(NoiseFloor, sound, tmp_path), "hum") < 8


def test_a_bass_note_beside_the_mains_is_no_hum(tmp_path: Path) -> None:
    sound = hummed(noise(1, 6, level=-60), 55.0, -30)
    assert value(listen(NoiseFloor, sound, tmp_path), "hum") < 8


def test_what_is_too_short_says_so(tmp_path: Path) -> None:
    assert "1 s" in str(whole(listen(NoiseFloor, noise(1, 0.5), tmp_path), "floor").unmeasured)
    assert "3 s" in str(whole(listen(NoiseFloor, noise(1, 2), tmp_path), "hum").unmeasured)


def test_real_speech(shared: Path, tmp_path: Path) -> None:
    clean = listen(NoiseFloor, real(shared / "speech" / "retalk_1.mp4"), tmp_path)
    assert value(clean, "snr") > 20 and value(clean, "hum") < 10
