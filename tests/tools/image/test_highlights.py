"""Highlights: glints of known width and edge, painted on and sliding, none at all, footage."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.image.highlights import glints
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, of_clip, real, values

PLACES = [(60, 60), (150, 90), (260, 200), (330, 60), (380, 160), (200, 240), (90, 200), (300, 130)]


def glinting(shift: float = 0.0, radius: int = 4, soft: float = 0.8, wide: int = 512) -> RGB:
    """A dark texture (288, wide) with white glints, all shifted sideways by so many pixels."""
    base = 0.35 * gradient_noise(5, 288, 720, coarsest=14).astype(np.float32)
    offset = round(100 + shift)
    return _lit(base[:, offset : offset + wide], [(x - shift, y) for x, y in PLACES], radius, soft)


def _lit(base: np.ndarray, places: list[tuple[float, float]], radius: int, soft: float) -> RGB:  # type: ignore[type-arg]
    spots = np.zeros(base.shape[:2], np.float32)
    for x, y in places:
        cv2.circle(spots, (round(x), y), radius, 1.0, -1)
    spots = np.asarray(cv2.GaussianBlur(spots, (0, 0), soft), np.float32)[..., None]
    return np.asarray(np.clip(base + spots * (245 - base), 0, 255), np.uint8)


def test_width_and_edge_are_read() -> None:
    hard, broad = glints(glinting(radius=3, soft=0.6))[0], glints(glinting(radius=6, soft=2.5))[0]
    assert len(hard) == len(broad) == len(PLACES)
    assert np.median([g.width for g in hard]) * 288 == pytest.approx(7, abs=1.5)
    assert np.median([g.edge for g in broad]) > 1.5 * np.median([g.edge for g in hard])
    assert np.median([g.width for g in broad]) > 1.4 * np.median([g.width for g in hard])


def test_painted_ones_ride_along_and_glints_slide(tmp_path: Path) -> None:
    shifts = [1.2 * k for k in range(50)]
    ride = values("highlights", [glinting(s) for s in shifts], tmp_path)["slide"]
    base = 0.35 * gradient_noise(5, 288, 720, coarsest=14).astype(np.float32)
    stay = [_lit(base[:, round(100 + s) : round(612 + s)], [(float(x), y) for x, y in PLACES], 4, 0.8) for s in shifts]
    assert ride < 0.35
    assert values("highlights", stay, tmp_path)["slide"] == pytest.approx(1, abs=0.3)


def test_the_glints_are_shown(tmp_path: Path) -> None:
    found = [e for e in evidence("highlights", [glinting()] * 10, tmp_path) if e.scope is Scope.MOMENT]
    assert len(found) == 1 and found[0].picture is not None


@pytest.mark.parametrize("size", [(144, 256), (16, 16), (2, 2)])
def test_nothing_that_glints_is_a_reason(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("highlights", flat(10, (90, 90, 90), *size), tmp_path))
    assert found["share"].value == 0
    assert found["size"].unmeasured == found["edge"].unmeasured == "nothing in the picture glints"
    assert found["slide"].unmeasured == "too few glints lie on surfaces that move"


@pytest.mark.parametrize("name", ["speech/latent_1.mp4", "rated/357_real.mp4", "film/sintel.mp4"])
def test_footage(shared: Path, tmp_path: Path, name: str) -> None:
    found = real("highlights", shared / name, tmp_path)
    assert 0 <= found["share"] < 10
    assert 0.5 < found["edge"] < 6
