"""What VBench's two consistencies share: vectors of every frame, each held against the one before and the first."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.likeness._batch import Batches
from evalverse.tools.likeness._readings import along_shots
from evalverse.tools.likeness._series import consistency, over_shots, rows, unit
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Operator, Scene
from evalverse.tools.rightness._shrink import Filter, shrunk

BATCH = 16


def measures(of: str, model: str, source: str) -> tuple[Measure, ...]:
    """The two measures of a consistency ``of`` something, by the vectors of ``model``."""
    formula = (
        f"mean over all frames but the first of the mean of two cosines of {model} vectors, with the frame before and "
        "with the first frame; a negative cosine counts as 0"
    )
    shared: dict[str, Any] = {"unit": "", "low": 0, "high": 1, "direction": Direction.HIGHER, "source": source}
    return (
        Measure(
            name="vbench",
            title=f"{of} (VBench)",
            definition=f"Over the whole clip, cuts included: {formula}.",
            **shared,
        ),
        Measure(
            name="within_shots",
            title=f"{of} within shots",
            definition=f"Shot by shot, each with its own first frame: {formula}.",
            **shared,
        ),
    )


class Consistency(Operator):
    """Base: a subclass says what it lacks and turns pictures into vectors. Keeps 1.5 kB per frame."""

    subject: ClassVar[str]
    """What stays the same, for the sentence."""
    shrinks: ClassVar[Filter]
    """How the model's pictures are made small."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._t = array("d")
        self._batches: Batches[RGB] = Batches(self.vectors, BATCH)

    def vectors(self, pictures: Sequence[RGB]) -> NDArray[np.float32]:
        """(N, D) of length 1, one row per (h, w, 3) uint8 picture, its short side 224 pixels."""
        raise NotImplementedError

    def see(self, frame: Frame) -> None:
        self._t.append(frame.seconds)
        self._batches.add(shrunk(frame.rgb(), self.shrinks))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if len(self._t) < 2:
            yield from self.could_not_at_all("it takes two frames to compare")
            return
        t, found = np.array(self._t), unit(self._batches.rows())
        each = consistency(found)
        value = float(each.mean())
        curve = self.curve("vbench", t[1:], each)
        yield self.found("vbench", value, words=self._words("clip", value), curve=curve, pairs=len(each))
        told = over_shots(rows(scene, t, found), consistency)
        yield from along_shots(
            self, scene, "within_shots", told, lambda n: self._words("shot", float(n)), "no shot shows two frames"
        )

    def _words(self, of: str, value: float) -> str:
        return f"{self.subject} stays {number(value)} alike to the frame before and to the first of the {of}."
