"""Local melt: the place in the picture that changes its substance most, once motion is taken out.

Each frame is moved along the flow onto a later one; what still differs, relative to the relief of the place, was not
moved but remade. Summed over half a second, so that a passing seam between two moving things weighs little. Fire,
water, smoke and hair remake themselves by nature: a moment is a place to look at, not a verdict.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT, block_means
from evalverse.tools.image._pairs import FAST, GAP, Pacer, Pair, Vectors, carried, inside, pair, within_shots
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import boxed_pair
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Track

BLOCKS = 9
"""Blocks across the shorter side of the picture."""
RELIEF = 4.0
"""Standard deviation in 8-bit luma that is added to a block's own: on bare walls noise must not count as matter."""
WINDOW = 0.5
"""Seconds over which a place must keep on changing."""
POINTED = 0.9
"""From which on the worst place of the clip is shown."""
NO_PAIR = "no shot is slow enough for the half second over which a place must keep changing"


def remade_at(frame: Frame, index: int, moved: Pair) -> NDArray[np.float32]:
    """``remade`` of the pair of ``frame`` and the one numbered ``index``, made once for all operators."""
    found: NDArray[np.float32] = frame.view(("remade", index), lambda: remade(moved))
    return found


def remade(moved: Pair) -> NDArray[np.float32]:
    """(rows, columns) 0..1 per block: how much of its relief flow does not explain.

    Residual of the motion-compensated difference, without its mean (light may change), over the standard deviation
    of the block in both pictures; averaged with the same backwards. Blocks that leave the picture are 0.
    """
    return np.minimum(
        _one_way(moved.before, moved.after, moved.forward), _one_way(moved.after, moved.before, moved.backward)
    )


def _one_way(source: NDArray[np.uint8], target: NDArray[np.uint8], vectors: Vectors) -> NDArray[np.float32]:
    block = max(1, min(source.shape) // BLOCKS)
    here, there = source.astype(np.float32), carried(target, vectors)
    missed = _variance(there - here, block)
    relief = (_variance(here, block) + _variance(there, block)) / 2
    share = np.sqrt(missed / 2 / (relief + RELIEF**2))
    return np.asarray(np.where(block_means(inside(vectors), block) > 0.8, share, 0), np.float32)


def _variance(picture: NDArray[np.float32], block: int) -> NDArray[np.float32]:
    mean = block_means(picture, block)
    return np.maximum(block_means(picture * picture, block) - mean * mean, 0)


@register
class LocalMelt(Operator):
    """The worst block's warp residual, with its place and time."""

    name, version, title = "local_melt", "1", "Local melt"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 1.5
    measures = (
        Measure(
            name="worst_place",
            title="Place that remakes itself most",
            unit="",
            low=0,
            high=1.42,
            direction=Direction.LOWER,
            definition="Per block (a ninth of the shorter side at 144 lines), the standard deviation of the "
            f"motion-compensated difference over {GAP} s relative to the block's own relief, the lesser of both "
            "directions, mean over half a second; the worst block of each moment, median over a shot. 0: motion "
            "explains everything, 1: nothing is left of what was there, more: it turns into its negative. The clip "
            "takes its worst shot.",
            source="warping error after Lai et al. 2018, Learning blind video temporal consistency, by place",
        ),
        Measure(
            name="whole_picture",
            title="How much of the picture remakes itself",
            unit="",
            low=0,
            high=1.42,
            direction=Direction.LOWER,
            definition="As worst_place, mean over all blocks instead of the worst.",
            source="as worst_place",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._pacer = Pacer()
        self._recent: deque[tuple[float, NDArray[np.float32]]] = deque()
        self._moments = Track("start", "worst", "mean", "row", "column", "rows", "columns")

    def see(self, frame: Frame) -> None:
        then = self._pacer.see(frame)
        moved = None if then is None else pair(frame, then)
        if then is None or moved is None or moved.speed > FAST:
            return
        if self._recent and then[1] > self._recent[-1][0] + 2 * self._pacer.gap:
            self._recent.clear()
        self._recent.append((then[1], remade_at(frame, then[0], moved)))
        while frame.seconds - self._recent[0][0] > WINDOW + 1.5 * self._pacer.gap:
            self._recent.popleft()
        start = self._recent[0][0]
        if frame.seconds - start < WINDOW - 1e-4:
            return
        total = np.mean([blocks for _, blocks in self._recent], axis=0)
        row, column = divmod(int(total.argmax()), total.shape[1])
        self._moments.add(frame.seconds, start, total.max(), total.mean(), row, column, *total.shape)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, start = self._moments.t, self._moments["start"]
        told = within_shots(start, t, scene)
        if not told:
            yield from self.could_not_at_all(NO_PAIR)
            return
        kept = np.concatenate([chosen for _, chosen in told])
        for measure, column, words in (
            (
                "worst_place",
                "worst",
                "Where the picture remakes itself most, motion leaves {} of the relief unexplained.",
            ),
            ("whole_picture", "mean", "Over the whole picture, motion leaves {} of the relief unexplained."),
        ):
            y = self._moments[column]
            yield from readings(
                self,
                scene,
                measure,
                [(shot, float(np.median(y[chosen]))) for shot, chosen in told],
                worst,
                words.format,
                curve=self.curve(measure, t[kept], y[kept]),
            )
        level = self._moments["worst"]
        peak = int(kept[level[kept].argmax()])
        if level[peak] >= POINTED:
            box = self._box(peak)
            yield self.found(
                "worst_place",
                level[peak],
                span=Span(start=start[peak], end=t[peak]),
                shot=scene.shot_at(t[peak]),
                words=f"Here one place remakes itself: motion leaves {number(level[peak])} of its relief unexplained.",
                confidence=0.5,
                picture=boxed_pair(self, start[peak], t[peak], box, "before and after"),
                box=[round(v, 3) for v in box],
            )

    def _box(self, index: int) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the worst block, in fractions of the picture."""
        row, column, rows, columns = (self._moments[n][index] for n in ("row", "column", "rows", "columns"))
        return column / columns, row / rows, (column + 1) / columns, (row + 1) / rows
