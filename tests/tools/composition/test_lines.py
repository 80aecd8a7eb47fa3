"""Lines: a tilted house is measured, perspective alone is not, and lines that lead are told."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.composition.lines import leading, segments, tilt


def house(degrees: float = 0.0) -> NDArray[np.uint8]:
    """(270, 480) a front with windows, turned clockwise by ``degrees``."""
    picture = np.full((270, 480), 70, np.uint8)
    cv2.rectangle(picture, (110, 50), (370, 240), 150, -1)
    for x in range(130, 350, 60):
        for y in (70, 130, 190):
            cv2.rectangle(picture, (x, y), (x + 30, y + 36), 40, -1)
    matrix = cv2.getRotationMatrix2D((240, 135), -degrees, 1)
    return np.asarray(cv2.warpAffine(picture, matrix, (480, 270), borderValue=70), np.uint8)


@pytest.mark.parametrize("degrees", [-9.0, -3.0, 0.0, 2.0, 6.0, 12.0])
def test_the_tilt_of_a_house_is_measured_with_its_sign(degrees: float) -> None:
    found = tilt(segments(house(degrees)))
    assert found is not None
    assert found[0] == pytest.approx(degrees, abs=0.8)
    assert found[1] > 0.6


def test_level_edges_that_slant_alone_may_be_perspective() -> None:
    picture = np.full((270, 480), 70, np.uint8)
    for y in range(60, 220, 16):
        cv2.line(picture, (120, y), (300, y + 25), 180, 2)
    assert tilt(segments(picture)) is None


def test_one_long_line_is_a_horizon() -> None:
    picture = np.full((270, 480), 180, np.uint8)
    cv2.fillPoly(picture, [np.array([(-5, 120), (485, 155), (485, 275), (-5, 275)])], 60)
    for y in (190, 230):
        cv2.line(picture, (60, y), (420, y + 26), 110, 2)
    found = tilt(segments(picture))
    assert found is not None
    assert found[0] == pytest.approx(4.1, abs=0.8)


def test_a_picture_without_lines_has_no_tilt() -> None:
    assert tilt(segments(np.full((270, 480), 90, np.uint8))) is None
    ball = np.full((270, 480), 90, np.uint8)
    cv2.circle(ball, (240, 135), 60, 200, -1)
    assert tilt(segments(ball)) is None


def test_the_edge_of_the_frame_is_no_line() -> None:
    picture = np.full((270, 480), 120, np.uint8)
    cv2.rectangle(picture, (0, 0), (479, 269), 20, 4)
    assert len(segments(picture)) == 0


def test_lines_that_meet_lead_to_where_they_meet() -> None:
    picture = np.full((270, 480), 70, np.uint8)
    for x in range(20, 480, 55):
        way = np.array([360, 90]) - np.array([x, 268])
        start, end = np.array([x, 268]), np.array([x, 268]) + 0.6 * way
        cv2.line(picture, tuple(int(v) for v in start), tuple(int(v) for v in end), 190, 2, cv2.LINE_AA)
    lines = segments(picture)
    aspect = 480 / 270
    there, elsewhere = leading(lines, (360 / 270, 90 / 270), aspect), leading(lines, (0.3, 0.3), aspect)
    assert there is not None
    assert elsewhere is not None
    assert there > 3 > elsewhere
    assert leading(np.zeros((0, 4)), (0.5, 0.5), aspect) is None
