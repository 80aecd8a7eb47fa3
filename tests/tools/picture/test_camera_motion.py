"""Camera motion: speeds, directions and shake of moves whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.camera_motion import slips
from tests.synth import RGB, flat, gradient_noise, travel
from tests.tools.picture.film import ask, evidence, of_clip, shot, values


def kind(found: list[Any]) -> str:
    """What the only shot's movement is called."""
    return str(of_clip(found)["static_share"].data["kinds"][0]["kind"])


@pytest.mark.parametrize(
    ("pan", "measure", "speed", "word"),
    [
        ((1.5, 0.0), "pan", 100 * 1.5 * 25 / 256, "pan right"),
        ((-0.75, 0.0), "pan", 100 * 0.75 * 25 / 256, "pan left"),
        ((0.0, -1.0), "tilt", 100 * 25 / 144, "tilt up"),
        ((0.0, 1.0), "tilt", 100 * 25 / 144, "tilt down"),
    ],
)
def test_pan_and_tilt_are_read_in_frames_per_second(
    tmp_path: Path, pan: tuple[float, float], measure: str, speed: float, word: str
) -> None:
    found = evidence("camera_motion", shot(30, pan), tmp_path)
    told = of_clip(found)
    assert told[measure].value == pytest.approx(speed, rel=0.1)
    assert told[{"pan": "tilt", "tilt": "pan"}[measure]].value == pytest.approx(0, abs=0.5)
    assert told["shake"].value is not None and told["shake"].value < 0.1
    assert kind(found) == word


@pytest.mark.parametrize(("zoom", "word"), [(1.004, "push in"), (0.996, "pull out")])
def test_zoom_is_read_in_per_cent_a_second(tmp_path: Path, zoom: float, word: str) -> None:
    found = evidence("camera_motion", travel(4, 30, 144, 256, (0.0, 0.0), zoom, coarsest=12), tmp_path)
    assert of_clip(found)["zoom"].value == pytest.approx(10, rel=0.1)
    assert kind(found) == word


def test_speed_does_not_depend_on_rate_or_size(tmp_path: Path) -> None:
    slow = values("camera_motion", shot(30, (1.6, 0.0)), tmp_path)["pan"]
    fast = values("camera_motion", shot(60, (0.8, 0.0)), tmp_path, rate=50)["pan"]
    large = travel(3, 30, 288, 512, (3.2, 0.0), coarsest=12)
    assert fast == pytest.approx(slow, rel=0.1)
    assert values("camera_motion", large, tmp_path)["pan"] == pytest.approx(slow, rel=0.1)


def handheld(amount: float, count: int = 60) -> list[RGB]:
    """A camera that trembles at 3 to 5 Hz by ``amount`` pixels of 144."""
    wide = gradient_noise(11, 200, 320, coarsest=16)
    t = np.arange(count) / 25
    x = amount * (np.sin(2 * np.pi * 3.1 * t) + 0.5 * np.sin(2 * np.pi * 4.7 * t))
    y = amount * np.cos(2 * np.pi * 3.7 * t)
    steps = [np.array([[1, 0, dx - 30], [0, 1, dy - 28]]) for dx, dy in zip(x, y, strict=True)]
    return [np.asarray(cv2.warpAffine(wide, m, (256, 144)), np.uint8) for m in steps]


def test_shake_grows_with_the_tremor_and_is_called_handheld(tmp_path: Path) -> None:
    found = [evidence("camera_motion", handheld(a), tmp_path) for a in (0.0, 0.8, 2.0)]
    shakes = [of_clip(f)["shake"].value for f in found]
    assert shakes[0] < 0.05 < 0.4 < shakes[1] < 0.6 * shakes[2]
    assert [kind(f) for f in found] == ["static", "handheld", "handheld"]
    assert of_clip(found[0])["static_share"].value == 100
    assert any(e.scope == Scope.MOMENT for e in found[2])


def test_a_subject_before_a_resting_camera_is_not_camera_motion(tmp_path: Path) -> None:
    scene, thing = gradient_noise(1, 144, 256, coarsest=12), gradient_noise(2, 90, 90, coarsest=9)
    frames = []
    for i in range(40):
        frame = scene.copy()
        x = 30 + round(2.5 * i)
        frame[54:, x : x + 90] = thing
        frames.append(frame)
    found = evidence("camera_motion", frames, tmp_path)
    assert kind(found) == "static"
    assert of_clip(found)["pan"].value < 0.3


def test_a_slip_of_the_fit_is_told_from_a_tremor() -> None:
    tremor = np.sin(2 * np.pi * np.arange(50) / 6)
    slipped = np.ones(50)
    slipped[20] = -4
    assert not slips(tremor)[3:-3].any()
    assert np.flatnonzero(slips(slipped)).tolist() == [20]


def test_every_shot_is_told_for_itself(tmp_path: Path) -> None:
    found = evidence("camera_motion", shot(30, (2.0, 0.0)) + shot(30, seed=8), tmp_path)
    kinds = [e.data["kind"] for e in found if e.scope == Scope.SHOT and e.measure == "camera_motion.static_share"]
    assert kinds == ["pan right", "static"]


def test_what_cannot_be_followed_is_said(tmp_path: Path) -> None:
    assert all(e.unmeasured for e in evidence("camera_motion", flat(20, (90, 90, 90)), tmp_path))
    assert all(e.unmeasured for e in evidence("camera_motion", shot(2), tmp_path))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("speech/retalk_3.mp4", "static"),
        ("rated/455_real.mp4", "static"),
        ("rated/357_real.mp4", "pan left and pull out"),
        ("rated/079_real.mp4", "tilt down and push in"),
        ("rated/001_real.mp4", "push in"),
    ],
)
def test_real_footage_is_named_as_it_looks(shared: Path, tmp_path: Path, name: str, word: str) -> None:
    assert kind(ask("camera_motion", shared / name, tmp_path)) == word
