"""Integrity: how much of the declared picture really decodes."""

from __future__ import annotations

from collections.abc import Iterator

from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register


@register
class Integrity(Operator):
    """Counts frames on the common decode and reports what the decoder could not deliver."""

    name, version, title = "integrity", "1", "File integrity"
    needs = Needs(picture=Picture(height=16))
    measures = (
        Measure(
            name="missing",
            title="Missing or damaged picture",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="share of the declared duration that did not decode, plus the share of frames decoded damaged",
        ),
    )
    cost = 0.01

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._frames = 0

    def see(self, frame: Frame) -> None:
        self._frames += 1

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        lost = scene.lost
        if not self._frames or lost is None:
            yield self.could_not("missing", "no frame could be decoded")
            return
        declared = self.clip.picture.duration if self.clip.picture else 0.0
        gone = min(1.0, lost.missing_seconds / declared) if declared > 0 else 0.0
        hurt = min(1.0, (lost.damaged + lost.errors) / max(1, lost.decoded + lost.errors))
        words = f"{lost.words[0].upper()}{lost.words[1:]}." if lost else "Every declared frame decodes."
        yield self.found("missing", 100 * min(1.0, gone + hurt), words=words, frames=self._frames)
