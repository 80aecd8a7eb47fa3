"""Levels that answer to their own past, and levels that merely change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.pumping import Pumping
from tests.synth import noise, speech_like
from tests.tools.sound._hear import listen, real, value, whole
from tests.tools.sound._voices import room

RATE = 16000


def levelled(wave: Samples, share: float, seconds: float = 0.25) -> Samples:
    """``share`` of the dynamics ironed out by a gain that follows the power of the last ``seconds``."""
    from scipy.signal import lfilter

    keep = np.exp(-1 / (seconds * RATE))
    power = lfilter([1 - keep], [1, -keep], np.square(wave, dtype=np.float64)) + 1e-8
    made = wave * (power / power.max()) ** (-share / 2)
    return np.asarray(made * wave.std() / made.std(), np.float32)


def read(wave: Samples, root: Path) -> float:
    return value(listen(Pumping, wave, root, rate=RATE), "answer")


def test_a_voice_over_room_tone_answers_to_its_past_only_when_levelled(tmp_path: Path) -> None:
    scene = speech_like(4, 10, RATE)[:, 0] + noise(2, 10, RATE, -55)[:, 0]
    found = [read(levelled(scene, share), tmp_path) for share in (0.0, 0.3, 0.6)]
    assert found[0] < 0.1 < found[1] < found[2]
    assert "pumps" in whole(listen(Pumping, levelled(scene, 0.6), tmp_path, rate=RATE), "answer").words


def test_real_voices_pump_only_when_they_were_made_to(shared: Path, tmp_path: Path) -> None:
    for name in ("latent_1", "latent_2", "latent_3", "hdtf_b", "retalk_1", "retalk_4"):
        wave = np.array(real(shared / f"speech/{name}.mp4").mono(RATE))[: 10 * RATE]
        before, after = read(wave, tmp_path), read(levelled(wave, 0.8), tmp_path)
        assert before < 0.12, name
        assert after > before + 0.15, name


def test_rooms_and_rides_do_not_pump(tmp_path: Path) -> None:
    voice = speech_like(4, 10, RATE)[:, 0] + noise(2, 10, RATE, -55)[:, 0]
    swell = np.asarray(voice * np.linspace(0.2, 1, len(voice)), np.float32)
    for sound in (room(voice, 1.2), swell):
        assert read(sound, tmp_path) < 0.12


@pytest.mark.parametrize(
    ("sound", "why"),
    [
        (np.zeros(5 * RATE), "silence"),
        (noise(1, 1, RATE), "2 s"),
        (speech_like(1, 2.1, RATE), "too few"),
        (noise(1, 8, RATE), "past"),
    ],
)
def test_what_cannot_be_measured_says_why(sound: Samples, why: str, tmp_path: Path) -> None:
    assert why in str(whole(listen(Pumping, sound, tmp_path, rate=RATE), "answer").unmeasured)
