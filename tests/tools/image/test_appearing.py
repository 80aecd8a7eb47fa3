"""Appearing: a thing that pops in, one that glides in, changes of the whole picture, and footage that has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.image.appearing import sudden
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, shot, values


def with_thing(frames: list[RGB], places: list[int | None], size: int = 30) -> list[RGB]:
    """The frames with a textured square whose left edge stands at a place in each of them (None: not there)."""
    thing = gradient_noise(40, size, size, coarsest=6)
    made = []
    for frame, left in zip(frames, places, strict=True):
        picture = frame.copy()
        if left is not None and left < 256:
            part = thing[:, max(0, -left) : 256 - left]
            picture[60 : 60 + size, max(0, left) : max(0, left) + part.shape[1]] = part
        made.append(picture)
    return made


def test_a_step_counts_once_and_where_all_changes_not_at_all() -> None:
    rests = np.full((20, 9, 16), 1.0, np.float32)
    rests[10, 4:6, 4:6] = 30
    times = sudden(rests)
    assert times.max() == times[10].max() == pytest.approx(30 / 3)
    steady = rests.copy()
    steady[:, 4:6, 4:6] = 30
    assert sudden(steady).max() < 1.1
    rests[10] = 30
    assert sudden(rests).max() < 1


def test_what_pops_in_is_told_from_what_glides_in(tmp_path: Path) -> None:
    frames = shot(50, (0.4, 0.0))
    still = values("appearing", frames, tmp_path)["pop"]
    popped = values("appearing", with_thing(frames, [None] * 25 + [110] * 25), tmp_path)["pop"]
    gone = values("appearing", with_thing(frames, [110] * 25 + [None] * 25), tmp_path)["pop"]
    glided = values("appearing", with_thing(frames, [-30 + 3 * k for k in range(50)]), tmp_path)["pop"]
    assert still < 1.5
    assert min(popped, gone) > 6
    assert glided < 3.3


def test_the_place_and_the_moment_are_shown(tmp_path: Path) -> None:
    found = evidence("appearing", with_thing(shot(50), [None] * 25 + [180] * 25), tmp_path)
    moment = next(e for e in found if e.scope is Scope.MOMENT)
    left, top, right, bottom = moment.data["box"]
    assert left < 195 / 256 < right and top < 75 / 144 < bottom
    assert moment.span is not None and moment.span.end == pytest.approx(1.0, abs=0.05)
    assert moment.picture is not None


def test_cuts_and_flashes_are_not_its_business(tmp_path: Path) -> None:
    cut = [*shot(30, seed=3), *shot(30, seed=8)]
    assert values("appearing", cut, tmp_path)["pop"] < 3.3
    flash = shot(50)
    flash[25] = np.clip(flash[25].astype(int) + 90, 0, 255).astype(np.uint8)
    assert values("appearing", flash, tmp_path)["pop"] < 3.3


@pytest.mark.parametrize("size", [(144, 256), (16, 16), (8, 40)])
def test_little_to_see(size: tuple[int, int], tmp_path: Path) -> None:
    assert of_clip(evidence("appearing", flat(30, (90, 90, 90), *size), tmp_path))["pop"].value == 0
    one = of_clip(evidence("appearing", flat(1, (90, 90, 90), *size), tmp_path))["pop"]
    assert one.unmeasured == "no shot has frames enough"


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "rated/357_real.mp4", "speech/latent_2.mp4"])
def test_footage_has_none(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("appearing", shared / name, tmp_path)["pop"] < 3.3
