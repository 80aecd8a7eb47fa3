"""Letterbox: bars are measured on every side; night and shadow at the edge are not bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture._look import bars
from evalverse.tools.picture.letterbox import shape_name, stretches
from tests.synth import RGB, flat
from tests.tools.picture.film import ask, evidence, of_clip, shot, values


def barred(frames: list[RGB], top: int = 0, bottom: int = 0, left: int = 0, right: int = 0) -> list[RGB]:
    """The frames (144, 256) with black bars."""
    for frame in frames:
        frame[:top], frame[144 - bottom :], frame[:, :left], frame[:, 256 - right :] = 0, 0, 0, 0
    return frames


@pytest.mark.parametrize("sides", [(0, 0, 0, 0), (18, 18, 0, 0), (0, 0, 32, 32), (10, 0, 0, 5)])
def test_bars_are_found_on_every_side(sides: tuple[int, int, int, int]) -> None:
    grey = barred(shot(1), *sides)[0].mean(2).astype(np.uint8)
    assert bars(grey) == sides


def test_a_night_sky_is_not_a_bar() -> None:
    grey = np.tile(np.clip(np.arange(144) - 40, 0, 255).astype(np.uint8)[:, None] // 4, (1, 256))
    assert bars(grey) == (0, 0, 0, 0)
    assert bars(np.zeros((40, 60), np.uint8)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("aspect", "name"), [(1.7778, "16:9"), (2.333, "2.35:1"), (0.5625, "9:16"), (1.0, "1:1"), (3.1, "3.1:1")]
)
def test_shapes_have_their_usual_names(aspect: float, name: str) -> None:
    assert shape_name(aspect) == name


def test_area_and_shape_of_a_letterboxed_clip(tmp_path: Path) -> None:
    told = of_clip(evidence("letterbox", barred(shot(30, (1.0, 0.0)), 18, 18), tmp_path))
    assert told["bars"].value == pytest.approx(25, abs=1)
    assert told["active_aspect"].value == pytest.approx(256 / 108, rel=0.02)
    assert told["changes"].value == 0


def test_a_change_of_shape_between_shots_is_counted_and_shown(tmp_path: Path) -> None:
    found = evidence("letterbox", shot(30) + barred(shot(30, seed=8), 18, 18) + shot(30, seed=5), tmp_path)
    assert of_clip(found)["changes"].value == 2
    moment = next(e for e in found if e.scope == Scope.MOMENT)
    assert moment.picture is not None and moment.span is not None
    assert moment.span.start == pytest.approx(1.2, abs=0.05)


def test_bars_that_come_in_within_a_shot_are_counted_and_placed(tmp_path: Path) -> None:
    frames = shot(100, (0.3, 0.0))
    found = evidence("letterbox", frames[:60] + barred([f.copy() for f in frames[60:]], 8, 8), tmp_path)
    assert of_clip(found)["changes"].value == 1
    moment = next(e for e in found if e.scope == Scope.MOMENT)
    assert moment.picture is not None and moment.span is not None
    assert 2.4 <= moment.span.start <= 2.4 + 0.51


@pytest.mark.parametrize(
    ("tops", "parts"),
    [
        ([0, 0, 0, 5, 5, 5], [3, 3]),
        ([5, 5, 5, 0, 0, 0, 5, 5, 5], [3, 3, 3]),
        ([0, 0, 0, 5, 0, 0, 0], [7]),
        ([0, 0, 2, 5, 8, 9, 9], [7]),
        ([5, 5, 5, 5.4, 5, 5], [6]),
        ([5], [1]),
    ],
    ids=["comes", "goes and comes back", "one frame", "a shadow grows", "stays", "one"],
)
def test_stretches_between_lasting_changes(tops: list[float], parts: list[int]) -> None:
    sides = np.zeros((len(tops), 4))
    sides[:, 0] = tops
    assert [s.stop - s.start for s in stretches(sides)] == parts


def test_a_passing_shadow_does_not_make_a_bar_and_a_black_clip_cannot_be_told(tmp_path: Path) -> None:
    frames = shot(30)
    frames[:6] = barred([f.copy() for f in frames[:6]], top=8)
    assert values("letterbox", frames, tmp_path)["bars"] == 0
    assert all(e.unmeasured for e in evidence("letterbox", flat(10), tmp_path))


def test_sintel_is_wide(shared: Path, tmp_path: Path) -> None:
    told = of_clip(ask("letterbox", shared / "film" / "sintel.mp4", tmp_path))
    assert told["active_aspect"].data["shape"] == "2.35:1" and told["changes"].value == 0
