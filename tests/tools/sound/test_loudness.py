"""Loudness against the sine bursts of EBU Tech 3341 and 3342, whose loudness is given there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.loudness import Loudness, channel_weights
from tests.synth import noise, tone
from tests.tools.sound._hear import listen, real, sounding, value, whole


def bursts(*parts: tuple[float, float], rate: int = 48000) -> Samples:
    """(level in dBFS, seconds) of a stereo sine at 1 kHz, one after the other."""
    return np.concatenate([tone(1000, seconds, rate, level, channels=2) for level, seconds in parts])


@pytest.mark.parametrize(
    ("parts", "lufs"),
    [  # Tech 3341 table 1, cases 1 to 5
        (((-23.0, 20.0),), -23.0),
        (((-33.0, 20.0),), -33.0),
        (((-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)), -23.0),
        (((-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)), -23.0),
        (((-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)), -23.0),
    ],
)
def test_integrated_loudness_of_the_standard_signals(
    parts: tuple[tuple[float, float], ...], lufs: float, tmp_path: Path
) -> None:
    found = listen(Loudness, bursts(*parts, rate=16000), tmp_path, rate=16000)
    assert value(found, "integrated") == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize("rate", [22050, 44100, 48000, 96000])
def test_every_sampling_rate_agrees(rate: int, tmp_path: Path) -> None:
    sound = sounding(tone(997, 3, rate, -23, channels=2), rate)
    assert value(listen(Loudness, sound, tmp_path), "integrated") == pytest.approx(-23, abs=0.1)


def test_surround_channels_count_for_more_and_the_low_frequency_one_for_nothing(tmp_path: Path) -> None:
    levels = (-28, -28, -24, 0, -30, -30)  # Tech 3341 case 6, with a loud low-frequency channel added
    sound = np.concatenate([tone(1000, 20, 48000, level) for level in levels], axis=1)
    assert value(listen(Loudness, sound, tmp_path), "integrated") == pytest.approx(-23, abs=0.1)
    assert channel_weights("7.1", 8).tolist() == [1, 1, 1, 0, 1, 1, 1.41, 1.41]
    assert channel_weights("", 3).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("parts", "span"),
    [  # Tech 3342 table 1, cases 1 to 4
        (((-20.0, 20.0), (-30.0, 20.0)), 10.0),
        (((-20.0, 20.0), (-15.0, 20.0)), 5.0),
        (((-40.0, 20.0), (-20.0, 20.0)), 20.0),
        (((-50.0, 20.0), (-35.0, 20.0), (-20.0, 20.0), (-35.0, 20.0), (-50.0, 20.0)), 15.0),
    ],
)
def test_loudness_range_of_the_standard_signals(
    parts: tuple[tuple[float, float], ...], span: float, tmp_path: Path
) -> None:
    found = listen(Loudness, bursts(*parts, rate=16000), tmp_path, rate=16000)
    assert value(found, "range") == pytest.approx(span, abs=1.0)


def test_the_loudest_moment_is_found_and_named_on_the_clips_clock(tmp_path: Path) -> None:
    sound = noise(1, 6.0, level=-50, channels=2)
    sound[96000 : 96000 + 19200] = tone(1000, 0.4, level=-10, channels=2)
    found = listen(Loudness, sounding(sound, start=1.0), tmp_path)
    loudest = whole(found, "momentary_max")
    assert loudest.value == pytest.approx(-10, abs=0.2)
    assert loudest.data["seconds"] == pytest.approx(1 + 2.2, abs=0.06)


def test_targets_are_evidence(tmp_path: Path) -> None:
    reading = whole(listen(Loudness, tone(1000, 4, level=-20, channels=2), tmp_path), "integrated")
    assert reading.data["over_broadcast"] == pytest.approx(3, abs=0.1)
    assert reading.data["over_web"] == pytest.approx(-6, abs=0.1)
    assert "LU above the -23 LUFS" in reading.words and "LU below the -14 LUFS" in reading.words


def test_what_cannot_be_measured_says_why(tmp_path: Path) -> None:
    short = whole(listen(Loudness, tone(1000, 0.2), tmp_path), "integrated")
    assert short.value is None and "0.4 s" in str(short.unmeasured)
    silent = whole(listen(Loudness, np.zeros((48000, 2), np.float32), tmp_path), "integrated")
    assert "digital silence" in str(silent.unmeasured)
    faint = listen(Loudness, tone(1000, 4, level=-90), tmp_path)
    assert "gate" in str(whole(faint, "integrated").unmeasured) and whole(faint, "momentary_max").value is not None
    assert whole(listen(Loudness, tone(1000, 2), tmp_path), "range").value is None


def test_a_film_lies_where_a_reference_meter_puts_it(shared: Path, tmp_path: Path) -> None:
    found = listen(Loudness, real(shared / "film" / "sintel.mp4"), tmp_path)
    assert value(found, "integrated") == pytest.approx(-24.5, abs=0.1)  # read by ffmpeg's ebur128 filter
    assert value(found, "range") == pytest.approx(9.3, abs=0.2)
