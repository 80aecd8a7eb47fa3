"""People over cuts, on faces that are made up."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.tools.continuity.cast import Appearance, _swapped, appearance, people
from evalverse.tools.people.faces import KEPT, RIGID, FaceTrack
from tests.synth import RGB

SKIN, GREY = np.array([65.0, 15.0, 15.0]), np.array([40.0, 0.0, 0.0])


def someone(shot: int, build: int, clothes: np.ndarray, side: float = 0.0, yaw: float = 0.0) -> Appearance:
    shape = np.random.default_rng(build).normal(0, 0.04, (len(KEPT), 3))
    return Appearance(shot, float(shot), shape, SKIN, clothes, side, yaw)


def test_the_same_build_and_dress_is_one_person() -> None:
    red = np.array([45.0, 60.0, 40.0])
    cut = [someone(0, 1, red), someone(1, 2, GREY), someone(2, 1, red + 3), someone(3, 2, GREY)]
    assert people(cut) == [0, 1, 0, 1]
    assert people([someone(0, 1, red), someone(0, 1, red)]) == [0, 1], "two in one shot are two"


def test_a_swap_needs_both_side_and_look() -> None:
    left = someone(0, 1, GREY, side=-0.25, yaw=30)
    assert _swapped(left, someone(1, 1, GREY, side=0.25, yaw=-30))
    assert not _swapped(left, someone(1, 1, GREY, side=0.25, yaw=30)), "reframed, still looking the same way"
    assert not _swapped(left, someone(1, 1, GREY, side=0.02, yaw=-30))


def head(turn: float) -> FaceTrack:
    """A face left of the middle of a 16:9 picture, turned by ``turn`` degrees to the right of the picture."""
    points = np.zeros((len(KEPT), 3))
    for index, place in RIGID.items():
        points[KEPT.index(index)] = place
    points[KEPT.index(152)] = (0, 1.0, 0)
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    placed = points @ spin.T * 0.12 + (0.5, 0.35, 0)
    return FaceTrack(0, np.array([0.0, 1.0]), np.stack([placed, placed]).astype(np.float32))


def test_colours_and_place_are_read_beside_the_face() -> None:
    picture: RGB = np.full((180, 320, 3), 128, np.uint8)
    picture[:50], picture[105:] = (60, 30, 10), (20, 40, 200)
    seen = appearance(head(25), picture, 1.0)
    assert seen.clothes is not None and seen.clothes[2] < -40, "blue below"
    assert seen.hair is not None and seen.hair[0] < 35, "dark above"
    assert seen.side == pytest.approx(0.5 * 180 / 320 - 0.5, abs=0.03)
    assert abs(seen.yaw) == pytest.approx(25, abs=3)
    assert np.sign(appearance(head(-25), picture, 1.0).yaw) == -np.sign(seen.yaw)
    close = FaceTrack(0, head(0).t, head(0).points * np.array([1, 3, 1], np.float32))
    assert appearance(close, picture, 0.0).clothes is None, "the chest is out of the picture"
