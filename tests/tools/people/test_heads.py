"""Heads: what is believed, how they are joined, and when a face of the mesh is confirmed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.operator import Shot
from evalverse.tools.people._looking import NO_FACE, trusted_faces, why_no_face
from evalverse.tools.people.head_tracks import looks
from evalverse.tools.people.heads import agreement, joined
from tests.tools.people._actor import head, heads_of, stage, talking, track

SHOTS = (Shot(0, Span(start=0, end=5)), Shot(1, Span(start=5, end=10)))


def test_a_head_that_is_seen_often_and_surely_is_believed() -> None:
    found = joined([(t / 4, (head(0.5 + t / 100, 0.4, 0.2, 0.75),)) for t in range(12)], SHOTS)
    assert len(found) == 1
    assert len(found[0].heads) == 12


@pytest.mark.parametrize(("score", "times", "believed"), [(0.8, 1, False), (0.9, 1, True), (0.65, 8, False)])
def test_a_head_needs_to_be_seen_twice_or_very_surely(score: float, times: int, believed: bool) -> None:
    assert bool(joined([(t / 4, (head(0.5, 0.5, 0.2, score),)) for t in range(times)], SHOTS)) == believed


def test_tracks_end_where_the_picture_cuts() -> None:
    found = joined([(t / 4, (head(0.5, 0.5, 0.2),)) for t in range(40)], SHOTS)
    assert sorted(track.shot for track in found) == [0, 1]
    assert all(track.t[0] >= SHOTS[track.shot].span.start for track in found)


def test_two_heads_keep_apart() -> None:
    found = joined([(t / 4, (head(0.4, 0.5, 0.2), head(1.0, 0.5, 0.15))) for t in range(8)], SHOTS)
    assert [round(track.size, 2) for track in found] == [0.2, 0.15]
    assert all(len(track.heads) == 8 for track in found)


def test_agreement_is_high_where_both_detectors_see_a_face_and_none_where_one_does() -> None:
    face = track(talking(2))
    assert agreement(face, heads_of([face])) == 1
    elsewhere = [(t, (head(0.2, 0.2, 0.3),)) for t in (0.0, 0.5, 1.0)]
    assert agreement(face, elsewhere) == 0
    assert agreement(face, [(99.0, (head(0.8, 0.5, 0.5),))]) is None


def test_a_face_that_only_the_mesh_sees_is_not_trusted(tmp_path: Path) -> None:
    wheel = track(talking(2))
    scene = stage(tmp_path, 2, [wheel], looks=[(t / 4, ()) for t in range(8)])
    assert trusted_faces(scene) == []
    assert why_no_face(scene) == NO_FACE


def test_looks_survive_the_ledger(tmp_path: Path) -> None:
    given = [(0.0, (head(0.5, 0.4, 0.2, 0.8), head(1.2, 0.3, 0.1, 0.6))), (0.25, ()), (0.5, (head(0.6, 0.4, 0.2),))]
    scene = stage(tmp_path, 1, looks=given)
    back = looks(scene.evidence["head_tracks"], Ledger(tmp_path / "ledger"))
    assert [t for t, _ in back] == [0.0, 0.25, 0.5]
    assert [len(found) for _, found in back] == [2, 0, 1]
    np.testing.assert_allclose(back[0][1][1].box, given[0][1][1].box, rtol=1e-6)
    np.testing.assert_allclose(back[2][1][0].marks, given[2][1][0].marks, rtol=1e-6)
