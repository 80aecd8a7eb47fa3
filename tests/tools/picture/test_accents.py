"""Accents of movement: an even tempo and a swing, stillness, tiny pictures, footage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, values

K = np.arange(60)


def passing(places: NDArray[np.floating]) -> list[RGB]:
    """A textured square before a still texture (144 lines), its left edge at a place in each frame."""
    ground, thing = gradient_noise(3, 144, 256, coarsest=12), gradient_noise(17, 60, 60, coarsest=8)
    frames = []
    for at in np.rint(places).astype(int):
        picture = ground.copy()
        picture[40:100, at : at + 60] = thing
        frames.append(picture)
    return frames


def test_a_swing_is_told_from_an_even_tempo(tmp_path: Path) -> None:
    even = values("accents", passing(5 + 2.0 * K), tmp_path)["contrast"]
    swung = values("accents", passing(90 - 80 * np.cos(K / 12)), tmp_path)["contrast"]
    assert even < 0.25 < 0.35 < swung


def test_slow_and_fast_are_shown(tmp_path: Path) -> None:
    found = of_clip(evidence("accents", passing(90 - 80 * np.cos(K / 12)), tmp_path))["contrast"]
    assert found.picture is not None and found.curve is not None


@pytest.mark.parametrize("size", [(144, 256), (16, 16), (4, 4)])
def test_what_does_not_move_has_none(size: tuple[int, int], tmp_path: Path) -> None:
    for count in (1, 30):
        found = of_clip(evidence("accents", flat(count, (90, 90, 90), *size), tmp_path))["contrast"]
        assert found.unmeasured == "in no shot does anything move long and far enough"


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "speech/hdtf_b.mp4", "film/sintel.mp4"])
def test_people_have_some(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("accents", shared / name, tmp_path)["contrast"] > 0.2
