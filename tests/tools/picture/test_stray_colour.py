"""Stray colour: patches of known size in one palette, palettes that are wide by themselves, and footage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.stray_colour import stray
from tests.synth import RGB, flat
from tests.tools.picture.film import evidence, of_clip, real, values


def room(*things: tuple[int, int, int]) -> RGB:
    """A picture (180, 320) in browns, with a square of 30 by 20 pixels for each colour."""
    picture = np.full((180, 320, 3), (120, 95, 75), np.uint8)
    picture[90:] = (90, 70, 55)
    for k, colour in enumerate(things):
        picture[20:50, 20 + 40 * k : 40 + 40 * k] = colour
    return picture


def test_the_area_of_strong_rare_colours_is_read() -> None:
    assert not stray(room()).any()
    found = stray(room((20, 60, 230), (20, 200, 60)))
    assert found.sum() == 2 * 30 * 20 and found[30, 30] and not found[120, 100]


def test_a_grey_thing_and_a_large_field_are_not_stray() -> None:
    assert not stray(room((128, 128, 128), (10, 10, 10), (240, 240, 240))).any()
    wide = room()
    wide[:, :100] = (20, 60, 230)
    assert not stray(wide).any()


def test_it_rises_with_what_lies_about_and_the_place_is_shown(tmp_path: Path) -> None:
    colours = [(20, 60, 230), (20, 200, 60), (230, 40, 160)]
    read = [values("stray_colour", [room(*colours[:k])] * 10, tmp_path)["share"] for k in (0, 1, 3)]
    assert read[0] < 0.1 and read == sorted(read) and read[2] == pytest.approx(300 * 20 * 30 / 180 / 320, rel=0.15)
    found = evidence("stray_colour", [room(*colours)] * 10, tmp_path)
    assert [e.picture is not None for e in found if e.scope is Scope.MOMENT] == [True]


@pytest.mark.parametrize("size", [(16, 16), (40, 8)])
def test_a_single_tiny_frame_is_read(size: tuple[int, int], tmp_path: Path) -> None:
    assert of_clip(evidence("stray_colour", flat(1, (200, 30, 30), *size), tmp_path))["share"].value == 0


@pytest.mark.parametrize("name", ["speech/latent_2.mp4", "speech/retalk_5.mp4", "film/sintel.mp4"])
def test_footage(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("stray_colour", shared / name, tmp_path)["share"] < 1.5
