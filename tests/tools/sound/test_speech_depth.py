"""The range of speech, and what fills its valleys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.speech_depth import SpeechDepth, octaves
from tests.synth import noise, tone
from tests.tools.sound._hear import listen, real, sounding, value, whole
from tests.tools.sound._music import chords
from tests.tools.sound._voices import spoken_at, vowels

RATE = 16000


def depth(wave: Samples, root: Path, rate: int = RATE) -> float:
    sound = sounding(wave, rate)
    return value(listen(SpeechDepth, sound, root, evidence=spoken_at(sound, root)), "range")


@pytest.mark.parametrize("by", [6.0, 18.0])
def test_a_known_range_is_read(by: float, tmp_path: Path) -> None:
    loud = np.arange(6 * RATE) // (RATE // 2) % 2 == 0
    assert depth(noise(1, 6, RATE, -20)[:, 0] * np.where(loud, 1, 10 ** (-by / 20)), tmp_path) == pytest.approx(
        by, abs=2
    )


def test_noise_at_a_steady_level_has_no_depth(tmp_path: Path) -> None:
    assert depth(noise(1, 6, RATE)[:, 0], tmp_path) < 6


def test_the_valleys_fill_with_noise_and_gain_does_not_matter(tmp_path: Path) -> None:
    told = [depth(vowels(8) + noise(2, 8, RATE, level)[:, 0], tmp_path) for level in (-75, -50, -35)]
    assert told == sorted(told, reverse=True) and told[2] < 12
    assert depth(0.1 * vowels(8), tmp_path) == pytest.approx(depth(vowels(8), tmp_path), abs=0.5)


def test_a_tone_falls_into_its_octave() -> None:
    levels = octaves(tone(2000, 2, RATE, -12)[:, 0]).mean(axis=1)
    assert levels.argmax() == 2 and levels[2] == pytest.approx(-15, abs=2) and levels[0] < -60


def test_real_voices_lose_depth_under_noise_and_under_music(shared: Path, tmp_path: Path) -> None:
    for name in ("latent_1.mp4", "latent_3.mp4", "retalk_4.mp4", "hdtf_a.mp4"):
        wave = np.array(real(shared / "speech" / name).mono(RATE))
        seconds, loud = len(wave) / RATE, float(np.sqrt(np.mean(wave**2)))
        hiss = 0.35 * loud * np.random.default_rng(0).standard_normal(len(wave))
        music = chords(seconds + 1, drum=0.3)[: len(wave)]
        music = 2.8 * loud * music / float(np.sqrt(np.mean(music**2)))
        clean = depth(wave, tmp_path)
        assert clean > 19, name
        assert depth(wave + hiss, tmp_path) < 10, name
        assert depth(wave + music, tmp_path) < clean - 3, name


@pytest.mark.parametrize(
    ("wave", "segments", "why"),
    [(np.zeros(4 * RATE), ((0.0, 4.0),), "silence"), (vowels(4), ((1.0, 1.4),), "0.4 s"), (vowels(4), None, "nobody")],
)
def test_what_cannot_be_measured_says_why(
    wave: Samples, segments: tuple[tuple[float, float], ...] | None, why: str, tmp_path: Path
) -> None:
    sound = sounding(wave, RATE)
    evidence = spoken_at(sound, tmp_path, *segments) if segments else {}
    assert why in str(whole(listen(SpeechDepth, sound, tmp_path, evidence=evidence), "range").unmeasured)
