"""Camera course: a zoom that breathes, a pan that comes back, a horizon that tips, and moves that lead somewhere."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.camera_course import taken_back
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, values

T = np.arange(100) / 25
STILL = np.zeros(100)


def filmed(
    zoom: NDArray[np.float64] = STILL, pan: NDArray[np.float64] = STILL, roll: NDArray[np.float64] = STILL
) -> list[RGB]:
    """A camera (144 lines) with this zoom and pan (% of size and of width) and roll (degrees) in each frame."""
    wide = gradient_noise(6, 260, 420, coarsest=16)
    frames = []
    for percent, share, degrees in zip(zoom, pan, roll, strict=True):
        matrix = cv2.getRotationMatrix2D((210.0, 130.0), float(degrees), 1 + float(percent) / 100)
        matrix[:, 2] += (128 - 210 - float(share) / 100 * 256, 72 - 130)
        frames.append(np.asarray(cv2.warpAffine(wide, matrix, (256, 144), flags=cv2.INTER_CUBIC), np.uint8))
    return frames


def test_what_leads_somewhere_is_not_taken_back() -> None:
    assert taken_back(np.linspace(0, 10, 50), 0.5) == 0
    assert taken_back(np.array([0.0, 4, 0, 4, 0]), 0.5) == 8
    assert taken_back(np.array([0.0, 10, 7]), 0.5) == 3
    assert taken_back(0.1 * np.sin(np.arange(50)), 0.5) == pytest.approx(0.0, abs=0.11)


def test_a_breathing_zoom_is_read_in_its_size_and_a_push_is_none(tmp_path: Path) -> None:
    breath = values("camera_course", filmed(zoom=3 * np.sin(2 * np.pi * 0.5 * T)), tmp_path)["breathing"]
    assert breath == pytest.approx(6 * 0.5, rel=0.3)
    assert values("camera_course", filmed(zoom=4 * T), tmp_path)["breathing"] < 0.2


def test_a_camera_that_wanders_and_one_that_pans(tmp_path: Path) -> None:
    wander = values("camera_course", filmed(pan=4 * np.sin(2 * np.pi * 0.4 * T)), tmp_path)["wandering"]
    assert wander == pytest.approx(8 * 0.4, rel=0.35)
    assert values("camera_course", filmed(pan=5 * T), tmp_path)["wandering"] < 0.5


def test_a_horizon_that_tips(tmp_path: Path) -> None:
    tipped = values("camera_course", filmed(roll=2 * T), tmp_path)
    assert tipped["lean"] == pytest.approx(8, rel=0.15)
    assert tipped["breathing"] < 0.5


def test_the_two_moments_are_shown(tmp_path: Path) -> None:
    found = evidence("camera_course", filmed(zoom=5 * np.sin(2 * np.pi * 0.5 * T)), tmp_path)
    moments = [e for e in found if e.scope is Scope.MOMENT]
    assert len(moments) == 1 and moments[0].picture is not None
    assert of_clip(found)["breathing"].curve is not None


def test_nothing_to_follow_is_a_reason(tmp_path: Path) -> None:
    for frames in (flat(30, (90, 90, 90), 144, 256), flat(4, (90, 90, 90), 16, 16)):
        found = of_clip(evidence("camera_course", frames, tmp_path))
        assert set(found) == {"breathing", "wandering", "lean"}
        assert all(e.unmeasured is not None or e.value == 0 for e in found.values())


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "rated/357_real.mp4", "film/sintel.mp4"])
def test_footage_does_not_breathe(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("camera_course", shared / name, tmp_path)["breathing"] < 2.1
