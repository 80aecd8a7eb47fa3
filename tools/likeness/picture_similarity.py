"""Likeness between pictures without any learned weights: where the colours lie, where the edges run, which colours.

Three classical descriptors side by side. They know layout, not meaning: a subject that crosses the frame changes
them, and another person in the same place and clothes does not.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.light import lab, linear
from evalverse.tools.likeness._readings import along_shots, between_shots, shot_shot
from evalverse.tools.likeness._series import Vectors, over_shots, rows, to_first, to_previous, unit
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import without_bars

HEIGHT = 144
RATE = 4
GRID = (6, 8)
"""Cells (down, across) in which colour and edges are described."""
PIXELS = 8
"""Pixels of a cell's side."""
DIRECTIONS = 8
"""Bins of edge direction over half a turn."""
BINS = (4, 6, 6)
"""Bins of L*, a* and b* in the palette."""
RANGES = ((0, 100), (-60, 60), (-60, 60))
FAINT = 0.02
"""Gradient, in units of full white per pixel, that counts half: below lies coding noise."""
MIDDLE = np.array([50.0, 0.0, 0.0], np.float32)

SOURCE = "after MPEG-7 colour layout (ISO/IEC 15938-3), HOG (Dalal and Triggs 2005), colour histograms (Swain 1991)"


def descriptor(picture: RGB, weights: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Vectors:
    """(D,) float32 of length 1 describing an (h, w, 3) uint8 RGB picture; dot products are likenesses in -1..1.

    Three parts, each of length 1, which count by their ``weights``: mean Lab colour of 6 by 8 cells, as distance from
    mid grey; edge directions in the same cells; the square root of the palette's histogram, wherever the colours lie.
    """
    import cv2

    size = (GRID[1] * PIXELS, GRID[0] * PIXELS)
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    colours = lab(linear(small))
    parts = (_layout(colours), _edges(small.astype(np.float32).mean(-1) / 255), _palette(colours))
    return unit(np.concatenate([unit(part) * np.float32(w) ** 0.5 for part, w in zip(parts, weights, strict=True)]))


def _layout(colours: Vectors) -> Vectors:
    return np.asarray((_cells(colours).mean(1) - MIDDLE).ravel())


def _edges(grey: Vectors) -> Vectors:
    down, across = np.gradient(grey)
    strength = np.hypot(across, down)
    strength *= strength / (strength + FAINT)
    turn = np.arctan2(down, across) % np.pi / np.pi * DIRECTIONS
    whole = turn.astype(int)
    share = turn - whole
    field = np.zeros((*grey.shape, DIRECTIONS), np.float32)
    y, x = np.indices(grey.shape)
    field[y, x, whole % DIRECTIONS] += strength * (1 - share)
    field[y, x, (whole + 1) % DIRECTIONS] += strength * share
    told = np.sqrt(_cells(field).sum(1))
    return np.asarray((told - told.mean(-1, keepdims=True)).ravel())


def _palette(colours: Vectors) -> Vectors:
    low, high = np.array(RANGES, np.float32).T
    counts, _ = np.histogramdd(np.clip(colours.reshape(-1, 3), low, high), bins=BINS, range=RANGES)
    return np.asarray(np.sqrt(counts).ravel(), np.float32)


def _cells(field: Vectors) -> Vectors:
    """(48, C) (h, w, C) as (cells, pixels of a cell, C)."""
    shape = (GRID[0], PIXELS, GRID[1], PIXELS, field.shape[-1])
    return field.reshape(shape).swapaxes(1, 2).reshape(GRID[0] * GRID[1], PIXELS**2, -1)


@register
class PictureSimilarity(Operator):
    """How alike pictures lie: from moment to moment, to the shot's beginning, from shot to shot."""

    name, version, title = "picture_similarity", "1", "Likeness of layout"
    needs = Needs(picture=Picture(height=HEIGHT, rate=RATE))
    cost = 1.0
    measures = (
        Measure(
            name="frame_frame",
            title="Likeness of layout from moment to moment",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Mean cosine of layout descriptors (colour layout, edge layout and palette, no learned weights) "
            f"between neighbouring pictures of a shot, up to {RATE} a second. 1 is the same picture.",
            source=SOURCE,
        ),
        Measure(
            name="from_first",
            title="Likeness of layout to the shot's beginning",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Mean cosine of the same descriptors between each picture of a shot and its first. Camera and "
            "subject lower it by moving, and so does drift.",
            source=SOURCE,
        ),
        shot_shot("layout descriptors"),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._t = array("d")
        self._vectors: list[Vectors] = []

    def see(self, frame: Frame) -> None:
        picture = frame.rgb(HEIGHT)
        self._t.append(frame.seconds)
        self._vectors.append(descriptor(picture[without_bars(frame.grey(HEIGHT))]).astype(np.float16))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if not self._vectors:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        found = rows(scene, np.array(self._t), unit(np.stack(self._vectors).astype(np.float32)))
        absent = "no shot shows two pictures"
        yield from along_shots(
            self,
            scene,
            "frame_frame",
            over_shots(found, to_previous),
            lambda n: f"From moment to moment the layout of the picture stays {n} alike.",
            absent,
        )
        yield from along_shots(
            self,
            scene,
            "from_first",
            over_shots(found, to_first),
            lambda n: f"Against the beginning of its shot, the layout of the picture is {n} alike.",
            absent,
        )
        yield from between_shots(
            self, scene, found, lambda n: f"In layout and colour, a shot and the next are {n} alike."
        )
