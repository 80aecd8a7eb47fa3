"""Offline stand-in for VBench's motion smoothness: every other frame is made of its neighbours by DIS flow.

The published measure interpolates with AMT (see ``motion_smoothness``). The principle and the scale are the same, the
numbers are not: DIS interpolates worse, above all around edges of what moves. Comparable with itself only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._track import Track
from evalverse.tools.rightness.temporal_flickering import difference, score


def between(first: RGB, last: RGB, there: NDArray[np.float32], back: NDArray[np.float32]) -> RGB:
    """The picture half-way between two (H, W, 3) uint8 ones, for steady movement.

    Args:
        first, last: the neighbours.
        there, back: (H, W, 2) flow in pixels from ``first`` to ``last`` and from ``last`` to ``first``.

    Source: Jiang et al., Super SloMo, CVPR 2018, equation 4 at t = 1/2; the two warped neighbours count alike.
    """
    import cv2

    height, width = first.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    drift = np.asarray(
        (back - there) / 4, np.float32
    )  # from the middle to the first picture; to the last it is the opposite

    def warped(picture: RGB, shift: NDArray[np.float32]) -> RGB:
        shifted = cv2.remap(
            picture, x + shift[..., 0], y + shift[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(shifted, np.uint8)

    return np.asarray(cv2.addWeighted(warped(first, drift), 0.5, warped(last, -drift), 0.5, 0), np.uint8)


@register
class DisMotionSmoothness(Operator):
    """How well every other frame follows from its neighbours, by DIS flow."""

    name, version, title = "dis_motion_smoothness", "1", "Motion smoothness (DIS flow)"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 3.0
    measures = (
        Measure(
            name="score",
            title="Motion smoothness (DIS flow)",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="(255 - d) / 255, where d is the mean absolute difference, in 8-bit levels, between every other "
            "frame and what DIS flow makes of its two neighbours, 144 pixels high. Frames at a cut are left out.",
            source="principle: Huang et al., VBench, CVPR 2024; interpolation: Jiang et al., Super SloMo, CVPR 2018",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._kept: tuple[float, RGB, NDArray[np.uint8]] | None = None
        self._middle: tuple[float, RGB] | None = None
        self._track = Track("start", "middle", "difference")

    def see(self, frame: Frame) -> None:
        import cv2

        picture, grey = frame.rgb(FLOW_HEIGHT), frame.grey(FLOW_HEIGHT)
        if frame.index % 2:
            self._middle = frame.seconds, picture
            return
        if self._kept is not None and self._middle is not None and self._kept[1].shape == picture.shape:
            start, first, before = self._kept
            dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)  # type: ignore[attr-defined]
            there, back = dis.calc(before, grey, None), dis.calc(grey, before, None)
            made = between(first, picture, there, back)
            self._track.add(frame.seconds, start, self._middle[0], difference(made, self._middle[1]))
        self._kept, self._middle = (frame.seconds, picture, grey), None

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        starts, t, differences = self._track["start"], self._track["middle"], self._track["difference"]
        shots = [scene.shot_at(end) for end in self._track.t]
        whole = np.array([scene.shot_at(a) is shot for a, shot in zip(starts, shots, strict=True)], bool)
        if not whole.any():
            yield self.could_not("score", "it takes three frames within a shot to leave one out")
            return
        t, differences = t[whole], differences[whole]
        value = score(differences)
        levels = round(float(differences.mean()), 3)
        yield self.found(
            "score",
            value,
            words=self._words(levels, value),
            curve=self.curve("score", t, (255 - differences) / 255),
            levels=levels,
            frames=len(t),
        )
        worst = int(differences.argmax())
        shot = scene.shot_at(float(t[worst]))
        span = Span(start=float(starts[whole][worst]), end=float(self._track.t[whole][worst]))
        levels = round(float(differences[worst]), 3)
        value = score(differences[worst : worst + 1])
        yield self.found("score", value, span=span, shot=shot, words=self._words(levels, value), levels=levels)
        if len(scene.shots) > 1:
            for shot in scene.shots:
                inside = np.array([s is shot for s, kept in zip(shots, whole, strict=True) if kept], bool)
                if inside.any():
                    levels, value = round(float(differences[inside].mean()), 3), score(differences[inside])
                    yield self.found("score", value, shot=shot, words=self._words(levels, value), levels=levels)

    @staticmethod
    def _words(levels: float, value: float) -> str:
        return (
            f"A frame made of its neighbours differs by {number(levels)} levels from the real one: "
            f"a score of {number(value)}."
        )
