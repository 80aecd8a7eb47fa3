"""Colour: saturation, cast, drift, grade and palette of pictures whose colours are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.light import lab, linear
from evalverse.tools.picture._palette import dominant, strip
from evalverse.tools.picture.colour import describe, effective
from tests.tools.picture.film import evidence, of_clip, real, shot, tinted, values


def grey_shot(count: int = 30, pan: tuple[float, float] = (0.0, 0.0), seed: int = 3) -> list[np.ndarray]:
    """A shot without any colour."""
    return [np.repeat(f.mean(2, keepdims=True), 3, 2).astype(np.uint8) for f in shot(count, pan, seed)]


def colours(*rgb: tuple[int, int, int], counts: tuple[int, ...]) -> np.ndarray:
    """Lab pixels of some colours, each so many times."""
    return lab(linear(np.repeat(np.array(rgb, np.uint8), counts, axis=0)))


def test_a_cast_is_read_off_what_ought_to_be_grey() -> None:
    neutral = colours((120, 120, 120), (200, 30, 30), (40, 160, 60), counts=(50, 30, 20))
    leaning = colours((140, 120, 95), (200, 30, 30), (40, 160, 60), counts=(50, 30, 20))
    assert np.hypot(*describe(neutral)[4:]) < 0.5
    a, b = describe(leaning)[4:]
    assert b > 10 and abs(a) < 8


def test_black_has_no_cast() -> None:
    assert np.isnan(describe(colours((3, 3, 3), counts=(40,)))[4])


def test_the_palette_finds_the_colours_and_their_shares() -> None:
    found = dominant(colours((230, 60, 40), (30, 60, 160), (240, 240, 230), counts=(600, 300, 100)))
    assert [s.share for s in found] == pytest.approx([0.6, 0.3, 0.1])
    assert found[0].hex == "#e63c28"
    assert effective(found) == pytest.approx(1 / (0.36 + 0.09 + 0.01))


def test_the_strip_is_as_wide_as_the_shots_are_long() -> None:
    red, blue = dominant(colours((220, 20, 20), counts=(9,))), dominant(colours((20, 20, 220), counts=(9,)))
    picture = strip([red, blue], [3.0, 1.0], (400, 40))
    assert picture.shape == (40, 400, 3)
    assert (picture[:, :300, 0] > 150).all() and (picture[:, 300:, 2] > 150).all()


def test_saturation_and_cast_follow_a_tint_and_drift_does_not(tmp_path: Path) -> None:
    found = []
    for warm in (1.0, 1.3, 1.8):
        frames = [tinted(f, (warm, 1.0, 1 / warm)) for f in grey_shot()]
        told = of_clip(evidence("colour", frames, tmp_path))
        found.append({name: e.value for name, e in told.items()})
        assert told["cast"].data["direction_of_cast"] == ("none" if warm == 1 else "orange")
    assert found[0]["cast"] < 2 < 8 < found[1]["cast"] < 0.7 * found[2]["cast"]
    assert found[0]["saturation"] < 2 < found[1]["saturation"] < found[2]["saturation"]
    assert max(f["cast_drift"] for f in found) < 1


@pytest.mark.parametrize("pan", [(0.0, 0.0), (2.0, 0.5)])
def test_drift_within_a_shot_grows_with_the_fault(tmp_path: Path, pan: tuple[float, float]) -> None:
    found = []
    for end in (1.0, 1.25, 1.6):
        warm = np.linspace(1, end, 50)
        frames = [tinted(f, (w, 1.0, 1 / w)) for f, w in zip(shot(50, pan), warm, strict=True)]
        found.append(values("colour", frames, tmp_path)["cast_drift"])
    assert found[0] < 1.5 < 5 < found[1] < 0.7 * found[2]


def test_a_change_of_grade_at_a_cut_is_measured_and_shown(tmp_path: Path) -> None:
    one = shot(30, (0.5, 0.0))
    cold = [tinted(f, (0.5, 0.8, 1.5)) for f in shot(30, (0.5, 0.0), seed=8)]
    found = evidence("colour", one + cold, tmp_path)
    assert of_clip(found)["grade_change"].value > 15
    moment = next(e for e in found if e.measure == "colour.grade_change" and e.span and e.shot != 0)
    assert moment.picture is not None and "cooler" in moment.words


def test_one_shot_has_no_change_of_grade_and_no_frame_no_colour(tmp_path: Path) -> None:
    told = of_clip(evidence("colour", shot(5), tmp_path))
    assert told["grade_change"].unmeasured and told["cast_drift"].unmeasured
    assert told["palette"].picture is not None


def test_real_footage_keeps_its_colour(shared: Path, tmp_path: Path) -> None:
    for name in ("speech/retalk_2.mp4", "rated/357_real.mp4"):
        assert real("colour", shared / name, tmp_path)["cast_drift"] < 2, name
