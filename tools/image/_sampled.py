"""Operators that read numbers off single frames at full resolution now and then, and tell the typical one of each shot.

Faults of pixels (blocks, bands, grain, stair steps) vanish when a picture is made smaller, so a crop of the original is
read; they stay for whole shots, so a frame a second tells enough.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Span, number
from evalverse.tools.media.frame import Frame, Grey
from evalverse.tools.operator import Needs, Operator, Picture, Scene
from evalverse.tools.picture._look import picture_at
from evalverse.tools.picture._shots import mean_over_time, readings, worst
from evalverse.tools.picture._track import Track, within

RATE = 1.0
"""Frames per second that are read."""
LARGEST = (1280, 720)
"""Width and height of the crop out of the middle of larger pictures."""
GRID = 8
"""The crop begins on a multiple of this, so that a coder's blocks keep their place."""


def native_crop(frame: Frame) -> Grey:
    """(h, w) luma of the middle of the frame at its own resolution."""
    return middle(frame.grey())


def middle(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle of an (h, w) or (h, w, 3) picture, of :data:`LARGEST` at most; a view."""
    places = []
    for size, most in zip(picture.shape[:2], LARGEST[::-1], strict=True):
        first = max(0, size - most) // 2 // GRID * GRID
        places.append(slice(first, first + min(size, most)))
    return picture[places[0], places[1]]


def level_means(picture: NDArray[np.floating], block: int) -> NDArray[np.float32]:
    """(rows, columns) means over square blocks from the upper left corner."""
    from evalverse.tools.features import block_means

    height, width = (n // block * block for n in picture.shape)
    return block_means(picture[:height, :width], block)


class Sampled(Operator):
    """Base: ``read`` gives one number per measure for a frame (nan: nothing to see); see the module."""

    needs: ClassVar[Needs] = Needs(picture=Picture(height="native", rate=RATE))
    says: ClassVar[dict[str, str]]
    """By measure, the sentence; {} stands for the value."""
    absent: ClassVar[str]
    """Why there is no value when no frame gave one."""
    shows: ClassVar[dict[str, float]] = {}
    """By measure, the value from which on the worst frame is shown."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._read = Track(*(m.name for m in self.measures))

    @abstractmethod
    def read(self, frame: Frame) -> tuple[float, ...]:
        """One number per measure, in their order."""

    def see(self, frame: Frame) -> None:
        self._read.add(frame.seconds, *self.read(frame))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        for measure in self.measures:
            y = self._read[measure.name]
            t, y = self._read.t[np.isfinite(y)], y[np.isfinite(y)]
            told = [(shot, chosen) for shot in scene.shots if len(chosen := within(t, shot))]
            fault = measure.direction == Direction.LOWER
            yield from readings(
                self,
                scene,
                measure.name,
                [(shot, float(np.median(y[chosen]))) for shot, chosen in told],
                worst if fault else mean_over_time,
                self.says[measure.name].format,
                self.absent,
                curve=self.curve(measure.name, t, y) if len(t) else None,
            )
            if len(y) and y.max() >= self.shows.get(measure.name, np.inf):
                at = float(t[y.argmax()])
                yield self.found(
                    measure.name,
                    float(y.max()),
                    span=Span(start=at, end=at),
                    shot=scene.shot_at(at),
                    words=self.says[measure.name].format(number(float(y.max()))),
                    picture=picture_at(self, at, measure.title.lower(), height=360),
                    seconds=round(at, 4),
                )
