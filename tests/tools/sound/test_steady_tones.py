"""Music of known level under voices, and tones that are no music."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.steady_tones import SteadyTones
from tests.synth import noise, speech_like, tone
from tests.tools.sound._hear import listen, real, sounding, value, whole
from tests.tools.sound._voices import room, spoken_at

RATE = 16000
CHORDS = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (261.6, 329.6, 392.0), (174.6, 220.0, 261.6))


def pad(seconds: float) -> Samples:
    """A new chord every two seconds, RMS 1."""
    t = np.arange(round(seconds * RATE)) / RATE
    bar = (t // 2).astype(int) % len(CHORDS)
    wave = np.zeros(len(t))
    for number, chord in enumerate(CHORDS):
        for hz in chord:
            wave += (bar == number) * sum(np.sin(2 * np.pi * hz * k * t) / k for k in (1, 2, 3))
    return np.asarray(wave / wave.std(), np.float32)


def read(wave: Samples, root: Path, measure: str, *spoken: tuple[float, float]) -> float:
    sound = sounding(wave, RATE)
    return value(listen(SteadyTones, sound, root, evidence=spoken_at(sound, root, *spoken)), measure)


def test_music_under_a_voice_is_heard_the_more_the_louder_it_is(tmp_path: Path) -> None:
    voice = speech_like(2, 10, RATE)[:, 0]
    under = [read(voice + by * voice.std() * pad(10), tmp_path, "under_speech") for by in (0.0, 0.1, 0.4, 1.5)]
    assert under[0] < 0.3 < under[1] < under[2] < under[3]
    assert read(voice + voice.std() * pad(10), tmp_path, "share") > 0.6 > 0.05 > read(voice, tmp_path, "share")


def test_music_that_ends_before_the_words_does_not_stand_out_of_them(tmp_path: Path) -> None:
    voice = speech_like(2, 12, RATE)[:, 0]
    opening = np.where(np.arange(len(voice)) < 5 * RATE, voice.std() * pad(12), voice).astype(np.float32)
    assert read(opening, tmp_path, "under_speech", (6.5, 12.0)) < 0.3
    assert read(opening, tmp_path, "share") > 0.3


def test_real_voices_hold_no_music_until_it_is_put_under_them(shared: Path, tmp_path: Path) -> None:
    for name in ("latent_1", "latent_3", "hdtf_a", "retalk_1", "retalk_4"):
        wave = np.array(real(shared / f"speech/{name}.mp4").mono(RATE))[: 8 * RATE]
        assert read(wave, tmp_path, "under_speech") < 0.3, name
        assert read(wave + wave.std() * pad(len(wave) / RATE), tmp_path, "under_speech") > 0.5, name


def test_hum_a_motor_noise_and_a_hall_are_no_music(tmp_path: Path) -> None:
    voice = speech_like(2, 10, RATE)[:, 0]
    hum = sum(tone(hz, 10, RATE, -30)[:, 0] for hz in (50, 100, 150, 200, 250, 300))
    for sound in (voice + hum, voice + tone(730, 10, RATE, -30)[:, 0], room(voice, 1.0), noise(1, 10, RATE)[:, 0]):
        assert read(np.asarray(sound, np.float32), tmp_path, "under_speech") < 0.6


@pytest.mark.parametrize(("sound", "why"), [(np.zeros(5 * RATE), "silence"), (noise(1, 1, RATE), "2 s")])
def test_what_cannot_be_measured_says_why(sound: Samples, why: str, tmp_path: Path) -> None:
    found = listen(SteadyTones, sound, tmp_path, rate=RATE)
    assert all(why in str(whole(found, measure).unmeasured) for measure in ("share", "under_speech"))


def test_without_words_only_the_share_is_told(tmp_path: Path) -> None:
    found = listen(SteadyTones, 0.1 * pad(6), tmp_path, rate=RATE)
    assert value(found, "share") > 0.8
    assert "nobody" in str(whole(found, "under_speech").unmeasured)
