"""Wobble: rows that swing by a known speed, moves of a rigid picture that are none, footage that has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.wobble import ROWS, rows, sway
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, shot, values

T = np.arange(75) / 25


def leaning(pixels: float, hertz: float = 3.0) -> list[RGB]:
    """A picture (144 lines) whose upper and lower edge sway against each other by so many pixels either way."""
    wide = gradient_noise(4, 144, 340, coarsest=16)
    share = np.linspace(-1, 1, 144)
    frames = []
    for t in T:
        offsets = np.rint(40 + pixels * np.sin(2 * np.pi * hertz * t) * share).astype(int)
        frames.append(np.stack([line[at : at + 256] for line, at in zip(wide, offsets, strict=True)]))
    return frames


def test_the_speed_of_the_rows_is_read_and_what_stays_or_is_one_sided_is_not() -> None:
    share = np.linspace(-1, 1, ROWS)
    swing = 10 * np.sin(2 * np.pi * 3 * T)[:, None] * share
    both = sway(np.stack([swing, swing], axis=1), T)
    assert np.sqrt((both**2).mean()) == pytest.approx(np.sqrt((swing**2).mean()), rel=0.15)
    assert np.abs(sway(np.stack([swing, 0 * swing], axis=1), T)).max() < 0.5
    assert np.median(sway(np.stack([swing, -swing], axis=1), T)) < 0
    steady = np.broadcast_to(20 * share, swing.shape)
    assert sway(np.stack([steady, steady], axis=1), T).max() < 0.5


def test_rows_without_texture_are_left_out() -> None:
    field = np.ones((6, 8))
    field[3] = 50
    weights = np.ones((6, 8))
    weights[3] = 0
    found = rows(field, weights)
    assert found.shape == (2, ROWS) and found.max() <= 1


def test_it_rises_with_the_wobble_and_not_with_shake_pan_or_rest(tmp_path: Path) -> None:
    read = [values("wobble", leaning(p), tmp_path)["sway"] for p in (0.0, 2.0, 5.0)]
    assert read[0] < 0.5 < 4 < read[1] < read[2]
    shaken = gradient_noise(9, 170, 300, coarsest=16)
    unrest = np.random.default_rng(1).integers(0, 12, (75, 2))
    frames = [np.ascontiguousarray(shaken[y : y + 144, x : x + 256]) for x, y in unrest]
    assert values("wobble", frames, tmp_path)["sway"] < read[1] / 2
    assert values("wobble", shot(75, (3.0, 0.0)), tmp_path)["sway"] < 1


def test_the_moment_is_shown(tmp_path: Path) -> None:
    found = [e for e in evidence("wobble", leaning(5.0), tmp_path) if e.scope is Scope.MOMENT]
    assert len(found) == 1 and found[0].picture is not None


@pytest.mark.parametrize("size", [(144, 256), (16, 16), (40, 8)])
def test_too_little_to_see_is_a_reason_or_nothing_found(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("wobble", flat(30, (90, 90, 90), *size), tmp_path))["sway"]
    assert found.unmeasured is not None or found.value == 0
    short = of_clip(evidence("wobble", flat(5, (90, 90, 90), *size), tmp_path))["sway"]
    assert short.unmeasured == "no shot lasts a second"


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "rated/357_real.mp4", "film/sintel.mp4"])
def test_footage_does_not_wobble(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("wobble", shared / name, tmp_path)["sway"] < 5.5
