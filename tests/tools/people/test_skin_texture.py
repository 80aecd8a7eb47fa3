"""Skin texture: structure of known strength, retouch that leaves outlines, blur, nobody, footage and its retouch."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.people.skin_texture import skin
from tests.synth import RGB, flat
from tests.tools.picture.film import ask, evidence, of_clip, real


def face(pores: float, seed: int = 3) -> RGB:
    """A head's box (200, 160): skin with structure of so many levels (RMS), dark brows, eyes and mouth."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (200, 160)).astype(np.float32), (0, 0), 2.5)
    picture = np.empty((200, 160, 3), np.float32)
    picture[:] = (200, 150, 125)
    picture += (pores * noise / noise.std())[..., None]
    for x, y, across, down in ((45, 75, 26, 5), (90, 75, 26, 5), (50, 90, 18, 8), (95, 90, 18, 8), (58, 140, 44, 10)):
        picture[y : y + down, x : x + across] -= 90
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def test_it_rises_with_the_structure_and_not_with_the_features() -> None:
    read = [skin(face(level)) for level in (0.0, 2.0, 5.0)]
    fine = [each.fine for each in read if each is not None]
    assert fine[0] < 0.2 < fine[1] < fine[2]
    assert fine[2] / fine[1] == pytest.approx(2.5, rel=0.2)


def test_retouch_lowers_both_measures_and_blur_the_first_alone() -> None:
    whole = face(5.0)
    retouched = cv2.bilateralFilter(whole, 15, 40, 5)
    blurred = cv2.GaussianBlur(whole, (0, 0), 2.5)
    raw, wax, soft = (skin(np.asarray(picture, np.uint8)) for picture in (whole, retouched, blurred))
    assert raw is not None and wax is not None and soft is not None
    assert wax.fine < 0.6 * raw.fine and wax.against_outlines < 0.6 * raw.against_outlines
    assert soft.fine < 0.8 * raw.fine and soft.against_outlines > 0.7 * raw.against_outlines


def test_what_is_not_skin_is_not_read() -> None:
    rng = np.random.default_rng(0)
    assert skin(rng.integers(0, 255, (120, 120, 3), dtype=np.uint8)) is None


@pytest.mark.parametrize("size", [(144, 256), (16, 16)])
def test_nobody_is_a_reason(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("skin_texture", flat(10, (200, 150, 125), *size), tmp_path))
    assert {e.unmeasured for e in found.values()} == {"no face is large enough for its skin to be read"}


@pytest.mark.parametrize("name", ["speech/latent_2.mp4", "speech/retalk_5.mp4"])
def test_footage(shared: Path, tmp_path: Path, name: str) -> None:
    found = real("skin_texture", shared / name, tmp_path)
    assert 0.2 < found["fine"] < 3
    assert 0.03 < found["against_outlines"] < 0.25
    shown = [e.picture for e in ask("skin_texture", shared / name, tmp_path) if e.picture is not None]
    assert shown
