"""True peak against sines whose crests fall between the samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.sound.true_peak import TruePeak, oversampling, true_peaks
from tests.synth import noise, tone
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole


@pytest.mark.parametrize("rate", [16000, 44100, 48000, 96000])
@pytest.mark.parametrize("phase", [0, 45, 60, 67.5])
def test_crests_between_the_samples_are_found(rate: int, phase: float) -> None:
    t = np.arange(rate // 2)
    fourth = 10 ** (-6 / 20) * np.sin(2 * np.pi * t / 4 + np.radians(phase))  # Tech 3341 cases 15 to 19
    inner = true_peaks(fourth[:, None].astype(np.float32), rate)[1:-1]
    assert 20 * np.log10(inner.max()) == pytest.approx(-6, abs=0.2)


def test_blocks_leave_no_seam() -> None:
    sound = tone(997, 12, 48000, -3)
    assert np.ptp(true_peaks(sound, 48000)[1:-1]) < 1e-3
    assert len(true_peaks(sound[:481], 48000, 0.01)) == 2


def test_the_moment_of_the_peak_is_named(tmp_path: Path) -> None:
    sound = noise(1, 3.0, level=-40, channels=2)
    sound[round(1.25 * 48000), 1] = 1.0
    found = listen(TruePeak, sounding(sound, start=0.5), tmp_path)
    assert value(found, "peak") == pytest.approx(0, abs=0.3)
    assert whole(found, "peak").data["seconds"] == pytest.approx(1.75, abs=0.051)
    assert len(moments(found, "peak")) == 1


def test_a_level_below_the_limit_is_no_moment(tmp_path: Path) -> None:
    assert not moments(listen(TruePeak, tone(997, 1, level=-6), tmp_path), "peak")


def test_rates_beyond_the_standard_are_not_enlarged() -> None:
    assert [oversampling(r) for r in (8000, 48000, 96000, 192000, 384000)] == [4, 4, 4, 2, 1]


def test_silence_is_not_measured(tmp_path: Path) -> None:
    assert "digital silence" in str(whole(listen(TruePeak, np.zeros(4800), tmp_path), "peak").unmeasured)


def test_a_film_lies_where_a_reference_meter_puts_it(shared: Path, tmp_path: Path) -> None:
    found = listen(TruePeak, real(shared / "film" / "sintel.mp4"), tmp_path)
    assert value(found, "peak") == pytest.approx(-7.8, abs=0.1)  # read by ffmpeg's ebur128 filter
