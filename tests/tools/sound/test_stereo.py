"""The stereo field of sounds whose sides are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.sound.stereo import Stereo
from tests.synth import noise
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole

WIDE = noise(1, 4, level=-20, channels=2)
MONO = np.repeat(noise(2, 4, level=-20), 2, axis=1)


def test_mono_wide_and_out_of_phase(tmp_path: Path) -> None:
    for sound, correlation, width, cancelling in (
        (MONO, 1, 0, 0),
        (WIDE, 0, 50, 0),
        (MONO * [1, -1], -1, 100, 100),
    ):
        found = listen(Stereo, sound.astype(np.float32), tmp_path)
        assert value(found, "correlation") == pytest.approx(correlation, abs=0.02)
        assert value(found, "width") == pytest.approx(width, abs=1)
        assert value(found, "cancelling") == pytest.approx(cancelling, abs=1)


@pytest.mark.parametrize(("gain", "decibels"), [(1.0, 0), (0.5, 6.02), (0.1, 20), (0.0, 60)])
def test_imbalance_is_the_difference_of_levels(gain: float, decibels: float, tmp_path: Path) -> None:
    found = listen(Stereo, (MONO * [1, gain]).astype(np.float32), tmp_path)
    assert value(found, "imbalance") == pytest.approx(decibels, abs=0.1)


def test_the_passage_that_cancels_is_found(tmp_path: Path) -> None:
    sound = MONO.copy()
    sound[48000:96000, 1] *= -1
    (span,) = moments(listen(Stereo, sounding(sound, start=2.0), tmp_path), "cancelling")
    assert (span.start, span.end) == pytest.approx((3.0, 4.0))


def test_surround_is_read_at_the_front_and_mono_is_not(tmp_path: Path) -> None:
    surround = np.concatenate([WIDE[:, :1], WIDE[:, 1:], MONO, MONO], axis=1)
    assert value(listen(Stereo, surround, tmp_path), "width") == pytest.approx(50, abs=1)
    assert "mono" in str(whole(listen(Stereo, noise(1, 2), tmp_path), "width").unmeasured)
    centre = np.zeros((48000, 6), np.float32)
    centre[:, 2] = 0.1
    assert "silent" in str(whole(listen(Stereo, centre, tmp_path), "width").unmeasured)


def test_film_is_wide_and_balanced(shared: Path, tmp_path: Path) -> None:
    found = listen(Stereo, real(shared / "film" / "sintel.mp4"), tmp_path)
    assert value(found, "imbalance") < 3 and value(found, "cancelling") < 5 < value(found, "width")
