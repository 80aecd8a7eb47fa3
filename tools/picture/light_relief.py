"""Light relief: how far light and shade differ at the scale of forms, finer than the room and coarser than texture.

Light from one side gives heads, folds and furniture a lit and a dark flank; light from everywhere leaves only the
colours of things. So does haze, a pale wall, an overcast day and flat graphics; dark clothes beside pale ones feign it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.light import linear, luminance
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import picture_at, without_bars
from evalverse.tools.picture._shots import mean_over_time, medians, readings

LINES = 180
FORMS = (0.06, 0.15)
"""Of the height: standard deviations of the two blurs whose difference is the scale of forms."""
BLACK = 0.0003
"""Linear light that is added, so that the noise of blacks counts little: about the second code of 255."""


def relief(picture: RGB) -> float:
    """Standard deviation, in stops, of the light of a picture (h, w, 3) at the scale of forms."""
    import cv2

    stops = np.log2(luminance(linear(picture)) + BLACK)
    near, far = (cv2.GaussianBlur(stops, (0, 0), share * len(stops)) for share in FORMS)
    return float(np.std(near - far))


@register
class LightRelief(Operator):
    """Light and shade at the scale of forms."""

    name, version, title = "light_relief", "1", "Light relief"
    needs = Needs(picture=Picture(height=LINES, rate=2.0))
    cost = 0.2
    measures = (
        Measure(
            name="depth",
            title="Light and shade on forms",
            unit="stops",
            low=0,
            direction=Direction.HIGHER,
            definition=f"Standard deviation of the logarithm of luminance between blurs of {100 * FORMS[0]:g} and "
            f"{100 * FORMS[1]:g} % of the picture's height ({LINES} lines), black bars left out; median over a shot, "
            "mean over time.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._line: list[tuple[float, float]] = []

    def see(self, frame: Frame) -> None:
        rows, columns = without_bars(frame.grey(LINES))
        self._line.append((frame.seconds, relief(np.ascontiguousarray(frame.rgb(LINES)[rows, columns]))))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        values = medians(self._line, scene.shots)
        words = "At the scale of forms light and shade differ by {} stops."
        curve = self.curve("depth", *np.array(self._line).T) if values else None
        yield from readings(self, scene, "depth", values, mean_over_time, words.format, "no picture", curve)
        if values:
            at, least = min(self._line, key=lambda row: row[1])
            yield self.found(
                "depth",
                least,
                span=Span(start=at, end=at),
                shot=scene.shot_at(at),
                words=words.format(number(least)),
                picture=picture_at(self, at),
            )
