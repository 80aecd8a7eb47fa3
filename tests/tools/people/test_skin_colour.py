"""Skin colour: known colours, real faces with their colour bled out, pushed and tinted, and nobody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.settings import Settings
from evalverse.tools.evidence import Scope
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.people.skin_colour import chroma_off, colourless, hue_off, skin_colour
from tests.synth import RGB, flat
from tests.tools.picture.film import evidence, of_clip, real, values

ABSENT = "no face in colour is large enough for its skin to be read"


def lab_of(hue: float, chroma: float) -> np.ndarray:
    return np.array([60.0, chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))])


def test_distances_of_known_colours() -> None:
    assert hue_off(lab_of(53, 20)) == pytest.approx(0, abs=1e-6)
    assert hue_off(lab_of(113, 20)) == pytest.approx(60) and hue_off(lab_of(-7, 20)) == pytest.approx(60)
    assert hue_off(lab_of(233, 20)) == pytest.approx(180)
    assert chroma_off(lab_of(53, 38)) == pytest.approx(1) == pytest.approx(chroma_off(lab_of(53, 9.5)))
    assert chroma_off(np.zeros(3)) > 5


def test_the_middle_of_the_face_decides_and_eyes_do_not() -> None:
    face = np.full((80, 60, 3), (205, 160, 140), np.uint8)
    face[30:36, 15:25] = face[30:36, 35:45] = 10
    face[:15] = (20, 40, 90)
    assert skin_colour(face) == pytest.approx(skin_colour(np.full((80, 60, 3), (205, 160, 140), np.uint8)))
    assert hue_off(skin_colour(face)) < 15 and chroma_off(skin_colour(face)) < 0.5


def test_black_and_white_is_known() -> None:
    assert colourless(np.full((40, 40, 3), 120, np.uint8))
    assert not colourless(np.full((40, 40, 3), (150, 120, 100), np.uint8))


def some(clip: Path, made: tuple[float, tuple[float, float, float]]) -> list[RGB]:
    """A second of footage, its chroma times a factor and its channels times gains."""
    factor, gains = made
    found = []
    for frame in frames(probe(clip, Settings()), 0, 1.0):
        picture = frame.rgb(360).astype(np.float32)
        grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)
        picture = (grey[..., None] + factor * (picture - grey[..., None])) * np.array(gains, np.float32)
        found.append(np.asarray(np.clip(picture, 0, 255), np.uint8))
    return found


@pytest.mark.parametrize("name", ["latent_2.mp4", "retalk_3.mp4"])
def test_a_real_face_bled_pushed_and_tinted(shared: Path, tmp_path: Path, name: str) -> None:
    made = {
        "as it is": (1.0, (1, 1, 1)),
        "pale": (0.25, (1, 1, 1)),
        "pushed": (2.5, (1, 1, 1)),
        "green": (1, (0.8, 1, 0.7)),
    }
    read = {k: values("skin_colour", some(shared / "speech" / name, how), tmp_path) for k, how in made.items()}
    plain = read["as it is"]
    assert plain["hue_off"] < 20 and plain["chroma_off"] < 0.7
    assert read["pale"]["chroma_off"] > plain["chroma_off"] + 0.7
    assert read["pushed"]["chroma_off"] > plain["chroma_off"] + 0.4
    assert read["green"]["hue_off"] > plain["hue_off"] + 25


def test_the_moment_is_shown(shared: Path, tmp_path: Path) -> None:
    pictures = some(shared / "speech" / "latent_2.mp4", (0.25, (1, 1, 1)))
    found = [e for e in evidence("skin_colour", pictures, tmp_path) if e.scope is Scope.MOMENT]
    assert [e.measure for e in found] == ["skin_colour.chroma_off"] and found[0].picture is not None


@pytest.mark.parametrize("size", [(144, 256), (16, 16)])
def test_nobody_is_a_reason(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("skin_colour", flat(10, (200, 150, 125), *size), tmp_path))
    assert {e.unmeasured for e in found.values()} == {ABSENT}


def test_a_black_and_white_film_has_no_colour_of_skin(shared: Path, tmp_path: Path) -> None:
    grey = of_clip(evidence("skin_colour", some(shared / "speech" / "latent_2.mp4", (0.0, (1, 1, 1))), tmp_path))
    assert {e.unmeasured for e in grey.values()} == {ABSENT}


@pytest.mark.parametrize("name", ["latent_1.mp4", "hdtf_a.mp4"])
def test_footage(shared: Path, tmp_path: Path, name: str) -> None:
    found = real("skin_colour", shared / "speech" / name, tmp_path)
    assert found["hue_off"] < 25 and found["chroma_off"] < 0.8
