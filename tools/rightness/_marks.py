"""What the two qualities share: a mark for every frame, the mean of which is the clip's."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Operator, Scene
from evalverse.tools.picture._track import within


class Marks(Operator):
    """Base: a subclass has one measure ``vbench``, says what it lacks, and marks small pictures."""

    batch: ClassVar[int] = 16
    """Pictures that are marked at once."""
    sentence: ClassVar[str]
    """With a place for the value."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._t, self._marks = array("d"), array("d")
        self._waiting: list[RGB] = []

    def shown(self, frame: Frame) -> RGB:
        """The (h, w, 3) picture that waits for its mark."""
        raise NotImplementedError

    def marks(self, pictures: Sequence[RGB]) -> NDArray[np.floating]:
        """(N,) marks of pictures of one size."""
        raise NotImplementedError

    def see(self, frame: Frame) -> None:
        self._t.append(frame.seconds)
        self._waiting.append(self.shown(frame))
        if len(self._waiting) == self.batch:
            self._mark()

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if not self._t:
            yield self.could_not("vbench", "no frame of the picture could be decoded")
            return
        self._mark()
        t, each = np.array(self._t), np.array(self._marks)
        value = float(each.mean())
        words = self.sentence.format(number(value))
        yield self.found("vbench", value, words=words, curve=self.curve("vbench", t, each), frames=len(each))
        for shot in scene.shots if len(scene.shots) > 1 else ():
            inside = each[within(t, shot)]
            if len(inside):
                value = float(inside.mean())
                yield self.found("vbench", value, shot=shot, words=self.sentence.format(number(value)))

    def _mark(self) -> None:
        if self._waiting:
            self._marks.extend(self.marks(self._waiting).tolist())
            self._waiting = []
