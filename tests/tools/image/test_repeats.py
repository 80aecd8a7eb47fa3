"""Repeats: patches stamped on purpose, textures that never repeat, plain pictures, footage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.image.repeats import twins
from tests.synth import flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, values


def grown(seed: int = 12) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return gradient_noise(seed, 240, 400, coarsest=24)


def test_it_rises_with_the_stamps(tmp_path: Path) -> None:
    read = []
    for count in (0, 3, 8):
        picture = grown()
        stamp = picture[100:150, 180:240].copy()
        for k in range(count):
            y, x = divmod(k, 4)
            picture[5 + 120 * y : 55 + 120 * y, 10 + 95 * x : 70 + 95 * x] = stamp
        read.append(twins(picture[..., 1]))
    assert read[0] < 3 < read[1] < read[2] and read[2] > 15
    assert values("repeats", [picture] * 30, tmp_path)["share"] > 15
    assert any(e.picture is not None for e in evidence("repeats", [picture] * 30, tmp_path))


@pytest.mark.parametrize("size", [(144, 256), (16, 16)])
def test_too_little_detail_is_a_reason(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("repeats", flat(10, (90, 90, 90), *size), tmp_path))["share"]
    assert found.unmeasured == "the frames have too few details to compare"
    assert np.isnan(twins(np.zeros(size, np.uint8)))


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "rated/357_real.mp4", "film/sintel.mp4"])
def test_footage_has_few(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("repeats", shared / name, tmp_path).get("share", 0) < 15
