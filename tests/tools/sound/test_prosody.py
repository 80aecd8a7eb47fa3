"""Prosody of voices whose pitch, pace and force are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.sound.prosody import Prosody
from evalverse.tools.sound.speech_activity import SpeechActivity
from tests.synth import noise
from tests.tools.sound._hear import listen, real, sounding, value, whole
from tests.tools.sound._voices import RATE, spoken_at, vowels


def heard(wave: Samples, root: Path, *segments: tuple[float, float]) -> list[Evidence]:
    sound = sounding(wave, RATE)
    return listen(Prosody, sound, root, evidence=spoken_at(sound, root, *segments))


@pytest.mark.parametrize("pitch", [90.0, 150.0, 220.0])
@pytest.mark.parametrize("span", [0.5, 4.0, 10.0])
def test_pitch_and_its_range_are_those_of_the_voice(pitch: float, span: float, tmp_path: Path) -> None:
    found = heard(vowels(8, pitch=pitch, span=span), tmp_path)
    assert value(found, "pitch") == pytest.approx(pitch, rel=0.06)
    assert value(found, "pitch_range") == pytest.approx(0.95 * span, abs=0.6)


@pytest.mark.parametrize("rate", [2.0, 3.5, 5.5])
def test_pace_is_counted(rate: float, tmp_path: Path) -> None:
    assert value(heard(vowels(8, rate=rate), tmp_path), "rate") == pytest.approx(rate, rel=0.1)


def test_force_grows_with_the_swing_of_level_and_pitch_stays(tmp_path: Path) -> None:
    found = [heard(vowels(8, swing=swing), tmp_path) for swing in (0.0, 6.0, 12.0)]
    assert np.all(np.diff([value(f, "force_range") for f in found]) > 3)
    assert np.ptp([value(f, "pitch_range") for f in found]) < 0.5


def test_noise_and_gain_change_little(tmp_path: Path) -> None:
    wave = vowels(8)
    plain = heard(wave, tmp_path)
    for changed in (0.1 * wave, wave + noise(2, 8, RATE, -50)[:, 0]):
        found = heard(changed, tmp_path)
        assert value(found, "pitch_range") == pytest.approx(value(plain, "pitch_range"), abs=0.5)
        assert value(found, "rate") == pytest.approx(value(plain, "rate"), rel=0.1)


def test_phrases_and_pauses(tmp_path: Path) -> None:
    rest = np.zeros(RATE, np.float32)
    wave = np.concatenate([vowels(2, pitch=120), rest, vowels(2, pitch=160), rest, vowels(2, pitch=120)])
    found = heard(wave, tmp_path, (0, 2), (3, 5), (6, 8))
    assert value(found, "pauses") == pytest.approx(0.25) and whole(found, "pauses").data["longest"] == 1
    assert value(found, "pitch_change") == pytest.approx(12 * np.log2(160 / 120) * np.sqrt(2) / 3, abs=0.5)
    assert "only one phrase" in str(whole(heard(vowels(4), tmp_path), "pitch_change").unmeasured)


def test_without_speech_there_is_a_reason(tmp_path: Path) -> None:
    assert "speech" in str(whole(listen(Prosody, noise(1, 4), tmp_path), "rate").unmeasured)
    whisper = whole(heard(noise(1, 4, RATE)[:, 0], tmp_path), "pitch")
    assert "voiced" in str(whisper.unmeasured)


def test_real_voices_move_and_a_faster_one_is_higher_and_faster(shared: Path, tmp_path: Path) -> None:
    def spoken(sound: Sound) -> list[Evidence]:
        told = listen(SpeechActivity, sound, tmp_path)
        return listen(Prosody, sound, tmp_path, evidence={"speech_activity": told})

    for name in ("hdtf_a", "retalk_2", "retalk_4", "latent_1"):
        found = spoken(real(shared / "speech" / f"{name}.mp4"))
        assert 4 < value(found, "pitch_range") < 14 and 2.5 < value(found, "rate") < 6, name
    sound = real(shared / "speech" / "retalk_4.mp4")
    quick = sounding(np.array(sound.samples), round(sound.rate * 1.25))
    slow = spoken(sound)
    fast = spoken(quick)
    assert value(fast, "pitch") == pytest.approx(1.25 * value(slow, "pitch"), rel=0.05)
    assert value(fast, "rate") > 1.1 * value(slow, "rate")
