"""Easing: pans that start and stop within a known time, moves cut off by a shot's ends, rest, footage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.camera_easing import ramp
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, values

T = np.arange(125) / 25


def pan(start: float, stop: float) -> list[RGB]:
    """A camera (144 lines) that pans at 3 pixels a frame from 1 s to 4 s, and eases in and out for so many seconds."""
    up, down = np.clip((T - 1) / max(start, 1e-6), 0, 1), np.clip((4 - T) / max(stop, 1e-6), 0, 1)
    places = np.rint(np.cumsum(3 * np.minimum(up, down))).astype(int)
    wide = gradient_noise(11, 144, 620, coarsest=16)
    return [np.ascontiguousarray(wide[:, at : at + 256]) for at in places]


def test_the_time_of_a_ramp() -> None:
    speed = np.concatenate([np.zeros(25), np.linspace(0, 20, 26), np.full(50, 20.0)])
    found = ramp(speed, np.arange(101) / 25)
    assert found is not None
    assert found[1] - found[0] == pytest.approx(0.8, abs=0.05)
    assert ramp(np.full(50, 20.0), np.arange(50) / 25) is None


def test_dead_and_eased_starts_and_stops(tmp_path: Path) -> None:
    dead = values("camera_easing", pan(0, 0), tmp_path)
    eased = values("camera_easing", pan(1.0, 1.4), tmp_path)
    assert max(dead.values()) <= 0.3
    assert eased["start"] == pytest.approx(0.8, abs=0.3)
    assert eased["stop"] == pytest.approx(1.1, abs=0.35)
    one = values("camera_easing", pan(0, 1.4), tmp_path)
    assert one["start"] < 0.3 < one["stop"]


def test_the_moments_are_shown(tmp_path: Path) -> None:
    found = [e for e in evidence("camera_easing", pan(0, 0), tmp_path) if e.scope is Scope.MOMENT]
    assert {e.measure for e in found} == {"camera_easing.start", "camera_easing.stop"}
    assert all(e.picture is not None for e in found)


def test_moves_that_are_cut_off_have_neither(tmp_path: Path) -> None:
    wide = gradient_noise(11, 144, 620, coarsest=16)
    through = [np.ascontiguousarray(wide[:, 3 * k : 3 * k + 256]) for k in range(100)]
    found = of_clip(evidence("camera_easing", through, tmp_path))
    assert all(e.unmeasured is not None for e in found.values()) and len(found) == 2


@pytest.mark.parametrize("size", [(144, 256), (16, 16), (4, 4)])
def test_rest_has_neither(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("camera_easing", flat(30, (90, 90, 90), *size), tmp_path))
    assert all(e.unmeasured is not None for e in found.values()) and len(found) == 2


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "film/sintel.mp4"])
def test_footage_is_read_or_says_why(shared: Path, tmp_path: Path, name: str) -> None:
    assert all(0 < value < 10 for value in real("camera_easing", shared / name, tmp_path).values())
