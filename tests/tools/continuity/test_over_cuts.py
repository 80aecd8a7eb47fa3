"""Movement that goes on over a cut, and looks that answer each other, where the truth is made."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.continuity._joins import Grouping
from evalverse.tools.continuity.cast import Cast
from evalverse.tools.evidence import Evidence, Scope, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import Scene, Shot
from tests.synth import RGB, write_clip
from tests.tools.continuity._film import RATE, film, read, whole
from tests.tools.continuity.test_cast import GREY, someone


def passing(speed: float, start: float, zoom: float = 1.0) -> list[RGB]:
    """A second of a textured figure that passes a still wall at ``speed`` pixels a frame; ``zoom`` enlarges it all."""
    rng = np.random.default_rng(4)
    wall = cv2.resize(rng.integers(60, 200, (14, 25, 3), np.uint8), (320, 180))
    figure = cv2.resize(rng.integers(0, 255, (14, 10, 3), np.uint8), (60, 90))
    pictures = []
    for k in range(RATE):
        picture = wall.copy()
        move = np.array([[1, 0, start + speed * k], [0, 1, 45]], np.float32)
        put = cv2.warpAffine(figure, move, (320, 180))
        there = cv2.warpAffine(np.ones((90, 60), np.uint8), move, (320, 180)) > 0
        picture[there] = put[there]
        enlarge = np.array([[zoom, 0, (1 - zoom) * 160], [0, zoom, (1 - zoom) * 90]], np.float32)
        pictures.append(np.asarray(cv2.warpAffine(picture, enlarge, (320, 180)), np.uint8))
    return pictures


@pytest.mark.parametrize(
    ("speed", "turn", "octaves"),
    [(3.0, 0, np.log2(1.4)), (-3.0, 180, np.log2(1.4)), (6.0, 0, np.log2(2.8))],
)
def test_a_movement_over_a_cut(tmp_path: Path, speed: float, turn: float, octaves: float) -> None:
    shots = [passing(3.0, 60), passing(speed, 130 if speed > 0 else 190, zoom=1.4)]
    found = read(film(tmp_path / "a.mp4", shots), 2, ["continuity"], tmp_path)
    assert whole(found, "continuity.direction_turn").value == pytest.approx(turn, abs=12)
    step = whole(found, "continuity.speed_step").value
    assert step == pytest.approx(octaves, abs=0.35), "the flow loses some of the smaller figure's speed"


def test_where_nothing_moves_no_movement_is_compared(tmp_path: Path) -> None:
    found = read(film(tmp_path / "a.mp4", [passing(0, 60), passing(3, 60, zoom=1.4)]), 2, ["continuity"], tmp_path)
    assert "movement in one direction on both sides" in str(whole(found, "continuity.direction_turn").unmeasured)


def looks(folder: Path, before: float, after: float) -> list[Evidence]:
    """What is said of a cut from one person's single, who looks ``before`` degrees to the right, to another's."""
    clip = probe(write_clip(folder / "a.mp4", [*passing(1, 60), *passing(1, 60, zoom=1.4)]))
    ledger = Ledger(folder)
    shots = (Shot(0, Span(start=0, end=1)), Shot(1, Span(start=1, end=2), "cut"))
    scene = Scene(clip, ledger, shots)
    seen = [someone(0, 1, GREY, side=-0.2, yaw=before), someone(1, 2, GREY, side=0.2, yaw=after)]
    told = Cast(clip, ledger)._over_cuts(scene, Grouping((0, 0), (0, 1), 0.7), seen, [0, 1])
    return [e for e in told if e.measure == "cast.looks_apart"]


@pytest.mark.parametrize(("before", "after", "apart"), [(25, -25, 0), (25, 25, 1), (-20, -30, 1), (-30, 20, 0)])
def test_a_look_to_the_left_is_answered_by_one_to_the_right(
    tmp_path: Path, before: float, after: float, apart: int
) -> None:
    whole_clip, *moments = looks(tmp_path, before, after)
    assert whole_clip.value == apart and len(moments) == apart
    assert all(m.scope is Scope.MOMENT and m.picture is not None for m in moments)


def test_a_look_into_the_camera_answers_nothing(tmp_path: Path) -> None:
    (told,) = looks(tmp_path, 25, 3)
    assert told.value is None and "look" in str(told.unmeasured)
