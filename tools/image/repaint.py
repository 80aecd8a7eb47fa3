"""Repaint: fine texture that is drawn anew from frame to frame while the surface it lies on only moves, or stands.

Two moments a tenth of a second apart are laid over each other along dense flow. Where the coarse relief of a place is
found again and its fine relief is not, texture does not ride on its surface. Grain is told apart by its being
everywhere: what the calmest places change by is taken off. Water, fire, leaves in wind and crowds repaint by nature.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.features import block_means
from evalverse.tools.image._pairs import GAP, LONGEST, carried, dense_flow, within_shots
from evalverse.tools.image.noise import grain
from evalverse.tools.media.frame import Frame, Grey
from evalverse.tools.media.sample import frames_at
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Track

LINES = 360
"""Height of the pictures that are compared: finer detail is grain to a viewer."""
EVERY = 0.3
"""Seconds from one pair to the next."""
FINE, MIDDLE, COARSE = 0.8, 2.5, 8.0
"""Widths (standard deviations in pixels) that bound the fine and the coarse relief."""
BLOCK = 24
SAME = 0.9
"""Correlation of coarse relief from which on a place is found again."""
SLOW = 0.15
"""Frame heights per second above which a place is too fast for its texture to be seen."""
RELIEF = 1.0
"""Variance of fine relief (8-bit luma) that a place must have, beside four times the noise, to be followed."""
NOISE, LEAST_GRAIN = 0.5, 1.0
"""Most of the change that can be grain: of its variance, and of code values (coders leave some in any picture)."""
FEWEST = 4
POINTED = 0.25
"""From which on the worst place is shown."""
EDGE = 1e-4
NO_PLACE = "no pair of frames shows four textured places that move slowly"


def redrawn(before: Grey, after: Grey, seconds: float) -> NDArray[np.float32]:
    """(rows, columns) per block: share of its fine relief that the next picture (h, w) does not show again.

    0: all of it rides along, 1: nothing is left; nan where there is no texture, no likeness or too much speed.
    """
    vectors = dense_flow(before, after)
    fine, coarse = _reliefs(before.astype(np.float32))
    fine_then, coarse_then = _reliefs(carried(after, vectors))
    here, there = _power(fine), _power(fine_then)
    changed = block_means((fine - fine_then) ** 2, BLOCK) / 2
    own = np.nan_to_num(grain(before))
    noise = min(float(np.percentile(changed, 10)), NOISE * max(float(own), LEAST_GRAIN) ** 2)
    alike = block_means(coarse * coarse_then, BLOCK) / np.sqrt(_power(coarse) * _power(coarse_then) + 1e-6)
    speed = block_means(np.hypot(vectors[..., 0], vectors[..., 1]), BLOCK) / (before.shape[0] * seconds)
    kept = (np.minimum(here, there) > 4 * noise + RELIEF) & (alike > SAME) & (speed < SLOW)
    share = np.clip(changed - noise, 0, None) / np.maximum((here + there) / 2 - noise, 1e-6)
    return np.asarray(np.where(kept, share, np.nan), np.float32)


def _reliefs(light: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fine and coarse relief of a picture (h, w)."""
    import cv2

    first, second, third = (cv2.GaussianBlur(light, (0, 0), width) for width in (FINE, MIDDLE, COARSE))
    return np.asarray(first - second, np.float32), np.asarray(second - third, np.float32)


def _power(relief: NDArray[np.float32]) -> NDArray[np.float32]:
    return block_means(relief * relief, BLOCK)


@register
class Repaint(Operator):
    """Share of fine texture that is drawn anew."""

    name, version, title = "repaint", "1", "Repainted detail"
    needs = Needs(picture=Picture(height=LINES))
    cost = 3.0
    measures = (
        Measure(
            name="share",
            title="Texture that is drawn anew",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition=f"Half the variance of the motion-compensated difference over {GAP} s of the fine relief "
            f"(standard deviations {FINE} to {MIDDLE} pixels at {LINES} lines) over its own variance, both less the "
            "noise of the calmest tenth of the blocks: median over textured blocks of 24 pixels whose coarse relief "
            f"correlates by {SAME} and more and that move slower than {SLOW} frame heights per second; median over a "
            "shot. 0: texture rides on its surface, 1: nothing of it stays. The clip takes its worst shot.",
            source="warping error after Lai et al. 2018, Learning blind video temporal consistency, by scale",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._last: tuple[float, Grey] | None = None
        self._next = 0.0
        self._read = Track("start", "share", "worst", "row", "column", "rows", "columns")

    def see(self, frame: Frame) -> None:
        if self._last is None:
            if frame.seconds >= self._next - EDGE:
                self._last = (frame.seconds, frame.grey(LINES))
            return
        start, before = self._last
        gap = frame.seconds - start
        if gap < GAP - EDGE:
            return
        self._last, self._next = None, start + EVERY
        after = frame.grey(LINES)
        if gap > LONGEST * GAP or min(after.shape) < 2 * BLOCK:
            return
        share = redrawn(before, after, gap)
        if np.isfinite(share).sum() < FEWEST:
            return
        row, column = divmod(int(np.nanargmax(share)), share.shape[1])
        middle, most = float(np.nanmedian(share)), float(share[row, column])
        self._read.add(frame.seconds, start, middle, most, row, column, *share.shape)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, start, share = self._read.t, self._read["start"], self._read["share"]
        told = within_shots(start, t, scene)
        if not told:
            yield self.could_not("share", NO_PLACE)
            return
        kept = np.concatenate([chosen for _, chosen in told])
        words = "{} of the fine texture, on a scale to 1, is drawn anew from moment to moment."
        yield from readings(
            self,
            scene,
            "share",
            [(shot, float(np.median(share[chosen]))) for shot, chosen in told],
            worst,
            words.format,
            curve=self.curve("share", t[kept], share[kept]),
        )
        peak = int(kept[share[kept].argmax()])
        if share[peak] >= POINTED:
            yield self.found(
                "share",
                share[peak],
                span=Span(start=start[peak], end=t[peak]),
                shot=scene.shot_at(start[peak]),
                words=f"Here {number(share[peak])} of the fine texture, on a scale to 1, is drawn anew.",
                picture=self._shown(peak),
            )

    def _shown(self, peak: int) -> Blob:
        """The place that changes most, before and after, enlarged."""
        import cv2

        row, column, rows, columns = (self._read[name][peak] for name in ("row", "column", "rows", "columns"))
        parts = []
        for frame in frames_at(self.clip, (self._read["start"][peak], self._read.t[peak]), LINES):
            picture = frame.rgb(LINES)
            high, wide = picture.shape[:2]
            y, x = int((row + 0.5) / rows * high), int((column + 0.5) / columns * wide)
            top, left = (max(0, min(n - 2 * BLOCK, size - 4 * BLOCK)) for n, size in ((y, high), (x, wide)))
            part = picture[top : top + 4 * BLOCK, left : left + 4 * BLOCK]
            parts.append(cv2.resize(part, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST))
        return self.ledger.put_picture(np.concatenate(parts, axis=1), "the same place before and after")
