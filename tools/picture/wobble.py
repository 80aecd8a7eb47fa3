"""Wobble: rows of the picture that lean and bend against each other, like jelly, as no camera's movement would do.

A shutter that reads row by row on a shaking mount does it, and a generator that loses hold of solid things. What the
movement of the whole picture leaves over, sideways, is read row by row in the left and in the right half: a person
moves in one of them, a wobble in both. Layers of depth slide against each other as steadily as the camera goes; only
what swings counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT, flow
from evalverse.tools.media.frame import Frame
from evalverse.tools.motion_model import global_motion, grid, grid_flow, on_grid, texture
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Series, interval, steps

ROWS = 18
"""Rows at which the picture is read."""
SWING = 0.6
"""Seconds beyond which sliding is not a swing."""
TEXTURED = 0.3
"""Trust in the flow of half a row, summed over its points, below which nothing is known of it."""
SHORTEST = 1.0
"""Seconds of a shot below which chance rules."""
POINTED = 5.5
APART = 0.12
"""Seconds between the two frames that are shown."""


def rows(left_over: NDArray[np.floating], weights: NDArray[np.floating]) -> NDArray[np.float32]:
    """(2, 18) weighted median of ``left_over`` (h, w) in the left and right half of each row; 0 where nothing is known.

    Args:
        weights: (h, w) trust.
    """
    half = left_over.shape[1] // 2
    found = np.zeros((2, ROWS), np.float32)
    at = np.linspace(0, 1, len(left_over))
    for side, columns in enumerate((slice(0, half), slice(half, None))):
        order = np.argsort(left_over[:, columns], axis=1)
        sums = np.cumsum(np.take_along_axis(weights[:, columns], order, 1), axis=1)
        middle = (sums >= sums[:, -1:] / 2).argmax(axis=1)
        values = np.take_along_axis(left_over[:, columns], order, 1)[np.arange(len(middle)), middle]
        found[side] = np.interp(np.linspace(0, 1, ROWS), at, np.where(sums[:, -1] > TEXTURED, values, 0))
    return found


def sway(profiles: NDArray[np.floating], t: Series) -> Series:
    """(N,) how far rows swing against each other: RMS over the rows of what both halves share, in their unit.

    Negative where the halves contradict each other, so that chance comes to nothing in the middle of many frames.

    Args:
        profiles: (N, 2, R) speeds of the rows of the left and the right half, for each frame.
        t: (N,) seconds.
    """
    from scipy.ndimage import uniform_filter1d

    bent = profiles - profiles.mean(axis=2, keepdims=True)
    window = max(3, round(SWING / interval(t)) // 2 * 2 + 1)
    bent = bent - uniform_filter1d(bent, window, axis=0, mode="nearest")
    shared = (bent[:, 0] * bent[:, 1]).mean(axis=1)
    return np.asarray(np.sign(shared) * np.sqrt(np.abs(shared)))


@register
class Wobble(Operator):
    """Rows that swing against each other."""

    name, version, title = "wobble", "1", "Wobble"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 0.6
    measures = (
        Measure(
            name="sway",
            title="Rows that swing against each other",
            unit="% of height/s",
            low=0,
            direction=Direction.LOWER,
            definition="Sideways speed that the similarity of the whole picture leaves over, weighted median in the "
            f"left and the right half of {ROWS} rows, without their mean and without what lasts longer than {SWING} "
            "s: root of the two halves' mean product over the rows (negative where they disagree), median over a shot "
            "of a second or longer, 0 at least. The clip takes its worst shot.",
            source="rolling shutter as in Liang, Chang and Chen 2008",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._t: list[float] = []
        self._profiles: list[NDArray[np.float32]] = []

    def see(self, frame: Frame) -> None:
        moved, whole = flow(frame), global_motion(frame)
        profile = np.zeros((2, ROWS), np.float32)
        if moved is not None and whole is not None and frame.previous is not None and whole.seconds > 0:
            points = grid(moved.vectors.shape)
            if points.shape[1] >= 2:
                field = grid_flow(moved)
                weights = on_grid(texture(frame.previous))
                profile = rows((field - whole.at(points)).real, weights) * np.float32(100 / whole.seconds)
        self._t.append(frame.seconds)
        self._profiles.append(profile)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, told = np.array(self._t), []
        line = np.zeros_like(t)
        for shot in scene.shots:
            chosen = steps(t, scene, shot)
            if len(chosen) > 2 and np.ptp(t[chosen]) >= SHORTEST - interval(t):
                line[chosen] = sway(np.stack([self._profiles[k] for k in chosen]), t[chosen])
                told.append((shot, max(0.0, float(np.median(line[chosen])))))
        words = "Rows of the picture swing against each other by {} % of its height per second."
        absent = "no shot lasts a second"
        curve = self.curve("sway", t, np.maximum(line, 0)) if told else None
        yield from readings(self, scene, "sway", told, worst, words.format, absent, curve)
        if told and max(value for _, value in told) >= POINTED:
            peak = int(line.argmax())
            shot = scene.shot_at(float(t[peak]))
            start, end = max(shot.span.start, float(t[peak]) - APART), float(t[peak])
            yield self.found(
                "sway",
                float(line[peak]),
                span=Span(start=start, end=end),
                shot=shot,
                words=words.format(number(float(line[peak]))),
                picture=pair_at(self, start, end, f"{number(start)} s beside {number(end)} s"),
            )
