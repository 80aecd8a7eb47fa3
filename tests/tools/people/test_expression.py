"""Expression: range and number of expressions, and faces that repeat themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evalverse.tools.evidence import Scope, Span
from evalverse.tools.operator import Shot
from evalverse.tools.people._straight import Straight
from evalverse.tools.people.expression import Expression, actions, different, held, repetition
from evalverse.tools.people.faces import Points, aligned, pose
from tests.tools.people._actor import acting, read, stage, talking, track


def holding(*expressions: tuple[float, float], seconds: float = 2.0) -> list[Points]:
    """One expression (mouth, brow) after the other."""
    made = []
    for mouth, brow in expressions:
        made += [acting(mouth=mouth, brow=brow)] * round(seconds * 25)
    return made


def test_every_new_expression_is_counted_and_one_that_returns_is_not(tmp_path: Path) -> None:
    a, b, c = (0.1, 0.0), (0.5, 0.15), (0.1, -0.15)
    counts = [
        read(Expression, stage(tmp_path, 8, [track(holding(*row))]))["count"].value
        for row in ((a, a), (a, b, a), (a, b, c, b))
    ]
    assert counts == [1, 2, 3]


def test_the_range_grows_with_the_expression(tmp_path: Path) -> None:
    reach = [
        read(Expression, stage(tmp_path, 8, [track(holding((0.1, 0.0), (0.1, 0.0), (0.1, brow)))]))["range"].value or 0
        for brow in (0.0, 0.05, 0.15)
    ]
    assert reach[0] < reach[1] < reach[2]


def test_a_loop_repeats_itself_and_free_speech_does_not(tmp_path: Path) -> None:
    once = talking(3, seed=5)
    looped = read(Expression, stage(tmp_path, 9, [track(once * 3)]))["repetition"]
    free = read(Expression, stage(tmp_path, 9, [track(talking(3, seed=5) + talking(3, seed=6) + talking(3, seed=7))]))
    assert (looped.value or 0) > 0.9
    assert abs(looped.data["lag"] - 3) < 0.1
    assert (free["repetition"].value or 0) < 0.7


def test_the_loop_is_pointed_at(tmp_path: Path) -> None:
    scene = stage(tmp_path, 9, [track(talking(3, seed=5) * 3)])
    moment = next(e for e in Expression(scene.clip, scene.ledger).finish(scene) if e.scope is Scope.MOMENT)
    assert moment.span is not None
    assert abs(moment.span.seconds - 6) < 0.3


def test_repetition_finds_the_lag_of_a_wave() -> None:
    t = np.arange(250) / 25
    wave = np.stack([np.sin(2 * np.pi * t / 2.4), np.cos(2 * np.pi * t / 2.4)], axis=1)
    like, lag = repetition(t, wave)
    assert like > 0.98
    assert abs(lag - 2.4) < 0.1


def test_a_face_that_stands_still_is_no_loop(tmp_path: Path) -> None:
    found = read(Expression, stage(tmp_path, 6, [track([acting()] * 150, seed=None)]))
    assert found["repetition"].unmeasured == "the face does not move"


def test_actions_speak_for_their_part_of_the_face() -> None:
    def acts(**how: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        seen = track([acting(**how)], seed=None)  # type: ignore[arg-type]
        points, turn, _ = aligned(seen.points)
        return actions(Straight(Shot(0, Span(start=0, end=1)), seen, seen.t, points, pose(turn), 1.0))[0]

    change = acts(brow=0.1) - acts()
    assert change[:4].min() > 2
    assert abs(change[7:13]).max() < 0.5
    change = acts(mouth=0.4) - acts()
    assert change[7] > 2
    assert abs(change[:7]).max() < 0.5


def test_held_expressions_are_medians_of_a_second() -> None:
    t = np.arange(75) / 25
    rows = np.zeros((75, 2))
    rows[10:14] = 5  # a blink
    middles, kept = held(t, rows)
    assert len(middles) == len(kept) >= 4
    assert np.abs(kept).max() == 0
    assert different(np.array([[0.0, 0.0], [0.1, 0.0], [3.0, 0.0]])) == [0, 2]
