"""Rigid faces: a drawn face that is carried about, one whose mouth opens meanwhile, nobody, and real faces."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sample import frames_at
from evalverse.tools.people.rigid_face import CROP, MOVED, change
from tests.synth import flat
from tests.tools.picture.film import evidence, of_clip, real


def _face(mouth: int) -> np.ndarray:
    """(128, 128) a grey face with pores, brows, eyes and a mouth that is so many pixels open."""
    noise = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 40, (CROP, CROP)).astype(np.float32), (0, 0), 2)
    picture = 150 + noise
    for x, y, wide, high in ((40, 44, 18, 3), (70, 44, 18, 3), (44, 54, 10, 5), (74, 54, 10, 5)):
        picture[y : y + high, x : x + wide] -= 80
    cv2.ellipse(picture, (64, 88), (14, 2 + mouth), 0, 0, 360, 50.0, -1)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _carried(face: np.ndarray, turn: float = 3.0, shift: float = 3.0) -> np.ndarray:
    matrix = cv2.getRotationMatrix2D((64, 64), turn, 1.02)
    matrix[:, 2] += shift
    return np.asarray(cv2.warpAffine(face, matrix, (CROP, CROP), flags=cv2.INTER_CUBIC, borderValue=150), np.uint8)


def test_a_mask_that_is_carried_along_hardly_changes() -> None:
    read = change(_face(2), _carried(_face(2)))
    assert read.detail < 7
    assert read.moved > MOVED


def test_the_change_grows_with_what_the_mouth_does() -> None:
    still, opened, wide = (change(_face(2), _carried(_face(mouth))).detail for mouth in (2, 6, 12))
    assert 1.5 * still < opened < wide


def test_a_face_at_rest_has_not_moved() -> None:
    assert change(_face(2), _face(2)).moved < MOVED / 4


@pytest.mark.parametrize("size", [(144, 256), (16, 16)])
def test_nobody_is_a_reason(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("rigid_face", flat(10, (200, 150, 125), *size), tmp_path))
    assert found["least_change"].value is None
    assert found["least_change"].unmeasured


@pytest.mark.parametrize("name", ["speech/latent_2.mp4", "speech/retalk_4.mp4"])
def test_real_faces_change(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("rigid_face", shared / name, tmp_path)["least_change"] > 8


def test_a_real_face_that_stands_while_it_is_carried_is_found(shared: Path, tmp_path: Path) -> None:
    """A second as it was filmed, then one look that hovers to and fro."""
    clip = probe(shared / "speech" / "retalk_4.mp4")
    taken = [frame.rgb(480) for frame in frames_at(clip, [k / 25 for k in range(26)], 480)]
    high, wide = taken[0].shape[:2]
    hovering = [np.array([[1, 0, 9 * np.sin(k / 4)], [0, 1, 0]]) for k in range(1, 26)]
    carried = [cv2.warpAffine(taken[-1], move, (wide, high), borderMode=cv2.BORDER_REFLECT) for move in hovering]
    found = evidence("rigid_face", [*taken, *(np.asarray(each, np.uint8) for each in carried)], tmp_path)
    whole = of_clip(found)["least_change"].value
    assert whole is not None and whole < 7
    moment = next(e for e in found if e.scope == Scope.MOMENT)
    assert moment.span is not None and moment.span.start > 0.9
    assert moment.picture is not None
