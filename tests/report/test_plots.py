"""Curves as SVG: no peak lost, gaps kept, honest ranges."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalverse.report.plots import MOST_POINTS, Scale, Shade, extent, plot, runs, scale, thin, ticks

FULL = Scale(0, 1)


def paths(svg: str) -> list[list[tuple[float, float]]]:
    found = re.findall(r'class="curve" d="M([^"h]+)', svg)
    return [[tuple(map(float, p.split())) for p in path.split(" L")] for path in found]  # type: ignore[misc]


@given(st.integers(1, 5000), st.integers(0, 2**32 - 1))
def test_thinning_keeps_the_extremes_in_order(n: int, seed: int) -> None:
    t, y = np.arange(n, dtype=float), np.random.default_rng(seed).normal(size=n)
    thin_t, thin_y = thin(t, y)
    assert len(thin_t) == len(thin_y) <= MOST_POINTS
    assert thin_y.min() == y.min() and thin_y.max() == y.max()
    assert np.all(np.diff(thin_t) > 0) and np.all(y[thin_t.astype(int)] == thin_y)


def test_a_single_spike_survives() -> None:
    y = np.zeros(100_000)
    y[54_321] = 1
    assert min(p[1] for path in paths(plot([(np.arange(1e5) / 1e4, y)], FULL, 10, "spike")) for p in path) == 0


def test_gaps_part_the_curve() -> None:
    t = np.arange(10.0)
    y = np.where((t == 4) | (t == 5), np.nan, 0.5)
    assert [len(part) for part, _ in runs(t, y)] == [4, 4]
    assert [len(path) for path in paths(plot([(t, y)], FULL, 9, "gap"))] == [4, 4]


def test_no_value_at_all() -> None:
    empty = np.array([]), np.array([])
    hollow = np.arange(3.0), np.full(3, np.nan)
    assert extent([empty, hollow]) is None
    assert paths(plot([empty, hollow], scale([empty, hollow], None, None), 3, "none")) == []


def test_points_lie_where_time_and_value_say() -> None:
    svg = plot([(np.array([0.0, 5.0, 10.0]), np.array([0.0, 0.25, 1.0]))], FULL, 10, "line")
    assert paths(svg) == [[(0, 100), (500, 75), (1000, 0)]]


def test_a_curve_that_uses_its_range_is_shown_on_all_of_it() -> None:
    t = np.arange(5.0)
    assert scale([(t, np.linspace(0.2, 0.6, 5))], 0, 1) == Scale(0, 1, zoomed=False)


def test_a_flat_curve_is_zoomed_and_says_so_within_the_bounds() -> None:
    t = np.arange(5.0)
    found = scale([(t, np.linspace(0.0, 0.01, 5))], 0, 1)
    assert found.zoomed and found.low == 0 and 0.01 < found.high < 0.02
    constant = scale([(t, np.full(5, 3.0))], None, None)
    assert constant.low < 3 < constant.high and not constant.zoomed


@pytest.mark.parametrize("bounds", [(0, 1), (0, None), (None, 0), (-0.1, 0.1), (0, 100)])
def test_no_bound_cuts_a_curve_off(bounds: tuple[float | None, float | None]) -> None:
    """A curve may be signed where the measure itself is a size."""
    found = scale([(np.arange(5.0), np.linspace(-0.5, 0.7, 5))], *bounds)
    assert found.low <= -0.5 and found.high >= 0.7


@pytest.mark.parametrize("seconds", [0.04, 1, 5, 12, 59.9, 600, 10_800, 200_000])
def test_ticks_are_few_and_inside(seconds: float) -> None:
    found = ticks(seconds)
    assert found[0] == 0 and found[-1] <= seconds and 2 <= len(found) <= 9
    assert np.allclose(np.diff(found), found[1])


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_ticks_of_no_length(seconds: float) -> None:
    assert ticks(seconds) == [0.0]


def test_labels_are_escaped_and_moments_are_wide_enough_to_see() -> None:
    svg = plot([], FULL, 10, '"><script>', [(5, "<b>")], [Shade(10, 10, "<i>")])
    assert "<script>" not in svg and "<b>" not in svg and "<i>" not in svg
    assert 'x="996" y="0" width="4"' in svg and 'x1="500"' in svg
