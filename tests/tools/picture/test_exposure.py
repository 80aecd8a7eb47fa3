"""Exposure: levels, drift and pumping grow with the fault, and stay put for motion, steps and fades."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.exposure import drift, levels, pumping
from tests.synth import flat
from tests.tools.picture.film import evidence, lit, of_clip, real, shot, values

T = np.arange(100) / 25


def test_levels_of_a_picture_that_is_half_white_and_a_quarter_black() -> None:
    grey = np.full((40, 40), 128, np.uint8)
    grey[:20], grey[20:, :20] = 255, 0
    mean, high, low = levels(grey)
    assert (high, low) == (50, 25)
    assert mean == pytest.approx(0.5 + 0.25 * 128 / 255)


@pytest.mark.parametrize("hertz", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("swing", [0.1, 0.5])
def test_pumping_is_the_swing_peak_to_peak(hertz: float, swing: float) -> None:
    line = swing / 2 * np.sin(2 * np.pi * hertz * T)
    assert np.percentile(pumping(line, T), 90) == pytest.approx(swing, rel=0.25)


@pytest.mark.parametrize("line", [0.3 * T, 0.5 * (T > 2), 1 - np.exp(-T)], ids=["ramp", "step", "settling"])
def test_what_does_not_come_back_is_not_pumping(line: np.ndarray) -> None:
    assert pumping(line, T).max() < 0.02
    assert drift(line, T) > 0.4


def test_pumping_of_a_clip_grows_with_the_fault_and_leaves_drift_alone(tmp_path: Path) -> None:
    swings = [0.0, 0.2, 0.5]
    found = []
    for swing in swings:
        stops = swing / 2 * np.sin(2 * np.pi * 1.5 * np.arange(50) / 25)
        found.append(values("exposure", lit(shot(50, (1.5, 0.5)), stops), tmp_path))
    assert [f["pumping"] for f in found] == pytest.approx(swings, abs=0.08)
    assert max(f["drift"] for f in found) < 0.25


def test_drift_of_a_clip_is_read_in_stops(tmp_path: Path) -> None:
    found = values("exposure", lit(shot(75), np.linspace(0, -0.8, 75)), tmp_path)
    assert found["drift"] == pytest.approx(0.75, abs=0.15)
    assert found["pumping"] < 0.05


def test_a_pan_over_bright_and_dark_places_is_no_fault(tmp_path: Path) -> None:
    found = values("exposure", shot(60, (4.0, 0.0), coarsest=6), tmp_path)
    assert found["drift"] < 0.15 and found["pumping"] < 0.08


def test_a_fade_is_no_drift(tmp_path: Path) -> None:
    faded = np.concatenate([np.linspace(0, 1, 25), np.ones(60)])
    frames = [(f * g).astype(np.uint8) for f, g in zip(shot(85, (0.5, 0.0)), faded, strict=True)]
    assert values("exposure", frames, tmp_path)["drift"] < 0.2


def test_clipping_is_counted_without_the_bars_and_its_worst_moment_shown(tmp_path: Path) -> None:
    frames = shot(30)
    for index, frame in enumerate(frames):
        frame[:18], frame[-18:] = 0, 0
        frame[40:94, :64] = 255 if index >= 10 else frame[40:94, :64]
    found = evidence("exposure", frames, tmp_path)
    told = of_clip(found)
    assert told["clipped_high"].value == pytest.approx(100 * 54 * 64 / (108 * 256) * 2 / 3, rel=0.15)
    assert told["clipped_low"].value is not None and told["clipped_low"].value < 1
    moment = next(e for e in found if e.scope == Scope.MOMENT)
    assert moment.picture is not None and moment.span is not None and moment.span.start == pytest.approx(0.4, abs=0.05)


def test_too_little_picture_is_said_and_not_guessed(tmp_path: Path) -> None:
    told = of_clip(evidence("exposure", flat(1, (90, 120, 100)), tmp_path))
    assert told["mean_luma"].value == pytest.approx(0.43, abs=0.05)
    assert told["drift"].unmeasured and told["pumping"].unmeasured


def test_real_footage_neither_drifts_nor_pumps(shared: Path, tmp_path: Path) -> None:
    for name in ("speech/retalk_3.mp4", "rated/079_real.mp4"):
        found = real("exposure", shared / name, tmp_path)
        assert found["pumping"] < 0.1 and found["drift"] < 0.3 and found["clipped_high"] < 2, name
