"""Gamut: how near a picture comes to black, and how much of it lies at the edge of what a screen can show.

A veil lifts the darkest tone of a whole film; pushed saturation drives colours against the edge, where they lose their
drawing. Fog, high-key light and a lifted grade have no black by intent; neon signs and flat graphics live at the edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import picture_at, without_bars
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Track, inside

LINES = 288
DARKEST = 0.1
"""Percentile of the picture that counts as its darkest tone: less than a hot pixel's worth of noise, more than none."""
SOFT = 3
"""Pixels over which tone is averaged first, so that noise and halos make no black."""
GONE, SEEN = 4, 70
"""8-bit code up to which a channel is used up, and from which on the greatest one shows a colour."""
POINTED = {"black": 14.0, "edge": 2.0}


def darkest(picture: RGB) -> float:
    """The darkest tone of a picture (h, w, 3), in % of white (display code)."""
    import cv2

    grey = cv2.blur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (SOFT, SOFT))
    return float(np.percentile(grey, DARKEST)) / 2.55


def spent(picture: RGB) -> float:
    """% of a picture (h, w, 3) in which one channel is used up while another shows a colour."""
    import cv2

    red, green, blue = cv2.split(picture)  # numpy takes ten times as long over an axis of three
    least, most = cv2.min(cv2.min(red, green), blue), cv2.max(cv2.max(red, green), blue)
    return 100 * float(((least <= GONE) & (cv2.subtract(most, least) >= SEEN)).mean())


@register
class Gamut(Operator):
    """The darkest tone, and colours at the edge."""

    name, version, title = "gamut", "1", "Gamut"
    needs = Needs(picture=Picture(height=LINES, rate=2.0))
    cost = 0.2
    measures = (
        Measure(
            name="black",
            title="Darkest tone",
            unit="% of white",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition=f"Percentile {DARKEST:g} of luma in display code, black bars left out, averaged over {SOFT} "
            f"pixels of {LINES} lines; the lowest of a shot, so that one true black is enough. Mean over shots, each "
            "for as long as it lasts.",
        ),
        Measure(
            name="edge",
            title="Colours at the edge of the gamut",
            unit="% of the picture",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition=f"Share of the picture in which one channel is {GONE} or less of 255 while another is {SEEN} or "
            "more above it; mean over a shot, then over time.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._read = Track("black", "edge")

    def see(self, frame: Frame) -> None:
        picture = frame.rgb(LINES)
        rows, columns = without_bars(frame.grey(LINES))
        shown = np.ascontiguousarray(picture[rows, columns])
        self._read.add(frame.seconds, darkest(shown), spent(shown))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._read.t
        words = {
            "black": "The darkest tone lies at {} % of white.",
            "edge": "Colours lie at the edge of what can be shown in {} % of the picture.",
        }
        for name in words:
            line = self._read[name]
            chosen = [(shot, inside(t, scene, shot)) for shot in scene.shots]
            values = [
                (shot, float(line[mine].min() if name == "black" else line[mine].mean()))
                for shot, mine in chosen
                if len(mine)
            ]
            curve = self.curve(name, t, line) if values else None
            absent = "no shot is looked at outside its dissolves"
            yield from readings(self, scene, name, values, mean_over_time, words[name].format, absent, curve)
            at = int(line.argmax()) if len(t) else 0
            if values and line[at] >= POINTED[name]:
                seconds = float(t[at])
                yield self.found(
                    name,
                    float(line[at]),
                    span=Span(start=seconds, end=seconds),
                    shot=scene.shot_at(seconds),
                    words=words[name].format(number(float(line[at]))),
                    picture=picture_at(self, seconds),
                )
