"""Prominence: a person set off by tone, focus and attention, and what rivals them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.composition._frame import Area, attention, widest
from evalverse.tools.composition.prominence import Standing, concentration, rivalry, standing
from tests.synth import gradient_noise
from tests.tools.people._actor import head

HIGH, WIDE = 180, 320


def mask() -> NDArray[np.float32]:
    person = np.zeros((HIGH, WIDE), np.float32)
    cv2.ellipse(person, (160, 60), (22, 30), 0, 0, 360, 1, -1)
    cv2.ellipse(person, (160, 180), (60, 90), 0, 0, 360, 1, -1)
    return person


def scene(
    person: Sequence[int] = (200, 180, 160), rest: Sequence[int] = (60, 70, 80), busy: float = 0.0, soft: float = 0.0
) -> NDArray[np.uint8]:
    """(HIGH, WIDE, 3) a textured person before a background, ``busy`` with texture and blurred by ``soft`` pixels."""
    back = np.full((HIGH, WIDE, 3), rest, np.float32)
    back += busy * (gradient_noise(1, HIGH, WIDE, coarsest=30).astype(np.float32) - 128)
    if soft:
        back = cv2.GaussianBlur(back, (0, 0), soft)
    grain = 0.3 * (gradient_noise(2, HIGH, WIDE, coarsest=30).astype(np.float32) - 128)
    return np.asarray(np.clip(np.where(mask()[..., None] > 0, np.array(person) + grain, back), 0, 255), np.uint8)


def stands(picture: NDArray[np.uint8]) -> Standing:
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    eye = cv2.resize(attention(picture), (WIDE, HIGH), interpolation=cv2.INTER_LINEAR)
    seen = head(160 / HIGH, 60 / HIGH, 0.3)
    found = standing(np.asarray(lab, np.float32), mask(), np.asarray(eye, np.float32), [seen], HIGH)
    assert found is not None
    return found


def test_tone_grows_with_the_difference_to_the_background() -> None:
    tones = [stands(scene(rest=(level, level, level))).tone for level in (170, 120, 40)]
    assert tones[0] < tones[1] < tones[2]


def test_a_soft_background_makes_the_person_the_sharper_one() -> None:
    sharp, soft = stands(scene(busy=0.5)), stands(scene(busy=0.5, soft=4))
    assert soft.sharpness > sharp.sharpness + 1
    assert soft.clutter < sharp.clutter


def test_a_lamp_away_from_the_person_rivals_them() -> None:
    calm = scene(person=(120, 115, 110), rest=(80, 82, 84))
    lamp = calm.copy()
    cv2.circle(lamp, (280, 50), 14, (255, 240, 120), -1)
    assert stands(calm).rival < 1 < 2 < stands(lamp).rival


def test_size_is_the_share_of_the_mask() -> None:
    assert stands(scene()).size == pytest.approx(float(mask().mean()))


def test_next_to_nobody_and_nobody_else_cannot_be_told() -> None:
    lab = np.zeros((HIGH, WIDE, 3), np.float32)
    eye = np.ones((HIGH, WIDE), np.float32)
    for person in (np.zeros((HIGH, WIDE), np.float32), np.ones((HIGH, WIDE), np.float32)):
        assert standing(lab, person, eye, [head(0.9, 0.4, 0.2)], HIGH) is None


def test_attention_goes_to_what_differs_from_the_borders() -> None:
    picture = np.full((HIGH, WIDE, 3), (90, 100, 110), np.uint8)
    cv2.circle(picture, (220, 80), 16, (220, 40, 30), -1)
    found = attention(picture)
    row, column = np.unravel_index(int(found.argmax()), found.shape)
    assert abs(column / found.shape[1] - 220 / WIDE) < 0.04
    assert abs(row / found.shape[0] - 80 / HIGH) < 0.06
    assert found.sum() == pytest.approx(1, abs=1e-4)
    assert concentration(found) > 0.5 > 0.15 > concentration(attention(np.full((HIGH, WIDE, 3), 90, np.uint8)))


def test_rivalry_needs_two_sides() -> None:
    eye = np.ones((10, 10), np.float32)
    assert rivalry(eye, np.ones((10, 10), bool)) == 0
    near = np.zeros((10, 10), bool)
    near[:5] = True
    eye[7] = 3
    assert rivalry(eye, near) == pytest.approx(3)


def test_the_frame_is_what_was_ever_picture() -> None:
    assert widest([Area(0.1, 0.9, 0, 1.5), Area(0.2, 0.95, 0.1, 1.6)]) == Area(0.1, 0.95, 0, 1.6)
