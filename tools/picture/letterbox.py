"""Letterbox: black bars around the picture, the shape of what is left, and whether it changes on the way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import bars, pair_at
from evalverse.tools.picture._shots import mean_over_time
from evalverse.tools.picture._track import Track, within

SIDES = ("top", "bottom", "left", "right")
DARK = 0.06
"""Mean luma of the brightest fifth of the rows below which a frame is too dark to show where its bars end."""
CHANGED = 1.0
"""% of the picture's height or width by which a bar must differ for the shape to have changed."""
SHAPES = {"9:16": 9 / 16, "4:5": 4 / 5, "1:1": 1.0, "4:3": 4 / 3, "3:2": 1.5, "16:9": 16 / 9}
SHAPES |= {"1.85:1": 1.85, "2:1": 2.0, "2.20:1": 2.2, "2.35:1": 2.35, "2.39:1": 2.39}
LASTS = 3
"""Frames, of two a second, for which bars must stay on either side of a change within a shot."""
STEP = 0.7
"""Seconds before a change at which the old shape is surely seen."""
MOMENTS = 3

Series = NDArray[np.float64]
Sides = NDArray[np.float64]
"""(N, 4) bars at top, bottom, left and right in % of height or width."""


def shape_name(aspect: float) -> str:
    """The usual name of an aspect ratio within 2 %, else the number itself."""
    name, nearest = min(SHAPES.items(), key=lambda item: abs(np.log(aspect / item[1])))
    return name if abs(np.log(aspect / nearest)) < 0.02 else f"{number(aspect)}:1"


@register
class Letterbox(Operator):
    """Black bars and the shape of the picture inside them."""

    name, version, title = "letterbox", "2", "Letterbox"
    needs = Needs(picture=Picture(height=360, rate=2))
    cost = 0.4
    measures = (
        Measure(
            name="bars",
            title="Black bars",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Share of the frame's area taken by evenly black rows and columns at its edges that end in a "
            "hard edge and are there in every lit frame of a shot, averaged over time. The data hold each side.",
        ),
        Measure(
            name="active_aspect",
            title="Shape of the picture",
            unit=":1",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Width over height of the picture inside its black bars, in the shot that lasts longest.",
        ),
        Measure(
            name="changes",
            title="Changes of shape",
            unit="times",
            low=0,
            direction=Direction.LOWER,
            definition="How often the bars change by more than 1 % of the frame's height or width, from one shot to "
            "the next or within a shot, for a second and a half at least.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._bars = Track(*SIDES)

    def see(self, frame: Frame) -> None:
        grey = frame.grey(360)
        lit = np.sort(grey.mean(1))
        if lit[-max(1, len(lit) // 5) :].mean() < 255 * DARK:
            return
        height, width = grey.shape
        top, bottom, left, right = bars(grey)
        rows, columns = 100 / height, 100 / width
        self._bars.add(frame.seconds, rows * top, rows * bottom, columns * left, columns * right)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._bars.t
        table = np.stack([self._bars[side] for side in SIDES], -1)
        found = [(shot, table[chosen].min(0)) for shot in scene.shots if len(chosen := within(t, shot))]
        if not found or self.clip.picture is None:
            yield from self.could_not_at_all("no frame is bright enough to tell bars from the picture")
            return
        shares = [(shot, area(sides)) for shot, sides in found]
        share = mean_over_time(shares)
        _, sides = max(found, key=lambda f: f[0].span.seconds)
        curve = self.curve("bars", t, np.array([area(row) for row in table]))
        yield self.found("bars", share, words=_bar_words(share), curve=curve, **_told(sides))
        full = self.clip.picture.width / self.clip.picture.height
        aspect = full * (100 - sides[2] - sides[3]) / (100 - sides[0] - sides[1])
        words = f"The picture's shape is {shape_name(aspect)}."
        yield self.found("active_aspect", aspect, words=words, shape=shape_name(aspect))
        if len(scene.shots) > 1:
            for (shot, sides), (_, share) in zip(found, shares, strict=True):
                yield self.found("bars", share, shot=shot, words=_bar_words(share), **_told(sides))
        yield from self._changes(scene, t, table)

    def _changes(self, scene: Scene, t: Series, table: Sides) -> Iterator[Evidence]:
        held = [
            (shot, float(t[chosen[part.start]]) if part.start else shot.span.start, table[chosen[part]].min(0))
            for shot in scene.shots
            if len(chosen := within(t, shot))
            for part in stretches(table[chosen])
        ]
        changed = [
            (shot, when) for (_, _, one), (shot, when, other) in pairwise(held) if np.abs(one - other).max() > CHANGED
        ]
        words = f"The shape of the picture changes {len(changed)} times." if changed else "The picture keeps its shape."
        yield self.found("changes", len(changed), words=words)
        for shot, when in changed[:MOMENTS]:
            yield self.found(
                "changes",
                1,
                span=Span(start=when, end=when),
                shot=shot,
                words="Here the shape of the picture changes.",
                picture=pair_at(self, when - STEP, when + 0.2, "before and after"),
            )


def stretches(sides: Sides) -> list[slice]:
    """Parts of a shot's frames (N, 4) between which its bars change and stay; shadows waver."""
    starts = [0]
    for k in range(LASTS, len(sides) - LASTS + 1):
        before, after = sides[k - LASTS : k], sides[k : k + LASTS]
        steady = np.maximum(np.ptp(before, axis=0), np.ptp(after, axis=0)) <= CHANGED
        if (steady & (np.abs(after.min(0) - before.min(0)) > CHANGED)).any():
            starts.append(k)
    return [slice(start, stop) for start, stop in pairwise([*starts, len(sides)])]


def area(sides: NDArray[np.float64]) -> float:
    """Share of the frame's area in %, of bars (top, bottom, left, right) in % of its height or width."""
    return float(100 - (100 - sides[0] - sides[1]) * (100 - sides[2] - sides[3]) / 100)


def _bar_words(share: float) -> str:
    return f"Black bars take {number(share)} % of the frame." if share else "There are no black bars."


def _told(sides: NDArray[np.float64]) -> dict[str, Any]:
    return {side: round(float(value), 2) for side, value in zip(SIDES, sides, strict=True)}
