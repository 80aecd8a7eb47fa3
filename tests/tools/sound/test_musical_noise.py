"""Holes in the spectrum against noise, whose scatter is known, and against codecs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.calibration.sound_truth import CODECS, STARVED, coded
from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.musical_noise import MusicalNoise, scatter
from tests.synth import noise, speech_like, tone
from tests.tools.sound._hear import listen, real, value, whole
from tests.tools.sound._music import chords

RATE = 48000
EULER = 10 / np.log(10) * 0.5772
"""dB: what the logarithms of exponentially distributed powers lack."""


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
@pytest.mark.parametrize("level", [-60, -12])
def test_noise_scatters_as_theory_says(rate: int, level: float) -> None:
    medians, _ = scatter(noise(1, 8, rate, level)[:, 0], rate)
    assert medians == pytest.approx(EULER, abs=0.35)


def starved(wave: Samples, share: float) -> Samples:
    """The weakest ``share`` of the bins of every 32 ms thrown away."""
    from scipy.signal import istft, stft

    _, _, spectrum = stft(wave, RATE, nperseg=1536)
    size = np.abs(spectrum)
    _, back = istft(np.where(size >= np.quantile(size, share, axis=0), spectrum, 0), RATE, nperseg=1536)
    return np.asarray(back[: len(wave)], np.float32)


def test_it_rises_with_what_is_thrown_away(tmp_path: Path) -> None:
    wave = (speech_like(1, 6) + noise(1, 6, level=-35))[:, 0]
    told = [value(listen(MusicalNoise, starved(wave, share), tmp_path), "scatter") for share in (0.0, 0.65, 0.86)]
    assert told[0] < 4.6 < told[1] < told[2]


def test_real_voices_through_a_starved_codec_are_told_from_a_good_one(shared: Path, tmp_path: Path) -> None:
    for name in ("speech/latent_1.mp4", "speech/retalk_4.mp4", "speech/hdtf_b.mp4", "film/sintel.mp4"):
        wave = np.array(real(shared / name).mono(RATE))[: 8 * RATE]
        clean, good, poor = (
            value(listen(MusicalNoise, w, tmp_path), "scatter")
            for w in (
                wave,
                coded(wave, RATE, *CODECS["mp3-24k"], 128000),
                coded(wave, RATE, *CODECS["mp3-24k"], STARVED),
            )
        )
        assert max(clean, good) < 4.6 < 5 < poor, name


def test_a_clumsy_denoiser_gurgles(shared: Path, tmp_path: Path) -> None:
    """Spectral subtraction of a noise that it knows."""
    from scipy.signal import istft, stft

    for name in ("retalk_1.mp4", "latent_2_foreign.wav"):
        wave = np.array(real(shared / "speech" / name).mono(RATE))[: 6 * RATE]
        dirt = 0.18 * wave.std() * np.random.default_rng(0).standard_normal(len(wave))
        _, _, spectrum = stft(wave + dirt, RATE, nperseg=1536)
        floor = np.mean(np.abs(stft(dirt, RATE, nperseg=1536)[2]) ** 2, axis=1, keepdims=True)
        gain = np.sqrt(np.maximum(1 - 2 * floor / np.abs(spectrum) ** 2, 1e-4))
        _, cleaned = istft(spectrum * gain, RATE, nperseg=1536)
        noisy, gurgling = (value(listen(MusicalNoise, w, tmp_path), "scatter") for w in (wave + dirt, cleaned))
        assert noisy < 3.5 and gurgling > 6, name


@pytest.mark.parametrize("drum", [0.0, 0.3])
def test_music_is_not_starved(drum: float, tmp_path: Path) -> None:
    wave = chords(8, rate=RATE, drum=drum) + noise(1, 8, level=-70)[:, 0]
    assert value(listen(MusicalNoise, wave, tmp_path), "scatter") < 4.6


@pytest.mark.parametrize(
    ("sound", "rate", "why"),
    [
        (np.zeros(RATE), RATE, "silence"),
        (noise(1, 0.5), RATE, "0.5 s"),
        (noise(1, 4, 8000), 8000, "too little"),
        (tone(200, 4), RATE, "too little"),
    ],
)
def test_what_cannot_be_measured_says_why(sound: Samples, rate: int, why: str, tmp_path: Path) -> None:
    assert why in str(whole(listen(MusicalNoise, sound, tmp_path, rate=rate), "scatter").unmeasured)
