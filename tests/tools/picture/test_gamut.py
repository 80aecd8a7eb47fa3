"""Gamut: veils and pushed colours of a known size, black bars, and pictures that have no black of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.gamut import darkest, spent
from tests.synth import flat
from tests.tools.picture.film import evidence, of_clip, real, shot, values


def test_the_darkest_tone_and_spent_channels_of_a_known_picture() -> None:
    picture = np.full((100, 100, 3), 128, np.uint8)
    picture[:10, :10] = 51
    assert darkest(picture) == pytest.approx(20, abs=0.1)
    assert spent(picture) == 0
    picture[:25] = (200, 2, 40)
    picture[25:50] = (60, 0, 0)  # too dark to show a colour
    assert spent(picture) == pytest.approx(25)


def test_a_veil_is_read_and_one_true_black_is_enough(tmp_path: Path) -> None:
    frames = shot(50)
    frames = [np.clip((f - 90.0) * 1.8, 0, 255).astype(np.uint8) for f in frames]
    read = [
        values("gamut", [np.asarray(f * (1 - v) + 235 * v, np.uint8) for f in frames], tmp_path)["black"]
        for v in (0.0, 0.16, 0.4)
    ]
    assert read[0] < 3
    assert read[1:] == pytest.approx([100 * 235 / 255 * 0.16, 100 * 235 / 255 * 0.4], abs=3)
    veiled = [np.full((144, 256, 3), 120, np.uint8)] * 25
    marked = [f.copy() for f in veiled]
    for frame in marked[10:16]:
        frame[20:60, 20:60] = 0
    assert values("gamut", marked, tmp_path)["black"] < 2 < 40 < values("gamut", veiled, tmp_path)["black"]


def test_black_bars_are_no_black_of_the_picture(tmp_path: Path) -> None:
    frames = [np.clip(f * 0.5 + 100.0, 0, 255).astype(np.uint8) for f in shot(25, (2.0, 0.0))]
    for frame in frames:
        frame[:18] = frame[-18:] = 0
    assert values("gamut", frames, tmp_path)["black"] > 25


def test_pushed_colour_is_read(tmp_path: Path) -> None:
    def pushed(factor: float) -> float:
        frames = [f.astype(float) for f in shot(25)]
        grey = [f.mean(axis=2, keepdims=True) for f in frames]
        made = [np.clip(g + factor * (f - g), 0, 255).astype(np.uint8) for f, g in zip(frames, grey, strict=True)]
        return values("gamut", made, tmp_path)["edge"]

    read = [pushed(f) for f in (0.5, 2.0, 4.0)]
    assert read[0] < 0.5 and read[0] <= read[1] < read[2] and read[2] > 5


def test_the_moment_is_shown(tmp_path: Path) -> None:
    found = [e for e in evidence("gamut", flat(25, (230, 0, 120)), tmp_path) if e.scope is Scope.MOMENT]
    assert {e.measure for e in found} == {"gamut.black", "gamut.edge"} and all(e.picture for e in found)


@pytest.mark.parametrize("size", [(16, 16), (40, 8)])
def test_a_single_tiny_frame_is_read(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("gamut", flat(1, (90, 90, 90), *size), tmp_path))
    assert found["black"].value == pytest.approx(35, abs=1.5) and found["edge"].value == 0


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "speech/hdtf_b.mp4", "film/sintel.mp4"])
def test_footage_keeps_from_the_edge(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("gamut", shared / name, tmp_path)["edge"] < 1
