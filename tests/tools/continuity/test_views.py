"""Mirrored shots, and how far a view changes over a cut, on pictures and heads whose truth is known."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.continuity._joins import Join
from evalverse.tools.continuity._matching import match
from evalverse.tools.continuity.views import over_head
from evalverse.tools.evidence import Scope, Span
from evalverse.tools.operator import Shot
from evalverse.tools.people.faces import KEPT, RIGID, FaceTrack
from tests.synth import RGB
from tests.tools.continuity._film import RATE, RED, film, read, value, view, whole

NAMES = ["views"]


def nearer(pictures: list[RGB], scale: float) -> list[RGB]:
    """The middle of the pictures, enlarged."""
    height, width = pictures[0].shape[:2]
    move = np.array([[scale, 0, (1 - scale) * width / 2], [0, scale, (1 - scale) * height / 2]], np.float32)
    return [np.asarray(cv2.warpAffine(p, move, (width, height), flags=cv2.INTER_CUBIC), np.uint8) for p in pictures]


def mirrored(pictures: list[RGB]) -> list[RGB]:
    return [np.ascontiguousarray(p[:, ::-1]) for p in pictures]


def fine(seed: int) -> list[RGB]:
    """A second of a picture with enough to hold on to."""
    still = cv2.resize(np.random.default_rng(seed).integers(0, 255, (30, 54, 3), np.uint8), (320, 180))
    return [np.asarray(np.roll(still, k // 4, axis=1), np.uint8) for k in range(RATE)]


@pytest.mark.parametrize("scale", [1.0, 1.3, 1.8])
@pytest.mark.parametrize("flip", [False, True])
def test_match_tells_size_and_side(scale: float, flip: bool) -> None:
    still = fine(1)[:1]
    (other,) = mirrored(nearer(still, scale)) if flip else nearer(still, scale)
    found = match(still[0], other)
    assert found is not None and found.mirrored == flip
    assert found.scale == pytest.approx(scale, rel=0.05)


@pytest.mark.parametrize("size", [(180, 320), (16, 16), (1, 1)])
def test_nothing_in_common(size: tuple[int, int]) -> None:
    flat = np.full((*size, 3), 90, np.uint8)
    assert match(flat, flat) is None
    assert match(fine(1)[0], fine(2)[0]) is None


def test_a_shot_that_is_mirrored(tmp_path: Path) -> None:
    shots = [fine(1), mirrored(nearer(fine(1), 1.5)), nearer(fine(1), 1.2), fine(1)]
    found = read(film(tmp_path / "a.mp4", shots), 4, NAMES, tmp_path)
    assert value(found, "views.flopped") == 2, "one cut into it and one out of it"
    moments = [e for e in found["views.flopped"] if e.scope is Scope.MOMENT]
    assert {(e.data["old"], e.data["new"]) for e in moments} == {(1, 2), (2, 3)} and all(e.picture for e in moments)


def test_a_mirrored_shot_in_an_exchange(tmp_path: Path) -> None:
    found = read(film(tmp_path / "a.mp4", [fine(1), fine(2), mirrored(fine(1)), fine(2)]), 4, NAMES, tmp_path)
    rows = {(r["old"], r["new"]): r["value"] for r in whole(found, "views.flopped").data["joins"]}
    assert rows == {(1, 3): 1, (2, 4): 0}, "over the cuts themselves nothing is in common"


def test_a_cut_that_hardly_changes_the_view(tmp_path: Path) -> None:
    good = read(film(tmp_path / "a.mp4", [fine(1), nearer(fine(1), 1.5), fine(1)]), 3, NAMES, tmp_path)
    assert value(good, "views.least_change") == pytest.approx(3 * np.log2(1.5), abs=0.15)
    assert value(good, "views.flopped") == 0
    poor = read(film(tmp_path / "b.mp4", [fine(1), nearer(fine(1), 1.08), fine(1)]), 3, NAMES, tmp_path)
    assert value(poor, "views.least_change") < 0.5
    assert any(e.scope is Scope.MOMENT for e in poor["views.least_change"])


def test_unrelated_views_say_nothing(tmp_path: Path) -> None:
    found = read(film(tmp_path / "a.mp4", [view(1, RED), view(2, RED)]), 2, NAMES, tmp_path)
    for measure in ("flopped", "least_change", "turn"):
        assert whole(found, f"views.{measure}").unmeasured


def head(shot: int, start: float, turn: float, size: float = 0.12, long: float = 1.0) -> FaceTrack:
    """A still face turned by ``turn`` degrees to the right of the picture."""
    points = np.zeros((len(KEPT), 3))
    for index, place in RIGID.items():
        points[KEPT.index(index)] = place
    points[KEPT.index(152)] = (0, 1.0, 0)
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    placed = (points @ spin.T * size + (0.5, 0.35, 0)).astype(np.float32)
    return FaceTrack(shot, start + np.arange(0, long, 0.1), np.repeat(placed[None], round(long * 10), axis=0))


JOIN = Join(Shot(0, Span(start=0, end=1)), Shot(1, Span(start=1, end=2), "cut"), False, False)


@pytest.mark.parametrize(("before", "after", "scale"), [(-10, 30, 1.0), (5, 5, 1.5), (20, -25, 1.2)])
def test_the_turn_around_a_head(before: float, after: float, scale: float) -> None:
    found = over_head([head(0, 0, before), head(1, 1, after, 0.12 * scale)], JOIN)
    assert found is not None
    assert found.turn == pytest.approx(abs(after - before), abs=1)
    assert found.size == pytest.approx(np.log2(scale), abs=0.02)


def test_no_head_no_turn() -> None:
    assert over_head([head(0, 0, 0)], JOIN) is None
    assert over_head([head(0, 0, 0), head(1, 1, 0), head(1, 1, 20)], JOIN) is None, "whose head it is, is not known"
    assert over_head([head(0, 0, 0, long=0.3), head(1, 1, 0)], JOIN) is None, "it had left before the cut"
