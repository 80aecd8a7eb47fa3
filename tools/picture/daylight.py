"""Daylight: whether it looks like night or day, as a guess with a confidence.

From the level of the picture, how much of it is dark, whether what light there is comes in small pools, and whether the
upper part is bright. Rooms without windows, caves, fog, an underexposed day and day-for-night look like what they are
lit as; a picture that says neither gets a low confidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.light import linear, luminance
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import picture_at, without_bars
from evalverse.tools.picture._shots import mean_over_time
from evalverse.tools.picture._track import Track, within

HEIGHT = 144
DARK = 0.03
"""Linear luminance (0..1) below which a pixel is dark: some five stops below white."""
GREY = (0.03, 0.11)
"""Median linear luminance of a night and of a day: five and three stops below white; between them it is open."""
UPPER = 1 / 3
"""Of the height: where the sky is, if there is one."""


def night(picture: RGB) -> float:
    """0 (day) to 1 (night) of a picture (h, w, 3); 0.5 says neither.

    The mean of three cues, each 0..1: the typical level, the share of dark pixels, and how dark the upper third is
    against the level of a lit scene.
    """
    light = luminance(linear(picture))
    level = _between(float(np.median(light)))
    dark = float(np.clip((light < DARK).mean() / 0.7, 0, 1))
    above = light[: max(1, round(UPPER * light.shape[0]))]
    sky = _between(float(np.percentile(above, 75)))
    return (level + dark + sky) / 3


def _between(value: float) -> float:
    """1 at the level of a night and below, 0 at that of a day and above, by stops between."""
    low, high = np.log2(GREY)
    return float(np.clip((high - np.log2(max(value, 1e-6))) / (high - low), 0, 1))


@register
class Daylight(Operator):
    """Night or day."""

    name, version, title = "daylight", "1", "Day or night"
    needs = Needs(picture=Picture(height=HEIGHT, rate=2.0))
    cost = 0.3
    measures = (
        Measure(
            name="night",
            title="Looks like night",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Mean of three cues, 0 (day) to 1 (night): the median linear luminance between "
            f"{GREY[1]} and {GREY[0]}, the upper quartile of the upper third likewise, and the share of pixels "
            f"below {DARK}; mean over a shot, the clip averages its shots by time. The confidence is the distance "
            "from 0.5, doubled. A guess by light alone: a dark room reads as night. The data say day, night or open.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._read = Track("night")

    def see(self, frame: Frame) -> None:
        rows, columns = without_bars(frame.grey(HEIGHT))
        self._read.add(frame.seconds, night(frame.rgb(HEIGHT)[rows, columns]))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, line = self._read.t, self._read["night"]
        told = [(shot, float(line[chosen].mean())) for shot in scene.shots if len(chosen := within(t, shot))]
        if not told:
            yield self.could_not("night", "no frame of the picture could be decoded")
            return
        total = mean_over_time(told)
        at = float(t[np.abs(line - total).argmin()])
        picture = picture_at(self, at, "the frame nearest to the whole")
        yield self.found(
            "night",
            total,
            words=_said(total),
            confidence=_sure(total),
            curve=self.curve("night", t, line),
            picture=picture,
            looks_like=_kind(total),
            seconds=round(at, 4),
        )
        if len(scene.shots) > 1:
            for shot, value in told:
                yield self.found(
                    "night", value, shot=shot, words=_said(value), confidence=_sure(value), looks_like=_kind(value)
                )


def _kind(value: float) -> str:
    return "night" if value > 0.65 else "day" if value < 0.35 else "open"


def _said(value: float) -> str:
    said = {"night": "By its light it looks like night.", "day": "By its light it looks like day."}
    return said.get(_kind(value), "By its light it may be day or night.")


def _sure(value: float) -> float:
    return round(min(1.0, 2 * abs(value - 0.5)), 3)
