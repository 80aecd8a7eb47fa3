"""Steps of level that were made, and sounds that merely change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.level_step import LevelStep
from tests.synth import noise, speech_like
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole
from tests.tools.sound._voices import vowels

RATE = 16000


def stepped(wave: Samples, at: float, by: float) -> Samples:
    """``by`` dB louder from ``at`` (share of its length) on."""
    gain = np.ones(len(wave), np.float32)
    gain[round(at * len(wave)) :] = 10 ** (by / 20)
    return wave * gain


def scene(seconds: float) -> Samples:
    """A voice over room tone."""
    return vowels(seconds) + noise(2, seconds, RATE, -50)[:, 0]


@pytest.mark.parametrize("by", [-16.0, -10.0, 10.0])
def test_a_step_is_found_placed_and_sized(by: float, tmp_path: Path) -> None:
    sound = sounding(stepped(scene(10), 0.6, by), RATE, start=0.5)
    found = listen(LevelStep, sound, tmp_path)
    reading = whole(found, "sure")
    assert value(found, "sure") == pytest.approx(abs(by), abs=4)
    assert reading.data["step"] == pytest.approx(by, abs=2)
    assert moments(found, "sure")[0].start == pytest.approx(6.5, abs=0.5)
    assert ("louder" if by > 0 else "softer") in reading.words


def test_what_merely_changes_is_no_step(tmp_path: Path) -> None:
    voice = scene(10)
    raised = (
        np.where(np.arange(len(voice)) > len(voice) // 2, 2.5 * vowels(10), vowels(10)) + noise(2, 10, RATE, -50)[:, 0]
    )
    rumble = voice + np.where(np.arange(len(voice)) > len(voice) // 2, 1.0, 0.0) * low_noise(10)
    for sound in (voice, raised, rumble, noise(1, 8, RATE)[:, 0], speech_like(1, 8, RATE)[:, 0]):
        assert value(listen(LevelStep, sound, tmp_path, rate=RATE), "sure") < 2


def low_noise(seconds: float) -> Samples:
    """A car that waits outside."""
    from scipy.signal import butter, sosfilt

    return np.asarray(sosfilt(butter(4, 300, fs=RATE, output="sos"), noise(5, seconds, RATE, -15)[:, 0]), np.float32)


def test_real_sounds_step_only_when_they_were_made_to(shared: Path, tmp_path: Path) -> None:
    for name in ("speech/latent_1.mp4", "speech/hdtf_b.mp4", "speech/retalk_4.mp4", "speech/latent_3.mp4"):
        wave = np.array(real(shared / name).mono(RATE))[: 12 * RATE]
        before = value(listen(LevelStep, wave, tmp_path, rate=RATE), "sure")
        after = value(listen(LevelStep, stepped(wave, 0.5, -16), tmp_path, rate=RATE), "sure")
        assert before < 5 < 8 < after, name


@pytest.mark.parametrize(("sound", "why"), [(np.zeros(5 * RATE), "silence"), (noise(1, 2, RATE), "3 s")])
def test_what_cannot_be_measured_says_why(sound: Samples, why: str, tmp_path: Path) -> None:
    assert why in str(whole(listen(LevelStep, sound, tmp_path, rate=RATE), "sure").unmeasured)
