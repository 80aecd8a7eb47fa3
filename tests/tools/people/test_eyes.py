"""Eyes: blinks are counted, and eyes that look different ways are found out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.people.eyes import Eyes, blinks
from evalverse.tools.people.faces import Points
from tests.tools.people._actor import acting, read, stage, talking, track


def looking(crossed: float = 0.0, wander: float = 0.0, seconds: float = 6.0) -> list[Points]:
    """Eyes that move together, crossed by a constant, and one that wanders off by ``wander`` of the eye distance."""
    t = np.arange(round(seconds * 25)) / 25
    faces = []
    for now in t:
        face = acting(gaze=(0.02 * np.sin(now * 2), 0.0), crossed=crossed + wander * np.sin(now * 5))
        faces.append(face)
    return faces


@pytest.mark.parametrize("every", [1.0, 2.0, 4.0])
def test_blinks_are_counted(every: float) -> None:
    t = np.arange(300) / 25
    opening = np.where((t % every > 0.5) & (t % every < 0.65), 0.05, 0.3)
    assert len(blinks(t, opening)) == round(12 / every)


def test_eyes_that_close_for_good_do_not_blink() -> None:
    t = np.arange(300) / 25
    assert blinks(t, np.where(t > 6, 0.05, 0.3)) == []


def test_a_talking_face_blinks_and_a_stare_is_timed(tmp_path: Path) -> None:
    found = read(Eyes, stage(tmp_path, 12, [track(talking(12))]))
    assert found["blink_rate"].value == pytest.approx(15, abs=5)  # every three seconds, the one at the start is cut
    staring = read(Eyes, stage(tmp_path, 12, [track([acting()] * 300)]))
    assert staring["blink_rate"].value == 0
    assert staring["stare"].value == pytest.approx(12, abs=0.1)


def test_eyes_that_wander_apart_are_found_out_by_degree(tmp_path: Path) -> None:
    values = [read(Eyes, stage(tmp_path, 6, [track(looking(wander=w))]))["apart"].value or 0 for w in (0, 0.02, 0.06)]
    assert values[0] < 4 < values[1] < values[2]


def test_constantly_crossed_eyes_are_found_out_and_usual_ones_are_not(tmp_path: Path) -> None:
    usual = read(Eyes, stage(tmp_path, 6, [track(looking(0.0))]))["apart"].value or 0
    crossed = read(Eyes, stage(tmp_path, 6, [track(looking(0.05))]))["apart"].value or 0
    assert usual < 4
    assert crossed > 15


def test_gaze_that_moves_with_both_eyes_is_movement_and_no_fault(tmp_path: Path) -> None:
    still = read(Eyes, stage(tmp_path, 6, [track([acting()] * 150)]))
    moving = read(Eyes, stage(tmp_path, 6, [track(looking())]))
    assert (still["gaze_movement"].value or 0) < 1.5 < 2 < (moving["gaze_movement"].value or 0)
    assert (moving["apart"].value or 0) < 4


def test_eyes_too_small_to_read_are_a_reason(tmp_path: Path) -> None:
    found = read(Eyes, stage(tmp_path, 6, [track(talking(6), size=0.04)]))
    assert found["apart"].unmeasured == "no eye is 8 pixels wide"
