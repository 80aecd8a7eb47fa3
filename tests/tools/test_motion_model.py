"""The global model finds the camera among points that do not follow it."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.tools.motion_model import Complex, fit, grid

PIXEL = 1 / 144
POINTS = grid((144, 256)).ravel()
NOISE = np.random.default_rng(7).normal(0, 0.03 * PIXEL, (2, len(POINTS)))


def scene(shift: complex, stretch: complex) -> Complex:
    """Noisy displacements of all points under a camera move."""
    return np.asarray(stretch * POINTS + shift + NOISE[0] + 1j * NOISE[1])


@pytest.mark.parametrize("shift", [0j, 0.03 + 0.01j])
@pytest.mark.parametrize("stretch", [0j, 0.02 + 0j, 0.01j, -0.015 + 0.02j])
def test_shift_zoom_and_roll_are_found_under_a_third_of_other_motion(shift: complex, stretch: complex) -> None:
    moved = scene(shift, stretch)
    moved[np.abs(POINTS - 0.2) < 0.33] += 0.05 - 0.04j
    found = fit(POINTS, moved, np.ones(len(POINTS)), PIXEL)
    assert abs(found[0] - shift) < 0.1 * PIXEL
    assert abs(found[1] - stretch) < 0.1 * PIXEL
    assert found[2] > 0.5


def test_a_large_subject_before_a_resting_camera_is_not_the_camera() -> None:
    moved = scene(0j, 0j)
    weights = np.where(np.abs(POINTS) < 0.45, 0.35, 1.0)
    moved[np.abs(POINTS) < 0.45] += 0.02 + 0.01j
    shift, stretch, _ = fit(POINTS, moved, weights, PIXEL)
    assert abs(shift) < 0.1 * PIXEL and abs(stretch) < 0.1 * PIXEL


def test_creeping_moves_survive_the_preference_for_rest() -> None:
    shift, _, _ = fit(POINTS, scene(0.06 * PIXEL + 0j, 0j), np.ones(len(POINTS)), PIXEL)
    assert shift.real == pytest.approx(0.06 * PIXEL, rel=0.2)


def test_chaos_has_little_support_and_nothing_has_none() -> None:
    chaos = np.random.default_rng(1).normal(0, 0.05, (2, len(POINTS)))
    assert fit(POINTS, chaos[0] + 1j * chaos[1], np.ones(len(POINTS)), PIXEL)[2] < 0.1
    assert fit(POINTS, scene(0.03 + 0j, 0j), np.zeros(len(POINTS)), PIXEL) == (0j, 0j, 0.0)
