"""Light relief: forms lit by a known number of stops, levelled light, texture and rooms that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.picture.light_relief import relief
from tests.synth import RGB, flat
from tests.tools.picture.film import evidence, of_clip, real, values


def pillars(stops: float, across: int = 4) -> RGB:
    """A row of pillars (180, 320), each with a lit and a dark flank of so many stops either way."""
    light = 2.0 ** (stops * np.sin(np.linspace(0, 2 * np.pi * across, 320)))
    code = 255 * (0.15 * light) ** (1 / 2.2)
    return np.repeat(np.tile(np.clip(code, 0, 255).astype(np.uint8), (180, 1))[..., None], 3, axis=2)


def test_it_rises_with_the_stops_between_the_flanks() -> None:
    read = [relief(pillars(stops)) for stops in (0.0, 0.5, 1.0, 2.0)]
    assert read[0] < 0.01 and read == sorted(read)
    assert read[2] / read[1] == pytest.approx(2, rel=0.1)


def test_texture_and_the_fall_of_light_through_a_room_are_none() -> None:
    fine = np.random.default_rng(0).integers(60, 200, (180, 320, 1), dtype=np.uint8).repeat(3, axis=2)
    assert relief(fine) < 0.1
    room = np.tile(np.linspace(60, 200, 320).astype(np.uint8)[None, :, None], (180, 1, 3))
    assert relief(room) < 0.35 * relief(pillars(1.5))


def test_a_clip_is_read(tmp_path: Path) -> None:
    low, high = (values("light_relief", [pillars(stops)] * 10, tmp_path)["depth"] for stops in (0.3, 1.2))
    assert low < high / 2


@pytest.mark.parametrize("size", [(16, 16), (40, 8)])
def test_a_single_tiny_frame_is_read(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("light_relief", flat(1, (200, 30, 30), *size), tmp_path))["depth"]
    assert found.value is not None and found.value < 0.05


@pytest.mark.parametrize("name", ["speech/latent_2.mp4", "film/sintel.mp4"])
def test_footage(shared: Path, tmp_path: Path, name: str) -> None:
    assert 0.1 < real("light_relief", shared / name, tmp_path)["depth"] < 2
