"""Faces as numbers: pose, alignment, tracks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.operator import Shot
from evalverse.tools.people.face_tracks import FaceTracks, analysis_height
from evalverse.tools.people.faces import PLACE, Linker, aligned, face_tracks, packed, pose
from tests.tools.people._faces import face, seen_from


def clip() -> Clip:
    return Clip(path=Path("a.mp4"), sha256="0" * 64, bytes=1, container="mp4", duration=1, picture=None, sound=None)


def shots(*ends: float) -> list[Shot]:
    starts = (0.0, *ends[:-1])
    return [Shot(i, Span(start=a, end=b)) for i, (a, b) in enumerate(zip(starts, ends, strict=True))]


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (30, 0, 0), (-20, 10, 0), (0, -15, 0), (0, 0, 25)])
def test_the_pose_of_a_head_is_read(yaw: float, pitch: float, roll: float) -> None:
    _, turn, error = aligned(seen_from(face(0.1)[None], yaw, pitch, roll, size=0.2))
    assert pose(turn)[0] == pytest.approx((yaw, pitch, roll), abs=3)
    assert error[0] < 1e-3


def test_turning_right_in_the_picture_is_positive_and_up_too() -> None:
    """The nose tells: it moves to the right, and up."""
    straight, right, up = (seen_from(face(0)[None], *p)[0] for p in ((0, 0), (20, 0), (0, 20)))
    nose = PLACE[4]
    assert right[nose, 0] > straight[nose, 0] + 0.05
    assert up[nose, 1] < straight[nose, 1] - 0.05


def test_a_face_that_is_none_fits_ill() -> None:
    melted = face(0.1)[None] + 0.15 * np.random.default_rng(1).standard_normal((1, len(face(0)), 3)).astype(np.float32)
    assert aligned(melted)[2][0] > 0.05


def test_two_people_keep_their_tracks_while_they_move_and_one_hides() -> None:
    linker = Linker()
    for i in range(50):
        left = seen_from(face(0.1)[None], at=(0.4 + 0.004 * i, 0.5), size=0.1)[0]
        right = seen_from(face(0.0)[None], at=(1.3 - 0.004 * i, 0.5), size=0.1)[0]
        found = [right, left] if i % 2 else [left, right]
        linker.see(i / 25, found if not 20 <= i < 30 else [left])
    tracks = linker.tracks(shots(10.0))
    assert [len(t.t) for t in tracks] == [50, 40]
    assert tracks[0].centres[-1, 0] < tracks[1].centres[-1, 0]


def test_one_face_found_twice_is_one() -> None:
    linker = Linker()
    one = seen_from(face(0.1)[None], size=0.1)[0]
    assert linker.see(0.0, [one, one + np.float32(0.01)]) == 1


def test_tracks_end_at_cuts_and_false_alarms_go() -> None:
    linker = Linker()
    for i in range(40):
        linker.see(i / 20, [seen_from(face(0.1)[None], size=0.1)[0]])
    linker.see(2.0, [seen_from(face(0.1)[None], size=0.1, at=(0.2, 0.2))[0]])
    tracks = linker.tracks(shots(1.0, 2.5))
    assert [(t.shot, len(t.t)) for t in tracks] == [(0, 20), (1, 20)]


def test_tracks_come_back_from_the_ledger(tmp_path: Path) -> None:
    linker = Linker()
    for i in range(20):
        linker.see(i / 20, [seen_from(face(0.01 * i)[None], size=0.1)[0]])
    tracks, ledger = linker.tracks(shots(1.0)), Ledger(tmp_path)
    blob = ledger.put(packed(tracks, tracks[0].t, np.ones(20)), "application/x-npz")
    t, count = ledger.get_curve(blob)
    assert len(t) == 20 and count.max() == 1
    again = face_tracks([FaceTracks(clip(), ledger).found("count", 1, curve=blob)], ledger)
    assert np.array_equal(again[0].points, tracks[0].points) and again[0].shot == 0


@pytest.mark.parametrize(("size", "height"), [((1920, 1080), 480), ((1080, 1920), 853), ((320, 240), 240)])
def test_faces_are_searched_at_480_lines_of_the_shorter_side(size: tuple[int, int], height: int) -> None:
    assert analysis_height(*size) == height
