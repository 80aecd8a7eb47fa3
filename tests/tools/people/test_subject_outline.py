"""Outline of people: a lens's blur and a pair of scissors' on made-up pictures, nobody, and footage."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.people.subject_outline import outline
from tests.synth import RGB, flat
from tests.tools.picture.film import ask, evidence, of_clip, real

Mask = NDArray[np.float32]


def person() -> Mask:
    """Head and shoulders, (360, 480) 0..1."""
    mask = np.zeros((360, 480), np.float32)
    cv2.ellipse(mask, (240, 140), (60, 80), 0, 0, 360, 1.0, -1)
    cv2.ellipse(mask, (240, 340), (130, 140), 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.0), np.float32)


def blurred(picture: NDArray[np.generic], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), sigma) if sigma else picture, np.float32)


def layers() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A bright person and a dark background, both with detail."""
    rng = np.random.default_rng(2)
    near, far = (level + blurred(rng.normal(0, 30, (360, 480, 3)), 0.8) for level in (160, 60))
    return near, far


def composed(near: NDArray[np.float32], far: NDArray[np.float32], mask: Mask) -> RGB:
    return np.asarray(np.clip(far + mask[..., None] * (near - far), 0, 255), np.uint8)


def by_lens(sigma: float) -> RGB:
    near, far = layers()
    return composed(near, blurred(far, sigma), person())


def by_scissors(sigma: float, stray: int = 0) -> RGB:
    """Everything blurred, the person put back by a mask that is so many pixels too large."""
    sharp = by_lens(0)
    mask = np.asarray(cv2.dilate(person(), np.ones((2 * stray + 1, 2 * stray + 1))), np.float32)
    return composed(sharp.astype(np.float32), blurred(sharp, sigma), mask)


def test_a_lens_leaves_no_halo_and_scissors_do() -> None:
    lens, scissors = outline(by_lens(6), person()), outline(by_scissors(6), person())
    assert lens is not None and scissors is not None
    assert abs(lens.halo) < 0.06 < 0.2 < scissors.halo
    assert lens.rim < 1


def test_a_careless_mask_leaves_a_rim() -> None:
    careless, lens = outline(by_scissors(6, 9), person()), outline(by_lens(6), person())
    assert careless is not None and lens is not None
    assert careless.rim > lens.rim + 1


def test_depth_of_field_is_read_in_octaves() -> None:
    read = [outline(by_lens(sigma), person()) for sigma in (0.0, 1.5, 4.0)]
    depths = [each.depth for each in read if each is not None]
    assert abs(depths[0]) < 0.7 and depths == sorted(depths) and depths[2] > 2.5


def test_nobody_everybody_and_one_colour_are_not_read() -> None:
    picture = by_lens(3)
    assert outline(picture, np.zeros((360, 480), np.float32)) is None
    assert outline(picture, np.ones((360, 480), np.float32)) is None
    grey = outline(np.full((360, 480, 3), 128, np.uint8), person())
    assert grey is not None and np.isnan(grey.halo)
    small = outline(picture[:16, :16], np.tri(16, dtype=np.float32))
    assert small is not None and np.isnan(small.halo) and np.isnan(small.rim)


@pytest.mark.parametrize("size", [(144, 256), (16, 16)])
def test_without_people_it_says_so(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("subject_outline", flat(10, (90, 90, 90), *size), tmp_path))
    assert all("no head is found" in str(e.unmeasured) for e in found.values()) and len(found) == 3


@pytest.mark.parametrize("name", ["speech/retalk_1.mp4", "speech/latent_2.mp4"])
def test_footage_has_no_halo(shared: Path, tmp_path: Path, name: str) -> None:
    found = real("subject_outline", shared / name, tmp_path)
    assert found["halo"] < 0.2
    assert found["depth"] > 0.5


def test_a_halo_is_shown(shared: Path, tmp_path: Path) -> None:
    found = [e for e in ask("subject_outline", shared / "rated/256_zeroscope.mp4", tmp_path) if e.picture is not None]
    assert all(e.measure == "subject_outline.halo" and e.span is not None for e in found)
