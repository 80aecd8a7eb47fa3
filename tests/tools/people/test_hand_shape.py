"""Hands: fingers are counted in a drawn hand, ears and wheels are no hands."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.people.hand_shape import bones, fingers, plausible, waver
from evalverse.tools.people.hands import Hand
from tests.tools.people._actor import head

WRIST = np.array([100.0, 180.0])
SKIN = (205, 160, 140)


def marks(angles: list[float], length: float = 70.0) -> NDArray[np.float64]:
    """(21, 2) marks of an open hand whose four fingers point at ``angles`` (degrees from upright)."""
    rows = [WRIST] + [WRIST + np.array([-30, -12]) * i for i in (1, 1.5, 2, 2.4)]
    for angle in angles:
        way = np.array([np.sin(np.radians(angle)), -np.cos(np.radians(angle))])
        rows += [WRIST + way * (70 + length * part) for part in (0, 0.45, 0.75, 1.0)]
    return np.array(rows)


def drawn(angles: list[float]) -> NDArray[np.uint8]:
    """(200, 220, 3) a hand with a finger at each of ``angles``."""
    picture = np.full((200, 220, 3), (60, 90, 70), np.uint8)
    cv2.ellipse(picture, (100, 150), (34, 40), 0, 0, 360, SKIN, -1)
    for angle in angles:
        way = np.array([np.sin(np.radians(angle)), -np.cos(np.radians(angle))])
        ends = [tuple(int(v) for v in WRIST + way * reach) for reach in (40, 145)]
        cv2.line(picture, ends[0], ends[1], SKIN, 9, cv2.LINE_AA)
    return picture


FOUR = [-24.0, -8.0, 8.0, 24.0]


def test_four_fingers_are_counted() -> None:
    assert fingers(drawn(FOUR), marks(FOUR)) == 4


def test_a_finger_too_many_is_counted_beside_and_between() -> None:
    assert fingers(drawn([*FOUR, 38.0]), marks(FOUR)) == 5
    spread = [-30.0, -10.0, 14.0, 34.0]
    assert fingers(drawn([*spread, 2.0]), marks(spread)) == 5


def test_fingers_that_touch_are_not_taken_for_missing_ones() -> None:
    assert fingers(drawn(FOUR[:3]), marks(FOUR)) is None


@pytest.mark.parametrize("angles", [[-3.0, -1.0, 1.0, 3.0]])
def test_a_closed_hand_is_not_counted(angles: list[float]) -> None:
    assert fingers(drawn(angles), marks(angles)) is None


def test_bones_that_keep_their_length_do_not_waver() -> None:
    rng = np.random.default_rng(0)

    def hand(noise: float, size: float) -> Hand:
        flat = np.column_stack([marks(FOUR), np.zeros(21)]) * size
        return Hand((flat + rng.normal(0, noise * size, flat.shape)).astype(np.float32), 0.9)

    steady = waver(np.stack([bones(hand(0.5, s)) for s in np.linspace(0.5, 1.5, 20)]))
    wobbly = waver(np.stack([bones(hand(8.0, s)) for s in np.linspace(0.5, 1.5, 20)]))
    assert steady < 0.1 < 0.25 < wobbly


def test_an_ear_is_no_hand() -> None:
    seen = head(0.8, 0.4, 0.3)

    def at(x: float, y: float, palm: float, score: float = 0.95) -> Hand:
        points = np.zeros((21, 3), np.float32)
        points[:, 0], points[:, 1] = x, y
        points[9, 1] = y - palm
        return Hand(points, score)

    assert plausible(at(0.8, 0.9, 0.15), (seen,))
    assert not plausible(at(0.96, 0.45, 0.06), (seen,))
    assert not plausible(at(0.8, 0.9, 0.02), (seen,))
    assert not plausible(at(0.8, 0.9, 0.15, score=0.5), (seen,))
    assert plausible(at(0.8, 0.9, 0.4), ())
