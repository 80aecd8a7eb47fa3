"""Sharpness: falls with blur, not with shallow focus or motion; hunting is counted, a rack focus is not."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.sharpness import crispness, hunts, sharpest, steadiness, step_between
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, values

T = np.arange(40) / 8


def texture(height: int = 270, width: int = 480) -> RGB:
    """A still picture full of hard edges."""
    noise = gradient_noise(5, height, width, coarsest=12, octaves=4).mean(2)
    return np.repeat(np.where(noise > np.median(noise), 190, 60).astype(np.uint8)[..., None], 3, 2)


def blurred(picture: RGB, sigma: float) -> RGB:
    """The picture out of focus."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8) if sigma else picture


def test_blur_lowers_crispness_step_by_step() -> None:
    found = [sharpest(*crispness(blurred(texture(), s)[..., 0])) for s in (0, 1, 2, 4)]
    assert all(a > b + 0.05 for a, b in pairwise(found))


def test_a_bare_wall_has_nothing_to_be_sharp_about() -> None:
    assert np.isnan(sharpest(*crispness(np.full((180, 320), 120, np.uint8))))


def test_a_flat_thing_that_covers_half_of_the_picture_is_no_loss_of_focus() -> None:
    before = np.full((9, 16), 0.6, np.float32)
    after = before.copy()
    after[:, :8] = np.nan
    assert step_between(before, after) == 0
    assert step_between(before, before / 2) == -1


@pytest.mark.parametrize(("shape", "count"), [("dip", 1), ("rack", 0), ("twice", 2), ("steady", 0), ("shallow", 0)])
def test_hunting_is_lost_and_found_again(shape: str, count: int) -> None:
    line = np.zeros(40)
    if shape in ("dip", "twice"):
        line[8:14] = -1
    if shape == "twice":
        line[24:30] = -1
    if shape == "rack":
        line[20:] = -1
    if shape == "shallow":
        line[8:14] = -0.15
    assert len(hunts(line, T)) == count


def test_steadiness_is_one_for_a_level_and_falls_with_its_variation() -> None:
    assert steadiness(np.ones(20)) == 1
    assert steadiness(np.linspace(1, 0.5, 100)) == pytest.approx(0.55 / 0.95, abs=0.01)


def test_a_clip_out_of_focus_reads_less_sharp_and_a_shallow_focus_does_not(tmp_path: Path) -> None:
    sharp = texture()
    shallow = blurred(sharp, 5)
    shallow[90:180, 160:320] = sharp[90:180, 160:320]
    dark = (sharp // 6 + 10).astype(np.uint8)
    found = [values("sharpness", [p] * 12, tmp_path)["sharpness"] for p in (sharp, shallow, dark, blurred(sharp, 2))]
    assert found[1:3] == pytest.approx([found[0]] * 2, abs=0.1)
    assert found[3] < found[0] - 0.2


def test_frames_gone_soft_and_hunting_are_found_where_they_are(tmp_path: Path) -> None:
    sharp, soft = texture(), blurred(texture(), 5)
    found = evidence("sharpness", [sharp] * 30 + [soft] * 10 + [sharp] * 35, tmp_path)
    told = of_clip(found)
    assert told["soft_share"].value == pytest.approx(100 * 10 / 75, abs=4)
    assert told["focus_hunting"].value == 1
    assert told["stability"].value is not None and told["stability"].value < 0.7
    moment = next(e for e in found if e.scope == Scope.MOMENT and e.measure == "sharpness.soft_share")
    assert moment.span is not None and abs(moment.span.start - 1.2) < 0.15 and moment.picture is not None


def test_a_steady_clip_is_steady_and_a_flat_one_cannot_be_told(tmp_path: Path) -> None:
    steady = values("sharpness", [texture()] * 30, tmp_path)
    assert steady["stability"] > 0.97 and steady["soft_share"] == 0 and steady["focus_hunting"] == 0
    assert all(e.unmeasured for e in evidence("sharpness", flat(10, (90, 90, 90)), tmp_path))


def test_real_footage_neither_hunts_nor_goes_soft(shared: Path, tmp_path: Path) -> None:
    for name in ("speech/retalk_2.mp4", "rated/357_real.mp4"):
        found = real("sharpness", shared / name, tmp_path)
        assert found["focus_hunting"] == 0 and found["soft_share"] < 5 and found["stability"] > 0.8, name
