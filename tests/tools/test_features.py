"""What operators share, against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.tools.composition.layers import BLOCK, EDGE, focus_map
from evalverse.tools.features import quick_median
from evalverse.tools.picture._look import bars


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 2, 3, 8, 101])
def test_the_quick_median_is_numpys(kind: type, count: int) -> None:
    values = np.random.default_rng(count).normal(size=(count, 3)).astype(kind)
    found = quick_median(values)
    assert found.dtype == kind
    assert np.array_equal(found, np.median(values, axis=0))
    assert np.array_equal(quick_median(values[:, 0]), np.median(values[:, 0]))


def slow_focus_map(grey: np.ndarray) -> np.ndarray:
    """Block by block, as the definition says."""
    import cv2

    plane = grey.astype(np.float32)
    soft = cv2.GaussianBlur(plane, (0, 0), 1.0)
    before, after = (
        np.hypot(cv2.Sobel(p, cv2.CV_32F, 1, 0), cv2.Sobel(p, cv2.CV_32F, 0, 1)) / 8 for p in (plane, soft)
    )
    edges = cv2.Canny(grey, 30, 80) > 0
    ratio = before / np.maximum(after, 1e-3)
    width = np.where(ratio > 1.0001, 1 / np.sqrt(np.maximum(ratio**2 - 1, 1e-6)), 20.0)
    found = np.full((grey.shape[0] // BLOCK, grey.shape[1] // BLOCK), np.nan)
    for row, column in np.ndindex(*found.shape):
        here = (slice(row * BLOCK, (row + 1) * BLOCK), slice(column * BLOCK, (column + 1) * BLOCK))
        if edges[here].sum() >= BLOCK / 2 and np.ptp(plane[here]) >= EDGE:
            found[row, column] = np.median(width[here][edges[here]])
    return found


@pytest.mark.parametrize("shape", [(180, 333), (24, 24), (23, 200), (200, 23), (16, 16)])
def test_a_map_of_focus_is_what_its_blocks_say(shape: tuple[int, int]) -> None:
    import cv2

    picture = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.5)
    picture[:, : shape[1] // 3] = 90
    found = focus_map(picture)
    assert np.array_equal(found, slow_focus_map(picture), equal_nan=True)
    assert np.isfinite(found).any() == (min(shape) >= BLOCK)


def test_a_picture_with_one_dark_end_may_have_a_bar() -> None:
    picture = np.full((90, 160), 120, np.uint8)
    assert bars(picture) == (0, 0, 0, 0)
    picture[:10] = 16
    assert bars(picture) == (10, 0, 0, 0)
    picture[:, -20:] = 16
    assert bars(picture) == (10, 0, 0, 20)
