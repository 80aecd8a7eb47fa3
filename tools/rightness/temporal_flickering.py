"""VBench's temporal flickering: how little neighbouring frames differ, pixel by pixel.

It needs no model, so the number is the published one on any machine. It cannot tell flicker from movement or cuts:
VBench applies it to clips that a filter has found to be static. The operator ``flicker`` takes motion out first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._track import Track, steps


def difference(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two (H, W, 3) uint8 pictures, in 8-bit levels 0..255."""
    import cv2

    return float(np.sum(cv2.sumElems(cv2.absdiff(before, after))) / before.size)


def score(differences: NDArray[np.floating]) -> float:
    """VBench's score 0..1 (higher is steadier) of (N,) mean differences in 8-bit levels: (255 - mean) / 255."""
    return float((255 - np.mean(differences)) / 255)


@register
class TemporalFlickering(Operator):
    """Steadiness from frame to frame, as VBench defines it."""

    name, version, title = "temporal_flickering", "1", "Temporal flickering (VBench)"
    needs = Needs(picture=Picture(height="native"))
    cost = 3.0
    measures = (
        Measure(
            name="vbench",
            title="Temporal flickering (VBench)",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="(255 - d) / 255, where d is the mean absolute difference of neighbouring frames in 8-bit "
            "levels, over all pixels, colours and pairs of frames of the clip, cuts included.",
            source="Huang et al., VBench, CVPR 2024; vbench/temporal_flickering.py",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._track = Track("difference")

    def see(self, frame: Frame) -> None:
        before = frame.previous
        self._track.add(frame.seconds, 0.0 if before is None else difference(before.rgb(), frame.rgb()))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, differences = self._track.t, self._track["difference"]
        if len(t) < 2:
            yield self.could_not("vbench", "it takes two frames to see a difference")
            return
        yield self.found(
            "vbench",
            score(differences[1:]),
            words=self._words(differences[1:]),
            curve=self.curve("vbench", t[1:], (255 - differences[1:]) / 255),
            levels=round(float(differences[1:].mean()), 3),
            pairs=len(t) - 1,
        )
        if len(scene.shots) > 1:
            for shot in scene.shots:
                inside = differences[steps(t, scene, shot)]
                if len(inside):
                    levels = round(float(inside.mean()), 3)
                    words = self._words(inside)
                    yield self.found("vbench", score(inside), shot=shot, words=words, levels=levels, pairs=len(inside))

    @staticmethod
    def _words(differences: NDArray[np.floating]) -> str:
        levels, value = number(round(float(differences.mean()), 3)), number(score(differences))
        return f"Neighbouring frames differ by {levels} levels on average, movement included: a score of {value}."
