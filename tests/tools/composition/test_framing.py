"""Framing: headroom, look room and cuts, for heads and bodies whose place is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.composition._frame import Area
from evalverse.tools.composition.framing import Framing, crown_of, cut_at_joint, framed, turned
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.people.bodies import KNEES, BodyTrack
from evalverse.tools.people.heads import Head
from tests.tools.people._actor import ASPECT, body, head, stage

FRAME = Area(0, 1, 0, ASPECT)


@pytest.mark.parametrize("y", [0.2, 0.4, 0.7])
def test_headroom_and_eye_line_follow_the_head(y: float) -> None:
    seen = head(0.9, y, 0.1)
    found = framed(0.0, seen, seen.whole[1], FRAME)
    assert found.headroom == pytest.approx(seen.whole[1])
    assert found.eye_line == pytest.approx(y - 0.012)
    assert found.cut == 0


def test_headroom_is_measured_inside_black_bars() -> None:
    seen = head(0.9, 0.4, 0.1)
    assert framed(0.0, seen, 0.3, Area(0.1, 0.9, 0, ASPECT)).headroom == pytest.approx(0.2 / 0.8)


@pytest.mark.parametrize(("x", "way", "room"), [(0.4, 0.3, 0.8), (0.4, -0.3, 0.2), (0.89, 0.3, 0.5)])
def test_look_room_is_what_lies_before_the_eyes(x: float, way: float, room: float) -> None:
    found = framed(0.0, head(x, 0.4, 0.2, turned=way), 0.2, FRAME)
    assert found.look_room == pytest.approx(room, abs=0.02)


def test_a_face_to_the_camera_has_no_look_room() -> None:
    assert np.isnan(framed(0.0, head(0.4, 0.4, 0.2), 0.2, FRAME).look_room)
    assert turned(head(0.4, 0.4, 0.2, turned=-0.3)) == pytest.approx(-0.3)


def test_a_head_cut_at_the_top_counts_in_a_wide_shot_and_not_in_a_close_up() -> None:
    wide, close = head(0.9, 0.05, 0.15), head(0.9, 0.4, 0.8)
    assert framed(0.0, wide, wide.whole[1], FRAME).cut > 0.2
    assert framed(0.0, close, close.whole[1], FRAME).cut == 0


def test_a_head_cut_at_the_side_counts_in_any_shot() -> None:
    assert framed(0.0, head(0.1, 0.5, 0.6), 0.1, FRAME).cut > 0.3


def test_the_crown_is_where_the_mask_begins() -> None:
    seen = head(0.9, 0.5, 0.3)
    person = np.zeros((360, 640), np.float32)
    person[90:, 200:460] = 1
    assert crown_of(seen, person) == pytest.approx(0.25, abs=0.01)
    assert crown_of(seen, np.zeros((360, 640), np.float32)) == seen.whole[1]


def test_the_frame_cuts_at_knees_or_between() -> None:
    t = np.arange(20) / 12.5
    joints = body(t, np.full(20, 0.8), 1.2, gait=False)
    at_knees = float(joints[0, KNEES[0], 1])
    track = BodyTrack(0, t, joints, 1.0, 1.2)
    assert cut_at_joint(track, Area(0, at_knees, 0, ASPECT), ASPECT).mean() == 1
    assert cut_at_joint(track, Area(0, at_knees - 0.12, 0, ASPECT), ASPECT).mean() == 0


def readings(folder: Path, heads: list[tuple[Head, ...]]) -> list[Evidence]:
    scene = stage(folder, len(heads) / 4)
    subject = Framing(scene.clip, scene.ledger)
    for i, found in enumerate(heads):
        subject._looks.append((i / 4, found))
        subject._areas.append(FRAME)
        subject._crowns |= {seen: seen.whole[1] for seen in found}
    return list(subject.finish(scene))


def test_a_cut_head_is_pointed_at_and_a_bystander_far_away_is_not(tmp_path: Path) -> None:
    whole = readings(tmp_path, [(head(0.9, 0.45, 0.2), head(0.02, 0.5, 0.05)) for _ in range(12)])
    assert next(e.value for e in whole if e.measure == "framing.cut_head") == 0
    cut = readings(tmp_path, [(head(0.9, 0.02, 0.2),) for _ in range(12)])
    assert (next(e.value for e in cut if e.measure == "framing.cut_head") or 0) > 0.3
    moment = next(e for e in cut if e.scope is Scope.MOMENT)
    assert moment.picture is not None


def test_nobody_is_a_reason(tmp_path: Path) -> None:
    assert all(e.value is None and e.unmeasured == "no head is found" for e in readings(tmp_path, [(), (), ()]))


def test_without_a_body_only_the_joints_are_missing(tmp_path: Path) -> None:
    found = {e.measure: e for e in readings(tmp_path, [(head(0.9, 0.45, 0.2),) for _ in range(12)])}
    assert found["framing.joint_cut"].unmeasured == "no body is followed"
    assert found["framing.headroom"].value is not None
