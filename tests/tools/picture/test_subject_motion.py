"""Subject motion: speed and extent of what moves by itself, with the camera at rest and moving."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.subject_motion import peaks
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, shot, values


def passing(speed: float, pan: float = 0.0, count: int = 30, size: int = 60) -> list[RGB]:
    """A textured thing of ``size`` pixels that moves by ``speed`` pixels a frame over a scene (144, 256)."""
    thing = gradient_noise(2, size, size, coarsest=8)
    frames = shot(count, (pan, 0.0), seed=1, coarsest=40)
    for i, frame in enumerate(frames):
        x = 20 + round(speed * i)
        frame[50 : 50 + size, x : x + size] = thing
    return frames


@pytest.mark.parametrize("pan", [0.0, 2.0])
def test_speed_and_area_of_what_moves(tmp_path: Path, pan: float) -> None:
    found = values("subject_motion", passing(3.0, pan), tmp_path)
    against = 3.0 + pan  # a camera that pans right moves the scene left on screen
    assert found["speed"] == pytest.approx(100 * against * 25 / 144, rel=0.25)
    area = 100 * 60 * 60 / (144 * 256)
    assert 0.9 * area < found["moving_area"] < 2.5 * area  # flow bleeds over edges


def test_more_motion_reads_as_more(tmp_path: Path) -> None:
    found = [values("subject_motion", passing(s), tmp_path)["amount"] for s in (0.0, 1.0, 3.0)]
    assert found[0] < 0.1 < found[1] < 0.6 * found[2]


def test_a_moving_camera_alone_is_no_subject_motion(tmp_path: Path) -> None:
    found = values("subject_motion", shot(30, (3.0, 1.0)), tmp_path)
    assert found["still_share"] > 90 and found["amount"] < 0.5


def test_peaks_are_apart_and_strongest_first() -> None:
    t = np.arange(100) / 25
    y = np.exp(-((t - 1) ** 2) / 0.02) + 2 * np.exp(-((t - 3) ** 2) / 0.02)
    y[y < 1e-3] = 0
    assert [round(float(t[i]), 2) for i in peaks(y, t)][:2] == [3.0, 1.0]


def test_the_peak_of_a_burst_is_named(tmp_path: Path) -> None:
    still, burst = passing(0.0, count=25), passing(4.0, count=12)
    found = evidence("subject_motion", still + burst + [burst[-1]] * 25, tmp_path)
    told = of_clip(found)
    assert 1.0 <= told["amount"].data["peaks"][0]["seconds"] <= 1.5
    assert told["still_share"].value is not None and told["still_share"].value > 60
    assert any(e.scope == Scope.MOMENT for e in found)


def test_nothing_that_moves_has_no_speed(tmp_path: Path) -> None:
    told = of_clip(evidence("subject_motion", passing(0.0), tmp_path))
    assert told["speed"].unmeasured and told["still_share"].value == 100
    assert all(e.unmeasured for e in evidence("subject_motion", flat(10, (80, 80, 80)), tmp_path))


def test_a_quiet_speaker_moves_less_than_dancers(shared: Path, tmp_path: Path) -> None:
    quiet = real("subject_motion", shared / "speech" / "retalk_1.mp4", tmp_path)
    dance = real("subject_motion", shared / "rated" / "002_real.mp4", tmp_path)
    assert 0 < quiet["amount"] < 2 < 5 < dance["amount"]
