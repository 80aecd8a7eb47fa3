"""The tone of voices whose spectrum is the published average, and of dull ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.voice_tone import VoiceTone
from tests.synth import noise
from tests.tools.sound._hear import listen, real, sounding, value, whole
from tests.tools.sound._voices import spoken_at

RATE = 16000
BYRNE = {
    **{160: 56.8, 200: 60.2, 250: 60.3, 315: 59.0, 400: 62.1, 500: 62.1, 630: 60.5, 800: 56.8, 1000: 53.7},
    **{1250: 53.0, 1600: 52.0, 2000: 48.7, 2500: 48.1, 3150: 46.8, 4000: 45.6, 5000: 44.5, 6300: 44.3, 8000: 43.7},
}
"""dB SPL in third octaves: the average over twelve languages, both sexes."""


def average_voice(seconds: float, tilt: float = 0.0) -> Samples:
    """(N,) noise of the average speech spectrum; ``tilt`` dB per octave more above 1 kHz."""
    n = round(seconds * RATE)
    hz = np.fft.rfftfreq(n, 1 / RATE)
    centres = np.array(list(BYRNE))
    density = np.array(list(BYRNE.values())) - 10 * np.log10(centres * (2 ** (1 / 6) - 2 ** (-1 / 6)))
    level = np.interp(np.log(np.maximum(hz, 1)), np.log(centres), density, left=-60)
    level += tilt * np.log2(np.maximum(hz / 1000, 1))
    phase = np.exp(2j * np.pi * np.random.default_rng(0).random(len(hz)))
    wave = np.fft.irfft(10 ** (level / 20) * phase, n)
    return np.asarray(0.1 * wave / wave.std(), np.float32)


def dullness(wave: Samples, root: Path, rate: int = RATE) -> float:
    sound = sounding(wave, rate)
    return value(listen(VoiceTone, sound, root, evidence=spoken_at(sound, root)), "dullness")


def test_the_average_voice_is_not_dull(tmp_path: Path) -> None:
    assert dullness(average_voice(5), tmp_path) == pytest.approx(0, abs=1.5)


def test_it_falls_with_the_slope_of_the_spectrum(tmp_path: Path) -> None:
    told = [dullness(average_voice(5, tilt), tmp_path) for tilt in (3.0, 0.0, -6.0, -12.0)]
    assert told == sorted(told) and told[-1] > 12.5


def test_level_does_not_matter(tmp_path: Path) -> None:
    wave = average_voice(4)
    assert dullness(0.05 * wave, tmp_path) == pytest.approx(dullness(wave, tmp_path), abs=0.2)


def test_only_speech_counts(tmp_path: Path) -> None:
    wave = np.concatenate([average_voice(3), noise(1, 3, RATE, -6)[:, 0]])
    sound = sounding(wave, RATE)
    found = listen(VoiceTone, sound, tmp_path, evidence=spoken_at(sound, tmp_path, (0.0, 3.0)))
    assert value(found, "dullness") == pytest.approx(0, abs=1.5)


def test_real_voices_are_told_from_the_same_behind_a_wall(shared: Path, tmp_path: Path) -> None:
    from scipy.signal import butter, sosfiltfilt

    for name in ("latent_1.mp4", "latent_2.mp4", "retalk_4.mp4", "hdtf_a.mp4", "latent_3_foreign.wav"):
        wave = np.array(real(shared / "speech" / name).mono(RATE))
        wall = np.asarray(sosfiltfilt(butter(3, 2000, fs=RATE, output="sos"), wave), np.float32)
        assert -8 < dullness(wave, tmp_path) < 12.5 < dullness(wall, tmp_path), name


@pytest.mark.parametrize(
    ("wave", "rate", "segments", "why"),
    [
        (average_voice(4), RATE, ((0.0, 0.5),), "1 s"),
        (np.zeros(4 * RATE, np.float32), RATE, ((0.0, 4.0),), "silence"),
        (average_voice(4)[::2], 8000, ((0.0, 4.0),), "8000 Hz"),
    ],
)
def test_what_cannot_be_measured_says_why(
    wave: Samples, rate: int, segments: tuple[tuple[float, float], ...], why: str, tmp_path: Path
) -> None:
    sound = sounding(wave, rate)
    found = listen(VoiceTone, sound, tmp_path, evidence=spoken_at(sound, tmp_path, *segments))
    assert why in str(whole(found, "dullness").unmeasured)


def test_without_speech_there_is_no_voice(tmp_path: Path) -> None:
    assert whole(listen(VoiceTone, average_voice(4), tmp_path, rate=RATE), "dullness").unmeasured == "nobody speaks"
