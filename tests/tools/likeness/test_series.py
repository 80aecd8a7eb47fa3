"""Vectors in time against values worked out by hand; cuts are no changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.likeness._readings import chart
from evalverse.tools.likeness._series import consistency, far_out, over_shots, rows, to_first, to_previous, unit
from evalverse.tools.media.clip import Clip
from evalverse.tools.operator import Scene, Shot


def at(*degrees: float) -> np.ndarray:
    """Vectors (n, 2) of length 1 in these directions."""
    angle = np.radians(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)


def scene(*ends: float) -> Scene:
    clip = Clip(path=Path("x"), sha256="0", bytes=1, container="", duration=ends[-1], picture=None, sound=None)
    starts = (0.0, *ends[:-1])
    shots = (Shot(i, Span(start=a, end=b)) for i, (a, b) in enumerate(zip(starts, ends, strict=True)))
    return Scene(clip, Ledger("unused"), shots=tuple(shots))


def test_unit_keeps_zero_and_scales_the_rest() -> None:
    assert unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0]]


def test_cosines_with_the_one_before_and_with_the_first() -> None:
    vectors = at(0, 60, 90)
    assert to_previous(vectors) == pytest.approx([0.5, np.cos(np.radians(30))])
    assert to_first(vectors) == pytest.approx([0.5, 0.0], abs=1e-6)


def test_consistency_is_vbenchs_formula_with_negative_cosines_as_zero() -> None:
    assert consistency(at(0, 60, 180)) == pytest.approx([0.5, 0.0], abs=1e-6)  # 60 to 180 is -0.5, 0 to 180 is -1
    assert consistency(at(0, 30, 90)) == pytest.approx([np.cos(np.pi / 6), 0.25], abs=1e-6)


def test_no_pair_of_frames_spans_a_cut() -> None:
    t = np.array([0.0, 0.5, 1.0, 1.5])
    found = rows(scene(1.0, 2.0), t, at(0, 0, 90, 90))
    assert [row.t.tolist() for row in found] == [[0.0, 0.5], [1.0, 1.5]]
    assert np.concatenate([y for _, y in over_shots(found, to_previous)]) == pytest.approx([1, 1])


def test_shots_without_frames_are_left_out_and_single_frames_have_no_neighbour() -> None:
    found = rows(scene(1.0, 2.0, 3.0), np.array([0.1, 2.1, 2.2]), at(0, 10, 20))
    assert [row.shot.index for row in found] == [0, 2]
    assert [row.shot.index for row, _ in over_shots(found, to_previous)] == [2]


def test_a_shots_mean_is_a_direction() -> None:
    (row,) = rows(scene(1.0), np.array([0.0, 0.5]), at(0, 90))
    assert row.mean == pytest.approx(at(45)[0])


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([0.9, 0.91, 0.92, 0.9, 0.91, 0.3, 0.92, 0.1, 0.9, 0.92], [7, 5]),
        ([0.9, 0.91, 0.92, 0.9, 0.91, 0.89], []),
        ([1.0, 1.0, 1.0, 1.0, 1.0, 0.97], []),  # even as a still: a trifle is no break
        ([0.9, 0.1], []),  # too few to know what is usual
        (np.linspace(0.2, 1, 20), []),
    ],
)
def test_only_what_is_far_below_the_rest_is_a_break(y: list[float], expected: list[int]) -> None:
    assert far_out(np.array(y)).tolist() == expected


def test_the_chart_is_lighter_where_shots_are_alike() -> None:
    picture = chart(np.array([[1.0, 0.0], [0.5, 1.0]]))
    assert picture.shape == (84, 84, 3)
    same, other, half = picture[42, 42].mean(), picture[42, 70].mean(), picture[70, 42].mean()
    assert other < half < same
