"""Layers: a hint at how far a picture falls into planes, from how differently sharp its parts are.

Without depth it cannot tell a near plane from a far one, nor a soft thing from a thing out of focus; haze and overlap
go unseen. It only describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.people._looking import drawn
from evalverse.tools.picture._look import without_bars
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Track, within

HEIGHT, RATE, BLOCK = 360, 2.0, 24
EDGE = 12.0
"""Least step in 8-bit luma across a block for the blur of its edges to be read."""
FEWEST = 12
"""Blocks with edges below which a picture has too little to be told."""


def edge_blur(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(K,) width in pixels of the edges in those blocks of an (h, w) picture that hold some."""
    found = focus_map(grey)
    return found[np.isfinite(found)]


def focus_map(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(rows, columns) width in pixels of the edges in each block of an (h, w) picture; nan in blocks without edges.

    Ratio of an edge's gradients before and after a known blur (Zhuo and Sim 2011), median over the block's edges.
    """
    import cv2

    plane = grey.astype(np.float32)
    soft = cv2.GaussianBlur(plane, (0, 0), 1.0)
    rows, columns = grey.shape[0] // BLOCK, grey.shape[1] // BLOCK
    y, x = np.nonzero(cv2.Canny(grey, 30, 80)[: rows * BLOCK, : columns * BLOCK])
    sharp_step, soft_step = (
        np.hypot(cv2.Sobel(p, cv2.CV_32F, 1, 0)[y, x], cv2.Sobel(p, cv2.CV_32F, 0, 1)[y, x]) / 8 for p in (plane, soft)
    )
    ratio = sharp_step / np.maximum(soft_step, 1e-3)
    width = np.where(ratio > 1.0001, 1 / np.sqrt(np.maximum(ratio**2 - 1, 1e-6)), 20.0)
    block = y // BLOCK * columns + x // BLOCK
    width = width[np.lexsort((width, block))]  # block after block, each in order: a median is the middle of its stretch
    count = np.bincount(block, minlength=rows * columns)
    first = np.cumsum(count) - count
    squares = grey[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    step = (squares.max((1, 3)).astype(int) - squares.min((1, 3))).ravel()
    told = (count >= BLOCK / 2) & (step >= EDGE)
    low, high = (first + (count - 1) // 2)[told], (first + count // 2)[told]
    found = np.full(rows * columns, np.nan)
    found[told] = (width[low] + width[high]) / 2
    return found.reshape(rows, columns)


def spread(widths: NDArray[np.float64]) -> float | None:
    """Octaves between the blur of the sharpest and of the softest tenth of the blocks; None for few."""
    if len(widths) < FEWEST:
        return None
    low, high = np.percentile(widths, [10, 90])
    return float(np.log2(max(high, 0.3) / max(low, 0.3)))


@register
class Layers(Operator):
    """Spread of sharpness over the picture."""

    name, version, title = "layers", "1", "Layers in depth"
    needs = Needs(picture=Picture(height=HEIGHT, rate=RATE))
    cost = 2.0
    measures = (
        Measure(
            name="focus_spread",
            title="Sharpness from plane to plane",
            unit="octaves",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Ratio, in powers of two, of the edge blur of the softest tenth of the picture's blocks to that "
            "of the sharpest tenth; near 0 all is equally sharp, above 1.5 planes stand apart by focus. Mean over a "
            "shot, the clip averages its shots by time.",
            source="Zhuo and Sim 2011 (edge blur)",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._track = Track("spread")

    def see(self, frame: Frame) -> None:
        grey = frame.grey(HEIGHT)
        found = spread(edge_blur(np.ascontiguousarray(grey[without_bars(grey)])))
        self._track.add(frame.seconds, np.nan if found is None else found)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, y = self._track.t, self._track["spread"]
        values = []
        for shot in scene.shots:
            of_shot = y[within(t, shot)]
            if np.isfinite(of_shot).any():
                values.append((shot, float(np.nanmean(of_shot))))
        curve = self.curve("focus_spread", t, y) if values else None
        picture = None
        if values:
            at = float(t[np.nanargmax(y)])
            picture = drawn(self, at, mapped, "where focus lies: green sharp, red soft, no colour: no edges")
        words = "The softest parts are {} octaves softer than the sharpest."
        yield from readings(
            self,
            scene,
            "focus_spread",
            values,
            mean_over_time,
            words.format,
            "too few edges in the picture",
            curve,
            confidence=0.3,
            picture=picture,
        )


def mapped(picture: RGB) -> RGB:
    """The picture with its blocks coloured by the width of their edges, from its sharpest tenth to its softest."""
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, HEIGHT / grey.shape[0])
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    widths = np.log2(focus_map(np.asarray(small, np.uint8)))
    if not np.isfinite(widths).any():
        return picture
    low, high = np.nanpercentile(widths, [10, 90])
    soft = np.clip((widths - low) / max(high - low, 1e-6), 0, 1)
    tint = np.stack([255 * soft, 255 * (1 - soft), 0 * soft], -1)
    block = round(BLOCK / scale)
    for row, column in np.argwhere(np.isfinite(soft)):
        here = picture[row * block : (row + 1) * block, column * block : (column + 1) * block]
        here[:] = 0.65 * here + 0.35 * tint[row, column]
    return picture
