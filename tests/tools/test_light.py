"""Colour conversions against OpenCV's, and words for colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from evalverse.tools.light import display, hex_of, hue_name, lab, linear, luminance

COLOURS = np.random.default_rng(0).integers(0, 256, (500, 3), np.uint8)


def test_lab_agrees_with_opencv() -> None:
    theirs = cv2.cvtColor(COLOURS[None].astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[0]
    assert np.abs(lab(linear(COLOURS)) - theirs).max() < 0.3


def test_display_is_the_way_back() -> None:
    assert np.abs(display(lab(linear(COLOURS))).astype(int) - COLOURS).max() <= 1
    assert hex_of(lab(linear(np.array([255, 128, 0], np.uint8)))) in ("#ff8000", "#ff7f00", "#ff8100")


def test_grey_is_neutral_and_half_the_light_is_one_stop() -> None:
    grey = lab(linear(np.full((1, 3), 119, np.uint8)))[0]
    assert grey[0] == pytest.approx(50, abs=0.5) and np.abs(grey[1:]).max() < 0.1
    assert luminance(np.ones((1, 3), np.float32))[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 0, 0), "red"),
        ((255, 128, 0), "orange"),
        ((255, 255, 0), "yellow"),
        ((0, 255, 0), "green"),
        ((0, 255, 255), "cyan"),
        ((40, 90, 255), "blue"),
        ((0, 0, 255), "blue"),
        ((120, 180, 235), "blue"),
        ((130, 60, 220), "violet"),
        ((255, 0, 255), "magenta"),
    ],
)
def test_hues_have_the_names_people_give_them(rgb: tuple[int, int, int], name: str) -> None:
    _, a, b = lab(linear(np.array(rgb, np.uint8)))
    assert hue_name(float(a), float(b)) == name
