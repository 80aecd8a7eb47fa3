"""Joint limits: arms of known bends, seen flat, foreshortened, from the side and from the front; footage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.people.bodies import ELBOWS, HIPS, SHOULDERS, STATURE_BY_BOX, WRISTS, BodyTrack
from evalverse.tools.people.heads import Looks
from evalverse.tools.people.joint_limits import EARS, JointLimits, elbows_backwards, folded_over
from tests.synth import flat
from tests.tools.people._actor import ASPECT, body, head, read, stage
from tests.tools.picture.film import ask, evidence, of_clip

STATURE = 0.8
T = np.arange(25) / 12.5
X = np.full(len(T), 0.8)
UPPER, LOWER = 0.186 * STATURE, 0.146 * STATURE


def profile(bend: float, facing: int = 1, lean: float = 0.0, from_side: bool = True) -> BodyTrack:
    """One who stands from the side with both arms hanging and bent by ``bend`` degrees, to the front if positive.

    ``lean`` degrees turn the forearm towards the viewer.
    """
    joints = body(T, X, STATURE, gait=False)
    if from_side:
        for pair in (SHOULDERS, HIPS):
            joints[:, pair, 0] = X[:, None] + np.array([0.01, -0.01]) * STATURE
    joints[:, EARS, 1] = joints[:, :1, 1]
    joints[:, EARS, 0] = X[:, None] - 0.05 * STATURE * facing
    angle, flat_share = np.radians(bend), np.cos(np.radians(lean))
    for shoulder, elbow, wrist in zip(SHOULDERS, ELBOWS, WRISTS, strict=True):
        joints[:, elbow, :2] = joints[:, shoulder, :2] + np.array([0, UPPER])
        forearm = LOWER * flat_share * np.array([facing * np.sin(angle), np.cos(angle)])
        joints[:, wrist, :2] = joints[:, elbow, :2] + forearm
    return BodyTrack(0, T, joints, 1.0, STATURE)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize(("bend", "wrong"), [(0, 0.0), (60, 0.0), (140, 0.0), (-10, 0.0), (-40, 1.0), (-90, 1.0)])
def test_elbows_bend_forwards(bend: float, wrong: float, facing: int) -> None:
    found = elbows_backwards(profile(bend, facing), ASPECT)
    assert len(found.t) == 2 * len(T)
    assert found.values.mean() == wrong


def test_a_body_that_lies_is_read_like_one_that_stands() -> None:
    track = profile(-60)
    joints = track.joints.copy()
    joints[..., 0], joints[..., 1] = 0.3 + track.joints[..., 1], 1.3 - track.joints[..., 0]  # turned by a right angle
    assert elbows_backwards(BodyTrack(0, T, joints, 1.0, STATURE), ASPECT).values.mean() == 1.0


def test_from_the_front_nothing_is_said_about_the_side_of_a_bend() -> None:
    found = elbows_backwards(profile(-60, from_side=False), ASPECT)
    assert len(found.t) == 0 and found.in_view == 2 * len(T)


@pytest.mark.parametrize(("bend", "over"), [(0, 0.0), (90, 0.0), (150, 0.0), (165, 10.0), (175, 20.0)])
def test_an_elbow_folded_beyond_its_range_is_measured(bend: float, over: float) -> None:
    assert folded_over(profile(bend), ASPECT).values.max() == pytest.approx(over, abs=1.0)


def test_a_lean_towards_the_viewer_speaks_for_the_body() -> None:
    """In the picture the forearm lies on the upper arm; leaning by 25 degrees it is bent by less."""
    found = folded_over(profile(178, lean=25), ASPECT)
    assert found.values.max() == 0.0


def test_a_foreshortened_limb_is_left_out() -> None:
    found = folded_over(profile(178, lean=60), ASPECT)
    legs = 2 * len(T)
    assert len(found.t) == legs and found.in_view == 2 * legs


def looks() -> Looks:
    size = STATURE / STATURE_BY_BOX
    return [(float(t), (head(0.8, 0.1 + 0.07 * STATURE, size),)) for t in T[::3]]


def test_the_operator_shows_the_body_and_its_curve(tmp_path: Path) -> None:
    found = read(JointLimits, stage(tmp_path, 2, looks=looks(), walker=(T, profile(-70).joints)))
    assert found["elbows_backwards"].value == 1.0 and found["folded_over"].value == 0.0
    assert all(e.picture is not None and e.curve is not None for e in found.values())


def test_why_it_could_not_be_measured(tmp_path: Path) -> None:
    front = read(JointLimits, stage(tmp_path, 2, looks=looks(), walker=(T, profile(-70, from_side=False).joints)))
    assert "seen from the side" in str(front["elbows_backwards"].unmeasured)
    unseen = profile(0).joints.copy()
    unseen[:, 13:, 3] = 0.1
    hidden = read(JointLimits, stage(tmp_path, 2, looks=looks(), walker=(T, unseen)))
    assert "no arm" in str(hidden["elbows_backwards"].unmeasured) and "no arm" in str(hidden["folded_over"].unmeasured)


@pytest.mark.parametrize(("count", "size"), [(1, (144, 256)), (10, (16, 16))])
def test_a_clip_with_nobody_says_so(count: int, size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("joint_limits", flat(count, (90, 90, 90), *size), tmp_path))
    assert len(found) == 2 and all("no body" in str(e.unmeasured) for e in found.values())


@pytest.mark.parametrize("name", ["speech/latent_1.mp4", "speech/latent_3.mp4"])
def test_arms_of_speakers_fold_as_arms_do(shared: Path, tmp_path: Path, name: str) -> None:
    found = of_clip(ask("joint_limits", shared / name, tmp_path))
    assert found["folded_over"].value == 0.0
    assert "seen from the side" in str(found["elbows_backwards"].unmeasured)  # they face the camera
