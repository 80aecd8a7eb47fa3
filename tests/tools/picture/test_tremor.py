"""Tremor: shaking of a known size and pace, slow movement that is none, and frames that cannot be followed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.tremor import tremor
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, values

T = np.arange(75) / 25


def swaying(pixels: float, degrees: float, hertz: float) -> list[RGB]:
    """A texture (144 lines) that sways up and down by so many pixels and rolls by so many degrees either way."""
    wide = gradient_noise(4, 200, 320, coarsest=16)
    frames = []
    for t in T:
        wave = np.sin(2 * np.pi * hertz * t)
        matrix = cv2.getRotationMatrix2D((160, 100), degrees * wave, 1.0)
        matrix[1, 2] += pixels * wave
        frames.append(np.asarray(cv2.warpAffine(wide, matrix, (320, 200)), np.uint8)[28:172, 32:288])
    return frames


def test_only_what_is_fast_is_tremor() -> None:
    fast, slow = (np.cos(2 * np.pi * hertz * T) * 2 * np.pi * hertz for hertz in (6.0, 0.5))
    assert np.abs(tremor(fast, 0.04)[10:-10]).max() == pytest.approx(1, abs=0.15)
    assert np.abs(tremor(slow, 0.04)[10:-10]).max() < 0.06


def test_it_rises_with_the_shaking(tmp_path: Path) -> None:
    read = [values("tremor", swaying(p, d, 5.0), tmp_path) for p, d in ((0, 0), (0.6, 0.2), (1.8, 0.6))]
    sway, roll = ([r[name] for r in read] for name in ("sway", "roll"))
    assert sway[0] < 0.03 < 0.15 < sway[1] < sway[2]
    assert roll[0] < 0.02 < 0.08 < roll[1] < roll[2]


def test_slow_swaying_is_none(tmp_path: Path) -> None:
    found = values("tremor", swaying(6.0, 2.0, 0.5), tmp_path)
    assert found["sway"] < 0.12 and found["roll"] < 0.06


def test_the_worst_moment_is_shown(tmp_path: Path) -> None:
    found = [e for e in evidence("tremor", swaying(3.0, 1.0, 5.0), tmp_path) if e.scope is Scope.MOMENT]
    assert {e.measure for e in found} == {"tremor.sway", "tremor.roll"} and all(e.picture for e in found)


@pytest.mark.parametrize("size", [(144, 256), (16, 16), (40, 8)])
def test_too_little_to_see_is_a_reason_or_nothing_found(size: tuple[int, int], tmp_path: Path) -> None:
    for count in (1, 5, 30):
        for found in of_clip(evidence("tremor", flat(count, (90, 90, 90), *size), tmp_path)).values():
            assert found.value == 0 or found.unmeasured == "no shot has frames enough whose movement can be followed"


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "speech/hdtf_b.mp4", "film/sintel.mp4"])
def test_footage_does_not_tremble(shared: Path, tmp_path: Path, name: str) -> None:
    found = real("tremor", shared / name, tmp_path)
    assert found["sway"] < 0.5 and found["roll"] < 0.15
