"""Body motion: long limbs, trembling, knees, sliding feet and weight, on bodies of known build and gait."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.evidence import Scope, Span
from evalverse.tools.operator import Shot
from evalverse.tools.people.bodies import (
    ANKLES,
    HIPS,
    KNEES,
    SHOULDERS,
    STATURE_BY_BOX,
    TOES,
    WRISTS,
    BodyTrack,
    joined,
)
from evalverse.tools.people.body_motion import BodyMotion, flight, foot_slide, knees_backwards, limb_length, tremor
from evalverse.tools.people.heads import Looks
from tests.tools.people._actor import ASPECT, body, head, read, stage

STATURE = 0.8
T = np.arange(50) / 12.5


def walker(gait: bool = True, speed: float = 0.4) -> BodyTrack:
    x = 0.2 + speed * STATURE * T
    return BodyTrack(0, T, body(T, x, STATURE, gait), 1.0, STATURE)


def lengthened(track: BodyTrack, factor: float) -> BodyTrack:
    joints = track.joints.copy()
    elbow, wrist = 13, WRISTS[0]
    proper = 0.146 * STATURE
    joints[:, wrist, :2] = joints[:, elbow, :2] + np.array([0, proper * factor], np.float32)
    return BodyTrack(0, T, joints, 1.0, STATURE)


@pytest.mark.parametrize("factor", [1.4, 2.0, 2.8])
def test_a_limb_that_is_too_long_is_measured(factor: float) -> None:
    found = limb_length(lengthened(walker(), factor), ASPECT)
    assert found is not None
    assert found.value == pytest.approx(factor, rel=0.02)


def test_a_foreshortened_limb_is_no_fault() -> None:
    found = limb_length(lengthened(walker(), 0.2), ASPECT)
    assert found is not None
    assert found.value < 1.3


def test_trembling_is_told_from_walking() -> None:
    calm = tremor(walker(), ASPECT)
    shaken = walker()
    noise = np.random.default_rng(0).normal(0, 0.01 * STATURE, (len(T), 33, 2))
    shaken.joints[..., :2] += noise
    shaking = tremor(shaken, ASPECT)
    assert calm is not None
    assert shaking is not None
    assert calm.value < 0.2 < 0.5 < shaking.value


def test_a_glide_slides_and_a_walk_does_not() -> None:
    walks, glides = foot_slide(walker(), ASPECT), foot_slide(walker(gait=False), ASPECT)
    assert walks is not None
    assert glides is not None
    assert walks.value < 0.2
    assert glides.value == pytest.approx(1, abs=0.1)


def test_one_who_stands_does_not_slide() -> None:
    assert foot_slide(walker(speed=0.0), ASPECT) is None


@pytest.mark.parametrize(("ahead", "wrong"), [(0.06, 0.0), (-0.08, 1.0)])
def test_knees_bend_forwards(ahead: float, wrong: float) -> None:
    track = walker(gait=False)
    for hip, knee, ankle, toe in zip(HIPS, KNEES, ANKLES, TOES, strict=True):
        track.joints[:, knee, 0] = (track.joints[:, hip, 0] + track.joints[:, ankle, 0]) / 2 + ahead * STATURE
        track.joints[:, toe, 0] = track.joints[:, ankle, 0] + 0.1 * STATURE
    found = knees_backwards(track, ASPECT)
    assert found is not None
    assert found.value == wrong


def jumper(gravity: float, rate: float = 25) -> BodyTrack:
    """Somebody 1.7 m tall who stands, jumps for as long as ``gravity`` lets them, and stands again."""
    t = np.arange(round(2 * rate)) / rate
    fall = gravity * 9.81 / 1.7 * STATURE
    time = 0.5
    up = np.where((t > 0.5) & (t < 0.5 + time), 0.5 * fall * (t - 0.5) * (time - (t - 0.5)), 0)
    joints = body(t, np.full(len(t), 0.8), STATURE, gait=False)
    joints[..., 1] -= up[:, None].astype(np.float32)
    return BodyTrack(0, t, joints, 1.0, STATURE)


@pytest.mark.parametrize("gravity", [0.5, 1.0, 2.0])
def test_weight_is_read_off_a_jump(gravity: float) -> None:
    found = flight(jumper(gravity), ASPECT)
    assert found is not None
    assert found.value == pytest.approx(gravity, rel=0.2)


def test_one_who_walks_does_not_fly() -> None:
    assert flight(walker(), ASPECT) is None


def heads_above(x: NDArray[np.float64], every: int = 3) -> Looks:
    size = STATURE / STATURE_BY_BOX
    return [(float(T[i]), (head(float(x[i]), 0.1 + 0.07 * STATURE, size),)) for i in range(0, len(T), every)]


def test_a_body_without_a_head_is_not_measured(tmp_path: Path) -> None:
    x = 0.2 + 0.4 * STATURE * T
    scene = stage(tmp_path, 4, looks=[(0.0, ()), (1.0, ())], walker=(T, body(T, x, STATURE)))
    found = read(BodyMotion, scene)
    assert all(e.value is None for e in found.values())


@pytest.mark.parametrize("still", [True, False])
def test_sliding_is_told_only_before_a_still_camera(tmp_path: Path, still: bool) -> None:
    x = 0.2 + 0.4 * STATURE * T
    scene = stage(tmp_path, 4, looks=heads_above(x), walker=(T, body(T, x, STATURE, gait=False)), still=still)
    found = read(BodyMotion, scene)
    assert (found["foot_slide"].value is not None) == still
    assert found["limb_length"].value is not None


def test_a_long_arm_is_pointed_at_with_a_picture(tmp_path: Path) -> None:
    x = np.full(len(T), 0.8)
    joints = body(T, x, STATURE)
    joints[20:, WRISTS[0], 1] += 0.2
    scene = stage(tmp_path, 4, looks=heads_above(x), walker=(T, joints))
    found = list(BodyMotion(scene.clip, scene.ledger).finish(scene))
    moment = next(e for e in found if e.scope is Scope.MOMENT)
    assert moment.measure == "body_motion.limb_length"
    assert moment.picture is not None


def test_a_body_that_leaps_across_the_picture_is_another_one() -> None:
    joints = body(T, np.where(T < 2, 0.3, 1.3), STATURE)
    tracks = joined(T, joints, (Shot(0, Span(start=0, end=10)),))
    assert len(tracks) == 2
    assert all(np.ptp(track.at(*SHOULDERS)[..., 0].mean(axis=1)) < 0.01 for track in tracks)
