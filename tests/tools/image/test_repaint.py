"""Repainted detail: texture that rides along passes, texture that is drawn anew does not, and grain is neither."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from tests.synth import RGB, flat, gradient_noise, travel
from tests.tools.picture.film import evidence, lit, of_clip, real, values

PAN = (0.8, 0.3)


def surface(count: int = 30, pan: tuple[float, float] = PAN) -> list[RGB]:
    """A camera over a surface with relief of every size."""
    return list(travel(3, count, 240, 400, pan, coarsest=40, octaves=5))


def boiling(frames: list[RGB], share: float, hold: int = 2) -> list[RGB]:
    """So much of the fine texture, on top of what rides along, is another one every ``hold`` frames."""
    made = []
    for i, frame in enumerate(frames):
        other = gradient_noise(70 + i // hold, *frame.shape[:2], coarsest=40, octaves=5).astype(np.float32)
        fine = other - cv2.GaussianBlur(other, (0, 0), 2.0)
        soft = cv2.GaussianBlur(frame.astype(np.float32), (0, 0), 2.0)
        mixed = soft + (1 - share) * (frame - soft) + share * fine
        made.append(np.clip(mixed, 0, 255).astype(np.uint8))
    return made


def share(frames: list[RGB], folder: Path) -> float:
    return values("repaint", frames, folder, crf=8)["share"]


def test_the_share_rises_with_what_is_drawn_anew(tmp_path: Path) -> None:
    found = [share(boiling(surface(), part), tmp_path) for part in (0, 0.5, 1)]
    assert found[0] < 0.08
    assert found[0] + 0.1 < found[1] < found[2]
    assert found[2] > 0.6


@pytest.mark.parametrize("pan", [(0.0, 0.0), (1.2, -0.4)])
def test_movement_is_not_repainting(tmp_path: Path, pan: tuple[float, float]) -> None:
    assert share(surface(pan=pan), tmp_path) < 0.08


def test_grain_and_light_are_not_repainting(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    grainy = [np.clip(f + rng.normal(0, 4, f.shape), 0, 255).astype(np.uint8) for f in surface()]
    assert share(grainy, tmp_path) < 0.15
    assert share(lit(surface(), 0.3 * np.sin(np.arange(30))), tmp_path) < 0.08


def test_a_cut_is_not_repainting(tmp_path: Path) -> None:
    other = list(travel(9, 30, 240, 400, PAN, coarsest=40, octaves=5))
    assert share(surface() + other, tmp_path) < 0.08


def test_the_place_is_shown(tmp_path: Path) -> None:
    found = evidence("repaint", boiling(surface(), 1), tmp_path, crf=8)
    assert any(e.scope is Scope.MOMENT and e.picture is not None and e.span for e in found)


def test_a_bare_or_tiny_picture_cannot_be_read(tmp_path: Path) -> None:
    for frames in (list(flat(20, (90, 90, 90), 240, 400)), [gradient_noise(1, 32, 40)] * 20):
        assert of_clip(evidence("repaint", frames, tmp_path))["share"].unmeasured


@pytest.mark.parametrize("name", ["film/sintel.mp4", "speech/retalk_1.mp4", "rated/079_real.mp4"])
def test_real_footage_keeps_its_texture(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("repaint", shared / name, tmp_path)["share"] < 0.1
