"""Stray colour: how much of a picture is taken up by strong colours that the rest of it does not know.

A palette is a few clusters of colour. What lies apart from all of them and covers little catches the eye, wherever it
is: a thing left lying about, a sign, a jacket of an extra. It may be the accent that the film wants; this cannot know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.light import lab, linear
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.sample import frame_at
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._shots import mean_over_time, medians, readings

LINES = 180
CELL = 8.0
"""Units of a* and b* on a side of the cells in which colours are counted."""
CELLS = 32
RARE = 0.02
"""Share of the picture below which a colour, with those of the cells around it, is rare."""
STRONG = 20.0
"""Chroma from which on a colour catches the eye."""
POINTED = 1.5


def stray(picture: RGB) -> NDArray[np.bool_]:
    """(h, w) where a picture (h, w, 3) shows a strong colour that is rare in it."""
    import cv2

    planes = lab(linear(picture))
    cells = np.clip((planes[..., 1:] / CELL).round().astype(int) + CELLS // 2, 0, CELLS - 1)
    number_of = cells[..., 0] * CELLS + cells[..., 1]
    count = np.bincount(number_of.ravel(), minlength=CELLS * CELLS).reshape(CELLS, CELLS).astype(np.float32)
    around = cv2.boxFilter(count, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    rare = (around < RARE * number_of.size).ravel()[number_of]
    return np.asarray(rare & (np.hypot(planes[..., 1], planes[..., 2]) > STRONG))


@register
class StrayColour(Operator):
    """Strong colours that stand alone."""

    name, version, title = "stray_colour", "1", "Stray colour"
    needs = Needs(picture=Picture(height=LINES, rate=2.0))
    cost = 0.3
    measures = (
        Measure(
            name="share",
            title="Picture in stray colours",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition=f"Share of the picture ({LINES} lines) with a chroma above {STRONG:g} in CIELAB whose cell of "
            f"{CELL:g} by {CELL:g} in a* and b*, with the eight around it, holds less than {100 * RARE:g} % of the "
            "picture; median over a shot, mean over time.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._line: list[tuple[float, float]] = []

    def see(self, frame: Frame) -> None:
        self._line.append((frame.seconds, 100 * float(stray(frame.rgb(LINES)).mean())))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        values = medians(self._line, scene.shots)
        words = "Colours that the rest of the picture does not know take up {} % of it."
        curve = self.curve("share", *np.array(self._line).T) if values else None
        yield from readings(self, scene, "share", values, mean_over_time, words.format, "no picture", curve)
        at, most = max(self._line, key=lambda row: row[1], default=(0.0, 0.0))
        if most >= POINTED:
            yield self.found(
                "share",
                most,
                span=Span(start=at, end=at),
                shot=scene.shot_at(at),
                words=words.format(number(most)),
                confidence=0.6,
                picture=self._shown(at),
            )

    def _shown(self, seconds: float) -> Blob:
        """The frame in grey, its stray colours in colour."""
        picture = frame_at(self.clip, seconds, LINES).rgb(LINES)
        grey = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
        shown = np.where(stray(picture)[..., None], picture, grey).astype(np.uint8)
        return self.ledger.put_picture(shown, f"stray colours at {number(seconds)} s")
