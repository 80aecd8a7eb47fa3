"""Balance, thirds and symmetry of pictures whose weights are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from evalverse.tools.composition.balance import from_thirds, lean, mirrored, peak
from tests.synth import gradient_noise


@pytest.mark.parametrize(("column", "right"), [(0, -0.95), (10, 0.05), (19, 0.95)])
def test_weight_leans_to_where_it_is(column: int, right: float) -> None:
    weight = np.zeros((10, 20), np.float32)
    weight[5, column] = 1
    assert lean(weight)[0] == pytest.approx(right)
    assert peak(weight)[0] == pytest.approx((column + 0.5) / 20)


def test_two_equal_weights_balance() -> None:
    weight = np.zeros((10, 20), np.float32)
    weight[3, 2] = weight[3, 17] = 1
    assert lean(weight)[0] == pytest.approx(0)


def test_the_crossings_of_the_thirds_are_nearest_to_themselves() -> None:
    assert from_thirds(1 / 3, 2 / 3) == 0
    assert from_thirds(0.5, 0.5) == pytest.approx(0.2357, abs=1e-3)
    assert from_thirds(0.0, 0.0) > from_thirds(0.2, 0.2)


def test_a_mirrored_picture_is_symmetrical_and_noise_is_not() -> None:
    half = cv2.cvtColor(gradient_noise(1, 90, 80), cv2.COLOR_RGB2GRAY)
    symmetrical = np.asarray(np.concatenate([half, half[:, ::-1]], axis=1), np.uint8)
    found = mirrored(symmetrical)
    assert found is not None
    assert found > 0.99
    other = mirrored(np.asarray(cv2.cvtColor(gradient_noise(2, 90, 160), cv2.COLOR_RGB2GRAY), np.uint8))
    assert other is not None
    assert other < 0.7


def test_a_plain_picture_has_no_symmetry() -> None:
    assert mirrored(np.full((90, 160), 100, np.uint8)) is None
