"""Flicker: what jumps and comes back between frames, told from steps, swings and motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.flicker import in_places, there_and_back, worst_tenth
from tests.synth import RGB
from tests.tools.picture.film import evidence, lit, of_clip, real, shot, tinted, values

BEAT = np.array([1, -1] * 25)


def test_a_jump_that_comes_back_counts_and_a_step_does_not() -> None:
    jump = np.array([0, 0.2, -0.3, 0, 0])[:, None]
    step = np.array([0, 0.2, 0, 0, 0.1])[:, None]
    assert there_and_back(jump).tolist() == pytest.approx([0, 0.2, 0, 0, 0])
    assert there_and_back(step).max() == 0


def test_places_that_flicker_are_told_from_places_that_something_passes() -> None:
    changes = np.zeros((12, 3))
    changes[:, 0] = 0.1 * np.array([1, -1] * 6)
    changes[4:6, 1] = (0.8, -0.8)
    changes[:9, 2] = np.nan
    found = in_places(changes)
    assert found is not None
    assert found[0] == pytest.approx(6.93, abs=0.01) and found[1] == 0 and np.isnan(found[2])
    assert worst_tenth(found[None]) == pytest.approx(6.93, abs=0.01)
    assert worst_tenth(np.full((2, 4), np.nan)) is None


@pytest.mark.parametrize("pan", [(0.0, 0.0), (2.0, 1.0)])
def test_flicker_of_a_clip_grows_with_the_fault(tmp_path: Path, pan: tuple[float, float]) -> None:
    found = [
        values("flicker", lit(shot(50, pan), stops * BEAT), tmp_path)["luma_flicker"] for stops in (0.0, 0.02, 0.08)
    ]
    assert found[0] < 0.4
    assert found[1:] == pytest.approx([100 * np.log(2) * 2 * s for s in (0.02, 0.08)], rel=0.25)


def test_flicker_of_colour_is_not_flicker_of_light(tmp_path: Path) -> None:
    frames = [tinted(f, (1 + 0.06 * b, 1.0, 1 - 0.06 * b)) for f, b in zip(shot(50), BEAT, strict=True)]
    found = evidence("flicker", frames, tmp_path)
    told = of_clip(found)
    assert told["chroma_flicker"].value is not None and told["chroma_flicker"].value > 2
    assert told["luma_flicker"].value is not None and told["luma_flicker"].value < 2
    assert told["chroma_flicker"].data["hertz"] == pytest.approx(12.5, abs=0.7)
    assert any(e.scope == Scope.MOMENT and e.measure == "flicker.chroma_flicker" for e in found)


def test_a_slow_swing_of_light_is_not_flicker(tmp_path: Path) -> None:
    stops = 0.3 * np.sin(2 * np.pi * np.arange(50) / 25)
    assert values("flicker", lit(shot(50), stops), tmp_path)["luma_flicker"] < 0.5


def test_flicker_in_one_place_shows_there_and_not_in_the_whole(tmp_path: Path) -> None:
    def in_a_corner(depth: float) -> list[RGB]:
        frames = shot(50)
        for frame, beat in zip(frames, BEAT, strict=True):
            frame[12:60, 12:72] = np.clip(frame[12:60, 12:72] * (1 + depth * beat), 0, 255)
        return frames

    found = [values("flicker", in_a_corner(depth), tmp_path) for depth in (0.0, 0.04, 0.12)]
    assert found[0]["local_flicker"] < 1 < 5 < found[1]["local_flicker"] < 0.6 * found[2]["local_flicker"]
    assert max(f["luma_flicker"] for f in found) < 0.5


def test_a_cut_is_not_flicker_and_a_few_frames_are_too_few(tmp_path: Path) -> None:
    assert values("flicker", shot(30) + shot(30, seed=9), tmp_path)["luma_flicker"] < 0.3
    assert all(e.unmeasured for e in evidence("flicker", shot(4), tmp_path))


def test_real_footage_hardly_flickers_and_generated_frames_do(shared: Path, tmp_path: Path) -> None:
    for prompt in ("079", "357"):
        seen = real("flicker", shared / "rated" / f"{prompt}_real.mp4", tmp_path)["luma_flicker"]
        made = real("flicker", shared / "rated" / f"{prompt}_text2video-zero.mp4", tmp_path)["luma_flicker"]
        assert seen < 1 < 5 < made, prompt
