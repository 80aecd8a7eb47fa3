"""Colour fit: colours shifted by known pixels, outlines without colour, colours without outlines, footage."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.image.colour_fit import offset
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, values


def patches(height: int = 240, width: int = 400) -> RGB:
    """Coloured rectangles, dark and light, on grey."""
    rng, picture = np.random.default_rng(4), np.full((height, width, 3), 128, np.uint8)
    for _ in range(60):
        x, y = int(rng.integers(0, width - 40)), int(rng.integers(0, height - 30))
        picture[y : y + int(rng.integers(12, 40)), x : x + int(rng.integers(20, 60))] = rng.integers(0, 255, 3)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.uint8)


def bled(picture: RGB, pixels: int) -> RGB:
    """Its colours moved to the right."""
    planes = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
    planes[..., 1:] = np.roll(planes[..., 1:], pixels, axis=1)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)


@pytest.mark.parametrize("pixels", [-6, 0, 4, 9])
def test_the_shift_is_read_with_its_side(pixels: int) -> None:
    assert offset(bled(patches(), pixels), 12) == pytest.approx(pixels, abs=1)


def test_too_few_edges_are_not_a_reading() -> None:
    grey = cv2.cvtColor(cv2.cvtColor(gradient_noise(2, 240, 400), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    assert np.isnan(offset(np.asarray(grey, np.uint8), 12))
    assert np.isnan(offset(patches(32, 48)[:, :16], 3))
    tinted = np.full((240, 400, 3), 128, np.uint8)
    tinted[:, 200:] = cv2.cvtColor(np.array([[[128, 145, 115]]], np.uint8), cv2.COLOR_YCrCb2RGB)[0, 0]
    assert np.isnan(offset(tinted, 12))


def test_clips(tmp_path: Path) -> None:
    fitting, beside = (values("colour_fit", [bled(patches(), n)] * 30, tmp_path)["offset"] for n in (0, 6))
    assert fitting == 0
    assert beside == pytest.approx(100 * 5 / 240, abs=0.45)
    shown = [e for e in evidence("colour_fit", [bled(patches(), 6)] * 30, tmp_path) if e.picture is not None]
    assert shown
    for size in ((16, 16), (144, 256)):
        found = of_clip(evidence("colour_fit", flat(10, (200, 30, 30), *size), tmp_path))["offset"]
        assert found.unmeasured == "there are too few coloured outlines to compare"


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "rated/357_real.mp4", "film/sintel.mp4"])
def test_footage_fits(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("colour_fit", shared / name, tmp_path).get("offset", 0) < 0.7
