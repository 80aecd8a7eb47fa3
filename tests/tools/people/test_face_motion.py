"""Facial motion: jumps and frozen faces are found out; speech, blinks, head movement and slips of the mesh are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evalverse.tools.evidence import Scope, Span
from evalverse.tools.operator import Shot
from evalverse.tools.people.face_motion import FaceMotion, jumps, movement
from evalverse.tools.people.faces import FaceTrack, Points
from tests.tools.people._actor import acting, read, stage, talking, track
from tests.tools.people._faces import seen_from


def popped(size: float, at: int = 60, lasts: int = 1000) -> list[Points]:
    """A talking face whose brows jump up by ``size`` eye distances at a frame, for ``lasts`` frames."""
    faces = talking(5)
    for face, plain in zip(faces[at : at + lasts], talking(5)[at : at + lasts], strict=True):
        face[:] = plain + (acting(brow=size) - acting())
    return faces


def moved(faces: list[Points], yaw: float, roll: float, shift: float) -> FaceTrack:
    """Faces on a head that swings: by up to ``yaw`` and ``roll`` degrees, and ``shift`` picture heights sideways."""
    rows = []
    for i, face in enumerate(faces):
        place = (0.8 + shift * np.sin(i / 7), 0.5)
        turned = seen_from(face[None], yaw=yaw * np.sin(i / 8), roll=roll * np.sin(i / 11), size=0.3, at=place)
        rows.append(turned[0])
    return FaceTrack(0, np.arange(len(faces)) / 25, np.stack(rows))


def test_a_jump_is_measured_in_its_size_and_the_mouth_stays_put(tmp_path: Path) -> None:
    readings = [read(FaceMotion, stage(tmp_path, 5, [track(popped(size))])) for size in (0.0, 0.1, 0.3)]
    upper = [each["upper_jump"].value or 0 for each in readings]
    mouth = [each["mouth_jump"].value or 0 for each in readings]
    assert upper[0] < 2 < upper[1] < upper[2]
    assert max(mouth) < 1.2 * min(mouth)


def test_the_frame_of_the_jump_is_pointed_at(tmp_path: Path) -> None:
    scene = stage(tmp_path, 5, [track(popped(0.3, at=60))])
    found = list(FaceMotion(scene.clip, scene.ledger).finish(scene))
    moment = next(e for e in found if e.scope is Scope.MOMENT)
    assert moment.span is not None
    assert abs(moment.span.end - 60 / 25) < 0.02
    assert moment.picture is not None


def test_a_slip_of_the_mesh_that_comes_back_is_no_jump() -> None:
    t = np.arange(50) / 25
    points = np.zeros((50, 4, 2))
    points[25] += 0.5
    assert np.nanmax(jumps(t, points)) == 0
    points[26:] += 0.5
    assert np.nanmax(jumps(t, points)) > 0.3


def test_a_fast_movement_is_no_jump() -> None:
    t = np.arange(50) / 25
    points = np.zeros((50, 4, 2))
    points[:, :, 0] = np.interp(np.arange(50), [20, 26], [0, 0.6])[:, None]
    assert np.nanmax(jumps(t, points)) < 0.06


def test_head_movement_is_no_jump(tmp_path: Path) -> None:
    found = read(FaceMotion, stage(tmp_path, 5, [moved(talking(5), yaw=20, roll=10, shift=0.1)]))
    assert (found["upper_jump"].value or 0) < 2.5


def test_too_few_frames_a_second_is_a_reason(tmp_path: Path) -> None:
    found = read(FaceMotion, stage(tmp_path, 5, [track(talking(5, rate=10), rate=10)]))
    assert found["upper_jump"].value is None
    assert found["upper_jump"].unmeasured is not None
    assert found["frozen_share"].value == 0


def test_a_frozen_face_is_found_out_also_on_a_head_that_moves(tmp_path: Path) -> None:
    faces = talking(3) + [talking(3)[-1]] * 75
    parts = [track([face], seed=None, at=(0.8 + 0.05 * np.sin(i / 9), 0.5)).points for i, face in enumerate(faces)]  # type: ignore[arg-type]
    half = FaceTrack(0, np.arange(len(faces)) / 25, np.concatenate(parts))
    assert 0.35 < (read(FaceMotion, stage(tmp_path, 6, [half]))["frozen_share"].value or 0) < 0.6
    assert read(FaceMotion, stage(tmp_path, 6, [track(talking(6))]))["frozen_share"].value == 0


def test_each_shot_has_its_own_reading(tmp_path: Path) -> None:
    shots = (Shot(0, Span(start=0, end=5)), Shot(1, Span(start=5, end=10)))
    calm = track(talking(5))
    jumping = track(popped(0.3))
    second = FaceTrack(1, jumping.t + 5, jumping.points)
    scene = stage(tmp_path, 10, [calm, second], shots=shots)
    found = list(FaceMotion(scene.clip, scene.ledger).finish(scene))
    by_shot = {e.shot: e.value or 0 for e in found if e.measure == "face_motion.upper_jump" and e.scope is Scope.SHOT}
    assert by_shot[0] < 2 < by_shot[1]


def test_movement_is_the_spread_within_a_second() -> None:
    t = np.arange(100) / 25
    points = np.zeros((100, 3, 2))
    points[:, :, 1] = 0.01 * np.sin(2 * np.pi * 2 * t)[:, None]
    _, strays = movement(t, points)
    np.testing.assert_allclose(strays, 0.01 / np.sqrt(2), rtol=0.05)
