"""Contrast: ramps and fields whose tones are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.picture.contrast import tones
from tests.tools.picture.film import shot, values

RAMP = np.tile(np.arange(256, dtype=np.uint8), (64, 1))


def test_a_full_ramp_uses_the_whole_scale() -> None:
    span, deviation, midtones = tones(RAMP)
    assert span == pytest.approx(0.98, abs=0.01)
    assert deviation == pytest.approx(1 / np.sqrt(12), rel=0.01)
    assert midtones == 50


def test_one_tone_has_no_contrast() -> None:
    assert tones(np.full((20, 30), 90, np.uint8)) == pytest.approx((0, 0, 100), abs=1e-6)


def test_washing_a_clip_out_lowers_its_tonal_range_in_step(tmp_path: Path) -> None:
    frames = shot(10)
    found = [
        values("contrast", [(60 + share * f).astype(np.uint8) for f in frames], tmp_path)["tonal_range"]
        for share in (0.7, 0.35, 0.1)
    ]
    assert found[0] == pytest.approx(2 * found[1], rel=0.15) and found[1] == pytest.approx(3.5 * found[2], rel=0.3)


def test_bars_are_not_contrast(tmp_path: Path) -> None:
    frames = shot(10)
    plain = values("contrast", frames, tmp_path)
    for frame in frames:
        frame[:20], frame[-20:] = 0, 0
    barred = values("contrast", frames, tmp_path)
    assert barred["rms_contrast"] == pytest.approx(plain["rms_contrast"], rel=0.1)
