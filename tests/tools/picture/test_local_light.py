"""Local light: shadows, glows and shifts of a known size on a known scene, and changes that are none of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.local_light import agreed, apart, lasting
from tests.synth import RGB, flat
from tests.tools.picture.film import evidence, lit, of_clip, real, shot, values

ACROSS = np.linspace(-0.5, 0.5, 256)
SIZES = [(16, 16), (40, 8), (144, 256)]


def relit(frames: list[RGB], stops: np.ndarray) -> list[RGB]:
    """Frames whose light changes by ``stops`` (N, 256) from column to column."""
    return [
        np.clip(frame * 2.0 ** (row[None, :, None] / 2.2), 0, 255).astype(np.uint8)
        for frame, row in zip(frames, stops, strict=True)
    ]


def shadow(stops: float, count: int = 75) -> np.ndarray:
    """(count, 256) a soft shadow that crosses the picture once."""
    place = np.linspace(-0.7, 0.7, count)[:, None]
    return -stops * np.clip(1.6 - 1.6 * np.abs(ACROSS - place) / 0.18, 0, 1)


def leaking(frames: list[RGB], most: float) -> list[RGB]:
    """Frames with a warm glow that comes and goes at the left edge, ``most`` (0..1) of white at its brightest."""
    found = []
    for k, frame in enumerate(frames):
        glow = most * np.sin(np.pi * k / len(frames)) * np.exp(-(((ACROSS + 0.5) / 0.3) ** 2))
        veil = glow[None, :, None] * np.array([1.0, 0.5, 0.2])
        found.append(np.asarray(255 - (255 - frame) * (1 - veil), np.uint8))
    return found


def test_neighbours_must_agree() -> None:
    trusted = np.ones((12, 20), bool)
    steps = np.zeros((2, 12, 20), np.float32)
    steps[0, :, :8] = 0.3
    found = agreed(steps, trusted)
    assert found[0, 6, 3] == pytest.approx(0.3, rel=0.02) and abs(found[0, 6, 16]) < 0.01 and not found[1].any()
    strewn = np.random.default_rng(0).normal(0, 0.3, steps.shape).astype(np.float32)
    assert apart(agreed(strewn, trusted)[0]) < 0.1
    assert not agreed(steps, np.zeros_like(trusted)).any()


def test_what_lasts_counts() -> None:
    line = np.zeros(100)
    line[40:44] = 5
    assert lasting(line, 0.04) == 0
    line[40:80] = 3
    assert lasting(line, 0.04) == 3
    assert lasting(np.array([2.0]), 0.04) == 2


def test_a_light_that_changes_sides_is_read_in_stops(tmp_path: Path) -> None:
    stops = np.zeros((75, 256))
    stops[40:] = 1.5 * ACROSS
    found = values("local_light", relit(shot(75, (1.0, 0.0)), stops), tmp_path)
    assert 0.7 * 1.5 < found["jump"] < 1.5  # smoothing costs some of it at the edges
    assert found["wander"] < 0.1 and found["tint"] < 1


def test_it_rises_with_a_shadow_that_passes(tmp_path: Path) -> None:
    read = [values("local_light", relit(shot(75, (1.0, 0.0)), shadow(s)), tmp_path)["wander"] for s in (0.0, 0.6, 1.8)]
    assert read[0] < 0.03 < 0.15 < read[1] < read[2]


def test_it_rises_with_a_warm_glow(tmp_path: Path) -> None:
    read = [values("local_light", leaking(shot(75), m), tmp_path)["tint"] for m in (0.0, 0.2, 0.6)]
    assert read[0] < 0.2 and 2 * read[0] + 1 < read[1] < read[2]


def test_what_the_whole_picture_does_and_a_pan_are_left_out(tmp_path: Path) -> None:
    drifting = values("local_light", lit(shot(75), np.linspace(0, -1.0, 75)), tmp_path)
    panning = values("local_light", shot(75, (2.5, 0.5), coarsest=6), tmp_path)
    for found in (drifting, panning):
        assert found["jump"] < 0.12 and found["wander"] < 0.06 and found["tint"] < 1


def test_a_camera_too_fast_to_follow_is_a_reason(tmp_path: Path) -> None:
    found = of_clip(evidence("local_light", shot(75, (5.0, 1.0), coarsest=6), tmp_path))
    assert {e.unmeasured for e in found.values()} == {"the camera moves too fast throughout"}


def test_a_whip_pan_hides_no_shift_of_light_before_it(tmp_path: Path) -> None:
    stops = np.clip((np.arange(50)[:, None] - 22) / 6, 0, 1) * np.where(ACROSS > 0.1, 1.5, 0)
    lit_, whip = relit(shot(50), stops + np.zeros((50, 256))), shot(25, (9.0, 0.0), coarsest=6)
    assert values("local_light", lit_ + whip, tmp_path)["jump"] > 0.5


def test_a_fade_tints_nothing(tmp_path: Path) -> None:
    frames = [np.asarray(f * np.array([1.0, 0.7, 0.4]), np.uint8) for f in shot(75)]
    assert values("local_light", lit(frames, np.linspace(0, -2.5, 75)), tmp_path)["tint"] < 1


def test_a_cut_is_no_change_of_light(tmp_path: Path) -> None:
    frames = shot(50, (1.0, 0.0)) + relit(shot(50, (1.0, 0.0), seed=8), np.tile(2 * ACROSS, (50, 1)))
    assert values("local_light", frames, tmp_path)["jump"] < 0.15


def test_the_moment_and_its_place_are_shown(tmp_path: Path) -> None:
    stops = np.zeros((50, 256))
    stops += np.clip((np.arange(50)[:, None] - 22) / 6, 0, 1) * np.where(ACROSS > 0.1, 1.5, 0)
    found = [e for e in evidence("local_light", relit(shot(50), stops), tmp_path) if e.scope is Scope.MOMENT]
    jump = next(e for e in found if e.measure == "local_light.jump")
    assert jump.picture is not None and jump.data["box"][2] > 0.6
    assert jump.span is not None and jump.span.start < 1.0 <= jump.span.end


@pytest.mark.parametrize("size", SIZES)
def test_too_little_to_see_is_a_reason_or_nothing_found(size: tuple[int, int], tmp_path: Path) -> None:
    for count in (1, 4, 30):
        for reading in of_clip(evidence("local_light", flat(count, (90, 90, 90), *size), tmp_path)).values():
            assert reading.value == 0 if count == 30 else reading.unmeasured == "no shot is long enough"


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "rated/357_real.mp4", "speech/hdtf_b.mp4"])
def test_footage_keeps_its_light(shared: Path, tmp_path: Path, name: str) -> None:
    found = real("local_light", shared / name, tmp_path)
    assert found["jump"] < 0.3 and found["wander"] < 0.3 and found["tint"] < 2
