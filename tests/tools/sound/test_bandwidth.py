"""Bandwidth of sounds that were cut off at known frequencies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.sound.bandwidth import Bandwidth
from tests.synth import noise, speech_like, write_clip
from tests.tools.sound._hear import listen, real, sounding, value, whole


def low_passed(khz: float, gain: float = 1.0) -> np.ndarray:
    from scipy.signal import ellip, sosfilt

    sections = ellip(12, 0.1, 90, khz * 1000, fs=48000, output="sos")
    return np.asarray(gain * sosfilt(sections, noise(1, 3, level=-20), axis=0), np.float32)


@pytest.mark.parametrize("khz", [3.4, 8.0, 12.0, 16.0])
@pytest.mark.parametrize("gain", [1.0, 0.05])
def test_the_limit_is_that_of_the_filter(khz: float, gain: float, tmp_path: Path) -> None:
    found = listen(Bandwidth, low_passed(khz, gain), tmp_path)
    assert value(found, "limit") == pytest.approx(khz, abs=0.8) and value(found, "wall") > 20
    assert "a filter or codec" in whole(found, "wall").words


def test_full_band_ends_with_the_sampling_rate(tmp_path: Path) -> None:
    for rate in (16000, 44100):
        found = listen(Bandwidth, sounding(noise(1, 2, rate), rate), tmp_path)
        assert value(found, "limit") == pytest.approx(rate / 2000, abs=0.1)
        assert "the sampling rate" in whole(found, "wall").words


def test_low_bit_rates_lower_the_limit(tmp_path: Path) -> None:
    speech = speech_like(1, 4) + noise(1, 4, level=-45)
    plain = real(write_clip(tmp_path / "a.wav", None, sound=speech))
    poor = real(write_clip(tmp_path / "a.mp3", None, sound=speech[::3], sound_rate=16000, sound_codec="libmp3lame"))
    limits = [value(listen(Bandwidth, sound, tmp_path), "limit") for sound in (plain, poor)]
    assert limits[0] > 20 and limits[1] < 8.1


def test_rare_highs_count(tmp_path: Path) -> None:
    sound = low_passed(4.0)
    sound[48000 : 48000 + 12000] += noise(2, 0.25, level=-40)
    assert value(listen(Bandwidth, sound, tmp_path), "limit") > 20


def test_silence_is_not_measured(tmp_path: Path) -> None:
    assert "silence" in str(whole(listen(Bandwidth, np.zeros(48000), tmp_path), "limit").unmeasured)


def test_film_keeps_its_highs(shared: Path, tmp_path: Path) -> None:
    assert value(listen(Bandwidth, real(shared / "film" / "sintel.mp4"), tmp_path), "limit") > 14
