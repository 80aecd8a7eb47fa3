"""How unlike two pictures are, told from thumbnails: the ruler that both of our own shot detectors use.

Unlike means: other shapes and other colours in place, after each block may move a little. A change of light alone
keeps the shapes, a moving thing keeps most blocks, a flat picture has no shapes to lose: none of them counts as much
as a new scene does.
"""

from __future__ import annotations

from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

THUMB = (48, 27)
"""(width, height) of a kept thumbnail: enough to tell scenes apart, and what TransNet V2 reads."""

ROWS, COLUMNS, BLOCK = 12, 24, 4
"""The ruler's own grid, cut into blocks of BLOCK x BLOCK cells, each of which may move by one cell (4 % of width)."""

Thumbs = NDArray[np.uint8]
Small = NDArray[np.float32]
Scores = NDArray[np.float64]


class Strip:
    """The thumbnails of a clip in order, kept in a temporary file so that memory stays flat in clip length."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - lives as long as the strip
        self._count = 0
        self._mapped: Thumbs | None = None
        self._brightest = np.zeros(THUMB[::-1], np.uint8)

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def append(self, rgb: NDArray[np.uint8]) -> None:
        """Takes the next picture, (H, W, 3) uint8 RGB."""
        import cv2

        thumb = np.asarray(cv2.resize(rgb, THUMB, interpolation=cv2.INTER_AREA), np.uint8)
        self._brightest = np.maximum(self._brightest, thumb.max(axis=-1))
        self._file.write(thumb.tobytes())
        self._count += 1
        self._mapped = None

    def thumbs(self) -> Thumbs:
        """(N, 27, 48, 3) uint8, mapped from the file."""
        if self._mapped is None:
            self._file.flush()
            shape = (self._count, THUMB[1], THUMB[0], 3)
            empty = self._count == 0  # which cannot be mapped
            self._mapped = np.empty(shape, np.uint8) if empty else np.memmap(self._file, np.uint8, "r", shape=shape)
        return self._mapped

    def small(self, indices: NDArray[np.integer]) -> Small:
        """(n, 12, 24, 3) float32 in [0, 1]: the pictures at ``indices`` without constant black bars."""
        import cv2

        thumbs, area, size = self.thumbs(), self.picture_area(), (COLUMNS, ROWS)
        small = np.empty((len(indices), ROWS, COLUMNS, 3), np.float32)
        for place, index in enumerate(indices):
            small[place] = cv2.resize(thumbs[index][area].astype(np.float32), size, interpolation=cv2.INTER_AREA)
        return small / np.float32(255)

    def picture_area(self, black: int = 24) -> tuple[slice, slice]:
        """(rows, columns) of the thumbnails that are ever lit; everything where next to nothing is."""
        lit = self._brightest > black
        rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
        if len(rows) < 4 or len(columns) < 4:
            return slice(None), slice(None)
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def unlike(a: Small, b: Small) -> Scores:
    """How unlike ``a`` and ``b`` are, picture by picture: the geometric mean of both :func:`changes`.

    Args:
        a, b: (N, 12, 24, 3) float32 in [0, 1].

    Returns:
        (N,) from 0 (the same) to about 1 (nothing in common); unrelated scenes mostly lie between 0.25 and 0.7.
    """
    place, shape = changes(a, b)
    return np.asarray(np.sqrt(place * shape), np.float64)


def most_unlike(a: Small, b: Small) -> Scores:
    """(N,) the most that :func:`unlike` can be, told at a tenth of its cost: no block is moved, no shape compared."""
    place = np.abs(a - b).mean(axis=(1, 2, 3)) / (spread(a) + spread(b) + 0.02)
    return np.asarray(1.001 * np.sqrt(np.minimum(place, 1)), np.float64)  # sums of other orders round otherwise


def changes(a: Small, b: Small) -> tuple[Scores, Scores]:
    """(N,) change in place and (N,) change in shape from ``a`` to ``b``, each 0 to 1 at its best over small moves of
    every block: the absolute difference over the spread of both pictures, and one minus the correlation of luma
    within blocks, weighted by their contrast. A change of light alone is one of place, hardly of shape.
    """
    shapes_a = _shapes(a)
    energy_a = (shapes_a**2).sum(axis=-1) + _FAINT
    padded = np.pad(b, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    moved, alike = np.full(energy_a.shape, np.inf), np.full(energy_a.shape, -1.0)
    for row in range(3):
        for column in range(3):
            shifted = padded[:, row : row + ROWS, column : column + COLUMNS]
            moved = np.minimum(moved, _blocks(np.abs(a - shifted).mean(axis=-1)).mean(axis=-1))
            shapes_b = _shapes(shifted)
            energy_b = (shapes_b**2).sum(axis=-1) + _FAINT
            alike = np.maximum(alike, (shapes_a * shapes_b).sum(axis=-1) / np.sqrt(energy_a * energy_b))
    place = moved.mean(axis=-1) / (spread(a) + spread(b) + 0.02)
    weight = np.sqrt(energy_a)
    shape = 1 - (alike * weight).sum(axis=-1) / weight.sum(axis=-1)
    return np.clip(place, 0, 1).astype(np.float64), np.clip(shape, 0, 1).astype(np.float64)


def spread(small: Small) -> NDArray[np.float32]:
    """(N,) mean distance of a picture's cells from its own mean colour, 0 for a flat picture."""
    return np.asarray(np.abs(small - small.mean(axis=(1, 2), keepdims=True)).mean(axis=(1, 2, 3)), np.float32)


FLAT = 0.012
"""Spread below which a picture shows nothing: 3 of 255 levels."""

_FAINT = 5e-4
"""Energy of a block that is no more than coding noise: 16 cells, 1.5 levels of 255."""


def _blocks(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 12, 24) cells as (N, 18 blocks, 16)."""
    shape = (len(cells), ROWS // BLOCK, BLOCK, COLUMNS // BLOCK, BLOCK)
    return cells.reshape(shape).swapaxes(2, 3).reshape(len(cells), ROWS * COLUMNS // BLOCK**2, BLOCK**2)


def _shapes(small: Small) -> NDArray[np.float32]:
    """(N, 18, 16) luma of each block less the block's mean."""
    blocks = _blocks(small.mean(axis=-1))
    return np.asarray(blocks - blocks.mean(axis=-1, keepdims=True), np.float32)
