"""Day or night: pictures darkened by known stops, both in one film, and the few clips of it that footage has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.daylight import night
from tests.synth import flat
from tests.tools.picture.film import evidence, lit, of_clip, real, shot


def test_it_rises_with_darkness() -> None:
    frames = lit(shot(1) * 5, [1, 0, -2, -4, -6])
    read = [night(frame) for frame in frames]
    assert read == sorted(read)
    assert read[0] < 0.3 and read[-1] > 0.9


def test_black_and_white_are_the_ends() -> None:
    assert night(np.zeros((144, 256, 3), np.uint8)) == 1
    assert night(np.full((144, 256, 3), 255, np.uint8)) == 0
    assert 0 <= night(np.full((2, 2, 3), 70, np.uint8)) <= 1


def test_each_shot_gets_its_own_guess_with_a_confidence(tmp_path: Path) -> None:
    frames = [*lit(shot(40, seed=3), [1] * 40), *lit(shot(40, seed=9), [-6] * 40)]
    found = evidence("daylight", frames, tmp_path)
    by_shot = [(e.data["looks_like"], e.confidence) for e in found if e.scope is Scope.SHOT]
    assert [kind for kind, _ in by_shot] == ["day", "night"]
    assert all(sure > 0.3 for _, sure in by_shot)
    whole = of_clip(found)["night"]
    assert whole.data["looks_like"] == "open" and whole.confidence < 0.3
    assert whole.picture is not None and whole.curve is not None


@pytest.mark.parametrize("size", [(16, 16), (2, 2)])
def test_tiny_pictures(size: tuple[int, int], tmp_path: Path) -> None:
    assert of_clip(evidence("daylight", flat(1, (0, 0, 0), *size), tmp_path))["night"].value == 1


def test_footage(shared: Path, tmp_path: Path) -> None:
    assert real("daylight", shared / "rated/330_real.mp4", tmp_path)["night"] > 0.8  # the Milky Way
    assert real("daylight", shared / "film/sintel.mp4", tmp_path)["night"] < 0.5
    assert real("daylight", shared / "speech/retalk_1.mp4", tmp_path)["night"] < 0.35
