"""Ringing: overshoot rises with sharpening, is not noise nor coding, and real footage passes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.evidence import Scope
from evalverse.tools.image.ringing import overshoots
from tests.tools.picture.film import evidence, of_clip, real

Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def cards() -> Grey:
    """Even cards of different tones on a table, a little out of focus as any lens draws them."""
    rng = np.random.default_rng(4)
    picture = np.full((300, 480), 90.0, np.float32)
    for _ in range(40):
        x, y = rng.integers(0, 420), rng.integers(0, 260)
        picture[y : y + 40, x : x + 50] = rng.uniform(50, 200)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.9)
    return np.clip(picture + rng.normal(0, 0.7, picture.shape), 0, 255).astype(np.uint8)


def sharpened(grey: Grey, amount: float) -> Grey:
    soft = cv2.GaussianBlur(grey, (0, 0), 1.2)
    return np.asarray(cv2.addWeighted(grey, 1 + amount, soft, -amount, 0), np.uint8)


def typical(grey: Grey) -> float:
    return float(np.percentile(overshoots(grey), 75))


def test_overshoot_rises_with_sharpening(cards: Grey) -> None:
    levels = [typical(sharpened(cards, amount)) for amount in (0, 0.6, 1.6, 4)]
    assert levels == sorted(levels)
    assert levels[0] < 6
    assert levels[-1] > 25


def test_the_overshoot_of_a_known_edge() -> None:
    """A step of 100 that overshoots by 20 on one side and by 10 on the other."""
    line = np.repeat([60.0, 50.0, 180.0, 160.0], [40, 3, 3, 40])
    grey = np.tile(line.astype(np.uint8), (60, 1))
    assert overshoots(grey) == pytest.approx(np.full(60, 15.0), abs=0.5)


def test_softness_grain_and_coding_do_not_ring(cards: Grey) -> None:
    coded = cv2.imdecode(cv2.imencode(".jpg", cards, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_GRAYSCALE)
    grainy = np.clip(cards + np.random.default_rng(1).normal(0, 2, cards.shape), 0, 255).astype(np.uint8)
    soft = cv2.GaussianBlur(cards, (0, 0), 1.5)
    for name, other in (("coded", coded), ("grainy", grainy), ("soft", soft)):
        assert typical(np.asarray(other, np.uint8)) < 9, name


def test_a_bare_wall_has_no_edges_to_see(tmp_path: Path) -> None:
    wall = [np.full((120, 200, 3), 90, np.uint8)] * 5
    assert "too few edges" in (of_clip(evidence("ringing", wall, tmp_path))["overshoot"].unmeasured or "")


def test_halos_in_a_clip_are_found_and_shown(tmp_path: Path, cards: Grey) -> None:
    picture = np.repeat(sharpened(cards, 4)[..., None], 3, axis=2)
    found = evidence("ringing", [picture] * 30, tmp_path, crf=4)
    assert (of_clip(found)["overshoot"].value or 0) > 20
    assert any(e.scope == Scope.MOMENT and e.picture for e in found)


@pytest.mark.parametrize("name", ["film/sintel.mp4", "speech/retalk_1.mp4", "speech/latent_1.mp4"])
def test_real_footage_does_not_ring(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("ringing", shared / name, tmp_path)["overshoot"] < 9
