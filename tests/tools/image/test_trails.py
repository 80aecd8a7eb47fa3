"""Trails: copies of a known opacity and delay in moving footage, and movement that holds none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.image.trails import standing_out
from tests.synth import RGB, flat
from tests.tools.picture.film import evidence, of_clip, real, shot, values

MOVING = (4.0, 0.6)


def trailed(frames: list[RGB], opacity: float, frames_behind: int = 3) -> list[RGB]:
    """Each frame mixed with the one so many frames before."""
    return [
        np.asarray((1 - opacity) * frame + opacity * frames[max(0, k - frames_behind)], np.uint8)
        for k, frame in enumerate(frames)
    ]


def test_one_lag_that_stands_out_is_read_in_percent_of_what_moves() -> None:
    smooth = np.tile(100 + 400 * 0.5 ** np.arange(10.0), (12, 1))
    assert standing_out(smooth).max() < 0
    copied = smooth.copy()
    copied[:, 4] += 40
    found = standing_out(copied)
    assert found.shape == (6,) and found.argmax() + 2 == 4
    assert found.max() == pytest.approx(100 * 40 / 400, abs=2)


def test_where_too_little_moves_nothing_is_known() -> None:
    assert np.isnan(standing_out(np.full((12, 10), 50.0))).all()
    assert np.isnan(standing_out(np.full((2, 10), 50.0) * np.linspace(1, 0, 10))).all()


def test_it_rises_with_the_opacity_of_the_copy(tmp_path: Path) -> None:
    read = [values("trails", trailed(shot(60, MOVING, coarsest=40), o), tmp_path)["copy"] for o in (0.0, 0.1, 0.3)]
    assert read[0] < 0.5 < 3 < read[1] < read[2]


def test_the_lag_is_told_and_two_moments_are_shown(tmp_path: Path) -> None:
    found = [
        e
        for e in evidence("trails", trailed(shot(60, MOVING, coarsest=40), 0.3, 4), tmp_path)
        if e.scope is Scope.MOMENT
    ]
    assert len(found) == 1 and found[0].picture is not None
    assert found[0].data["lag"] == pytest.approx(0.16, abs=0.001)


def test_noise_on_a_moving_picture_is_no_copy(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noisy = [np.clip(f + rng.normal(0, 12, f.shape), 0, 255).astype(np.uint8) for f in shot(60, MOVING, coarsest=40)]
    assert values("trails", noisy, tmp_path)["copy"] < 0.5


@pytest.mark.parametrize("size", [(144, 256), (16, 16), (40, 8)])
@pytest.mark.parametrize("count", [1, 5, 40])
def test_too_little_to_see_is_a_reason(size: tuple[int, int], count: int, tmp_path: Path) -> None:
    found = of_clip(evidence("trails", flat(count, (90, 90, 90), *size), tmp_path))["copy"]
    assert found.value is None and found.unmeasured == "no shot has frames enough in which something moves"


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "speech/hdtf_b.mp4", "film/sintel.mp4"])
def test_footage_holds_none(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("trails", shared / name, tmp_path).get("copy", 0) < 2.5
