"""Cadence: uneven beats are counted, even ones are not; new pictures are the frames that show something new."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.synth import RGB
from tests.tools.picture.film import evidence, of_clip, real, shot, values

MOVING = shot(75, (2.0, 0.0))


def held(one_in: int) -> list[RGB]:
    """The moving shot with one frame in so many replaced by the one before."""
    return [MOVING[i - 1] if i % one_in == one_in - 1 else f for i, f in enumerate(MOVING)]


@pytest.mark.parametrize("one_in", [3, 5, 15])
def test_a_picture_held_twice_in_a_beat_is_uneven(tmp_path: Path, one_in: int) -> None:
    told = values("cadence", held(one_in), tmp_path)
    assert told["uneven"] == pytest.approx(100 / one_in, abs=0.1)
    assert told["new_pictures"] == pytest.approx(25 * (1 - 1 / one_in), abs=0.1)


@pytest.mark.parametrize("frames", [2, 3])
def test_pictures_held_alike_are_even_but_few(tmp_path: Path, frames: int) -> None:
    told = values("cadence", [MOVING[i // frames * frames] for i in range(75)], tmp_path, rate=Fraction(24))
    assert told["uneven"] == 0
    assert told["new_pictures"] == pytest.approx(24 / frames)


def test_plain_motion_and_single_accidents_have_no_cadence(tmp_path: Path) -> None:
    stutter = [MOVING[i - 1] if i in (7, 12, 25, 28, 41, 55) else f for i, f in enumerate(MOVING)]
    for frames in (MOVING, stutter, [MOVING[0]] * 50):
        assert values("cadence", frames, tmp_path) == {"uneven": 0, "new_pictures": 25}


def test_what_frozen_frames_could_not_measure_is_not_measured_here(tmp_path: Path) -> None:
    found = of_clip(evidence("cadence", MOVING[:3], tmp_path))
    assert {e.value for e in found.values()} == {None}
    assert all("could not be measured" in (e.unmeasured or "") for e in found.values())


def test_film_of_one_rate_is_even(shared: Path, tmp_path: Path) -> None:
    for name in ("speech/latent_1.mp4", "speech/hdtf_a.mp4", "rated/079_real.mp4"):
        assert real("cadence", shared / name, tmp_path)["uneven"] == 0, name


def test_times_are_those_of_frozen_frames(tmp_path: Path) -> None:
    told = of_clip(evidence("cadence", held(5), tmp_path))["uneven"]
    assert told.curve is not None
    assert "20 % of the frames repeat in a beat" in told.words
