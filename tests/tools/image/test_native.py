"""Faults of pixels: each measure rises with its own fault, stays put for others, and passes real footage."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.evidence import Scope
from evalverse.tools.image.aliasing import beat
from evalverse.tools.image.compression import banding, blocking
from evalverse.tools.image.noise import grain
from tests.synth import gradient_noise
from tests.tools.picture.film import evidence, of_clip, real

Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def clean() -> Grey:
    """A soft texture with a trace of grain."""
    picture = cv2.cvtColor(gradient_noise(5, 240, 400, octaves=5), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.clip(picture + np.random.default_rng(0).normal(0, 0.6, picture.shape), 0, 255).astype(np.uint8)


def jpeg(grey: Grey, quality: int) -> Grey:
    coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def grainy(grey: Grey, sigma: float) -> Grey:
    return np.clip(grey + np.random.default_rng(1).normal(0, sigma, grey.shape), 0, 255).astype(np.uint8)


def coarse(grey: Grey, times: float) -> Grey:
    """Every pixel repeated so many times."""
    height, width = grey.shape
    small = cv2.resize(grey, (round(width / times), round(height / times)), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def ramp(step: int) -> Grey:
    """A sky that goes from dark to light, in steps of so many code values."""
    line = np.linspace(60, 160, 400)
    return np.tile((np.floor(line / step) * step).astype(np.uint8), (240, 1))


def test_blocking_rises_with_coding_wherever_the_grid_lies(clean: Grey) -> None:
    levels = [blocking(jpeg(clean, q)) for q in (60, 25, 8)]
    assert blocking(clean) < 10 and levels == sorted(levels) and levels[-1] > 60
    assert blocking(jpeg(clean, 8)[3:, 5:]) == pytest.approx(levels[-1], rel=0.2)


def test_blocking_is_not_grain_nor_repeated_pixels(clean: Grey) -> None:
    hard = blocking(jpeg(clean, 8))
    assert blocking(grainy(clean, 10)) < 10
    assert max(blocking(coarse(clean, t)) for t in (2, 3, 4)) < hard / 2


def test_banding_is_steps_that_can_be_seen() -> None:
    assert banding(ramp(1)) == 0
    assert banding(ramp(5)) > 60 and banding(np.ascontiguousarray(ramp(5).T)) > 60
    assert banding(grainy(ramp(5), 4)) < 1


def test_an_edge_is_not_a_band() -> None:
    flat = np.full((240, 400), 90, np.uint8)
    flat[:, 200:] = 110
    assert banding(flat) == 0


def test_the_beat_of_repeated_pixels(clean: Grey) -> None:
    assert beat(clean) < 8 and beat(jpeg(clean, 25)) < 15 and beat(grainy(clean, 10)) < 8
    assert min(beat(coarse(clean, t)) for t in (1.7, 2.4, 4)) > 25
    soft = cv2.resize(clean[::2, ::2], clean.shape[::-1], interpolation=cv2.INTER_CUBIC)
    assert beat(np.asarray(soft, np.uint8)) < 25


@pytest.mark.parametrize("sigma", [2.0, 5.0, 12.0])
def test_grain_is_measured_in_code_values(clean: Grey, sigma: float) -> None:
    assert grain(grainy(clean, sigma)) == pytest.approx(sigma, rel=0.2)


def test_grain_is_not_texture_nor_ramps(clean: Grey) -> None:
    assert grain(ramp(1)) < 0.3
    assert grain(clean) < 1.2
    assert np.isnan(grain(np.zeros((240, 400), np.uint8)))


def test_a_small_picture_has_no_grid_to_see(tmp_path: Path) -> None:
    small = [gradient_noise(1, 60, 80) for _ in range(5)]
    for name, measures in (("compression", ("blocking",)), ("aliasing", ("stair_steps",))):
        told = of_clip(evidence(name, small, tmp_path))
        assert all(told[m].unmeasured for m in measures), name


def test_blocks_in_a_clip_are_found_and_shown(tmp_path: Path, clean: Grey) -> None:
    picture = np.repeat(jpeg(clean, 6)[..., None], 3, axis=2)
    found = evidence("compression", [picture] * 30, tmp_path, crf=4)
    assert (of_clip(found)["blocking"].value or 0) > 30
    assert any(e.scope == Scope.MOMENT and e.picture for e in found)


def test_real_footage_has_none_of_it(shared: Path, tmp_path: Path) -> None:
    for name in ("film/sintel.mp4", "speech/retalk_1.mp4"):
        told = {}
        for operator in ("compression", "aliasing", "noise"):
            told |= real(operator, shared / name, tmp_path)
        assert told["blocking"] < 35 and told["banding"] < 3 and told["stair_steps"] < 15 and told["grain"] < 3, name
