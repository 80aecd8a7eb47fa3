"""Layers: planes that differ in sharpness are told from a picture that is sharp throughout."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.composition.layers import edge_blur, spread


def chequered(left: float, right: float) -> NDArray[np.uint8]:
    """(360, 640) squares, blurred by ``left`` and ``right`` pixels on either half."""
    y, x = np.mgrid[:360, :640]
    squares = (((x // 40 + y // 40) % 2) * 120 + 60).astype(np.float32)
    halves = [cv2.GaussianBlur(squares, (0, 0), blur) for blur in (left, right)]
    return np.asarray(np.where(x < 320, *halves), np.uint8)


@pytest.mark.parametrize(("right", "octaves"), [(1.0, 0.0), (2.0, 1.0)])
def test_the_ratio_of_two_blurs_is_read_off(right: float, octaves: float) -> None:
    assert spread(edge_blur(chequered(1.0, right))) == pytest.approx(octaves, abs=0.3)


def test_planes_that_are_further_apart_in_sharpness_read_higher() -> None:
    found = [spread(edge_blur(chequered(1.0, right))) or 0 for right in (1.5, 2.5, 4.0)]
    assert found[0] < found[1] < found[2]


def test_edges_get_wider_with_blur() -> None:
    widths = [float(np.median(edge_blur(chequered(blur, blur)))) for blur in (1.0, 2.0, 3.0)]
    assert widths[0] < widths[1] < widths[2]


def test_a_plain_picture_has_no_layers() -> None:
    assert spread(edge_blur(np.full((360, 640), 90, np.uint8))) is None
