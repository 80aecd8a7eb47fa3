"""Trails: a pale copy of what was there a moment ago, which frame blending, feedback and weak generators leave.

Moving detail is less like itself the longer one waits. Where every frame holds a copy of an earlier one, its likeness
to that one stands out from the likeness to those just before and just after it. No motion has to be found for that.
What swings evenly several times a second (a wheel, a trembling camera) comes back to itself too and can be mistaken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT, block_means
from evalverse.tools.media.frame import Frame, Grey
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import interval

BLOCK = 24
"""Pixels of 144 lines on a side of the blocks."""
FINE, COARSE = 0.8, 2.5
"""Pixels: standard deviations of the two blurs whose difference is the detail."""
LATEST = 0.2
"""Seconds that a copy may lag behind."""
BEYOND = 4
"""Lags beyond the latest one, against which it is held."""
FEWEST_LAGS, MOST_LAGS = 6, 14
PIECE = 0.5
"""Seconds whose likenesses are added up before the shots are known."""
LIVELY = 0.25
"""Share of the blocks that is read: those in which most moves."""
FEWEST_BLOCKS = 3
MOVES = 0.5
"""Squared 8-bit luma of moving detail below which nothing moves."""
FEWEST = 24
"""Frames of a shot."""
POINTED = 2.0

Likeness = NDArray[np.float64]


def detail(grey: Grey) -> NDArray[np.float32]:
    """(h, w) what is finer than a few pixels, in 8-bit luma."""
    import cv2

    picture = np.asarray(grey, np.float32)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), FINE) - cv2.GaussianBlur(picture, (0, 0), COARSE), np.float32)


def standing_out(likeness: Likeness) -> NDArray[np.float64]:
    """(K - 3,) how far the likeness at lags 2 to K - 2 stands out, in % of moving detail, in the liveliest blocks; nan
    where nothing moves.

    Args:
        likeness: (B, K + 1) mean product of the detail of frames with that of frames 0 to K earlier, by block.
    """
    energy = likeness[:, 0] - likeness[:, -1]
    chosen = np.argsort(-energy)[: max(FEWEST_BLOCKS, round(LIVELY * len(energy)))]
    chosen = chosen[energy[chosen] > MOVES]
    if len(chosen) < FEWEST_BLOCKS:
        return np.full(likeness.shape[1] - 4, np.nan)
    share = (likeness[chosen] - likeness[chosen, -1:]) / energy[chosen, None]
    bent = share[:, 1:-1] - (share[:, :-2] + share[:, 2:]) / 2
    beside = np.maximum(np.maximum(bent[:, :-2], bent[:, 2:]), 0)
    return np.asarray(100 * np.median(bent[:, 1:-1] - beside, axis=0))


@register
class Trails(Operator):
    """Copies of earlier frames in later ones."""

    name, version, title = "trails", "1", "Trails"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT, rate=30.0))
    cost = 0.7
    measures = (
        Measure(
            name="copy",
            title="Copy of an earlier frame",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="Product of the fine detail of frames with that of frames some time earlier, over what of it "
            f"moves: how far it stands out at one lag, from 2 frames to {LATEST} s, against those beside it and more "
            "than they do; median over the quarter of the blocks in which most moves, greatest of all lags. A copy of "
            "opacity a beside the picture's 1 - a reads up to a(1 - a) / (a^2 + (1 - a)^2), less where things move "
            "slowly. The clip takes its worst shot.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._recent: deque[NDArray[np.float32]] = deque(maxlen=MOST_LAGS + 1)
        self._t: list[float] = []
        self._pieces: list[tuple[float, float, int, Likeness]] = []

    def see(self, frame: Frame) -> None:
        now = detail(frame.grey(FLOW_HEIGHT))
        self._recent.appendleft(now)
        self._t.append(frame.seconds)
        size = max(1, min(BLOCK, *now.shape))
        found = np.full((now.shape[0] // size * (now.shape[1] // size), MOST_LAGS + 1), np.nan)
        for lag, then in enumerate(self._recent):
            found[:, lag] = block_means(now * then, size).ravel()
        if self._pieces and frame.seconds < self._pieces[-1][0] + PIECE:
            start, _, count, total = self._pieces[-1]
            self._pieces[-1] = (start, frame.seconds, count + 1, total + found)
        else:
            self._pieces.append((frame.seconds, frame.seconds, 1, found))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        step = interval(np.array(self._t))
        lags = int(np.clip(round(LATEST / step), FEWEST_LAGS - BEYOND, MOST_LAGS - BEYOND)) + BEYOND
        told = []
        for shot in scene.shots:
            found = self._within(shot, lags, step)
            if found is not None:
                told.append((shot, max(0.0, float(found.max())), (int(found.argmax()) + 2) * step))
        words = "Frames hold a copy of an earlier one: {} % of what moves."
        absent = "no shot has frames enough in which something moves"
        yield from readings(self, scene, "copy", [(s, v) for s, v, _ in told], worst, words.format, absent)
        if not told:
            return
        shot, value, lag = max(told, key=lambda row: row[1])
        if value >= POINTED:
            middle = (shot.span.start + shot.span.end) / 2
            yield self.found(
                "copy",
                value,
                span=Span(start=middle - lag, end=middle),
                shot=shot,
                words=f"Moving things drag a copy of themselves {number(round(lag, 2))} s behind.",
                confidence=0.7,
                picture=pair_at(self, middle - lag, middle, f"{number(round(lag, 2))} s apart"),
                lag=round(lag, 3),
            )

    def _within(self, shot: Shot, lags: int, step: float) -> NDArray[np.float64] | None:
        """What stands out in one shot; None where it is too short or nothing moves."""
        first = shot.span.start + lags * step - 1e-4
        mine = [p for p in self._pieces if p[0] >= first and p[1] < shot.span.end - 1e-4]
        if sum(count for _, _, count, _ in mine) < FEWEST:
            return None
        likeness = np.sum([total for *_, total in mine], axis=0) / sum(count for _, _, count, _ in mine)
        found = standing_out(likeness[:, : lags + 1])[: lags - BEYOND - 1]
        return None if np.isnan(found).any() else found
