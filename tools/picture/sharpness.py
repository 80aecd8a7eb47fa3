"""Sharpness: how crisp the sharpest parts are, and whether sharpness is lost, wanders or hunts within a shot.

Measured on the sharpest tenth of the picture, so that a shallow depth of field is not called soft, and only where
things move slowly, so that motion blur is not either. It does not know what should be in focus: a sharp background
behind a soft face passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span
from evalverse.tools.features import block_means, flow
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._look import picture_at
from evalverse.tools.picture._shots import PerShot, mean_over_time, readings, worst
from evalverse.tools.picture._track import Indices, Series, Track, excursions, inside, interval, path, runs, smooth

LINES = 540
"""Lines across the shorter side at which the picture is judged; smaller pictures are enlarged, as a screen would."""
BLUR = 9
"""Taps of the strong low-pass filter of the Crete metric."""
BLOCKS = 9
"""Blocks across the shorter side."""
RELIEF = 3.0
"""Mean difference (8-bit luma) over the blur's width below which a block has nothing to be sharp about."""
FAST = 0.2
"""Frame heights per second above which motion blur is to be expected."""
SHARPEST = 90
"""Percentile of the blocks that stands for the frame."""
SOFT = 0.6
"""Of a shot's upper quartile: frames below it have lost their sharpness."""
HUNT_SECONDS = 2.5
HUNT_DEPTH = 0.3
"""log2 of sharpness that a dip must lose and regain to count as hunting: about a fifth."""
FEWEST_BLOCKS = 6
SHORTEST = 1.0
MOMENTS = 3
TOO_SHORT = "no shot shows a second of picture that is textured and not in fast motion"


def crispness(grey: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(sharpness, steps) of square blocks, nine across the shorter side of an (h, w) picture.

    Sharpness 0..1 is one minus the no-reference blur metric: the share of the steps between neighbouring pixels that
    vanishes when the picture is blurred again, the lesser of the two directions; nan where the picture is flat even
    over the blur's width. ``steps`` is the mean of those steps, in 8-bit luma.
    """
    import cv2

    block = max(1, (min(grey.shape) - 1) // BLOCKS)
    found: list[NDArray[np.float32]] = []
    near: list[NDArray[np.float32]] = []
    far: list[NDArray[np.float32]] = []
    for tall, one, other, ahead, behind in (
        ((1, BLUR), np.s_[1:, 1:], np.s_[:-1, 1:], np.s_[BLUR:, :], np.s_[:-BLUR, :]),
        ((BLUR, 1), np.s_[1:, 1:], np.s_[1:, :-1], np.s_[:, BLUR:], np.s_[:, :-BLUR]),
    ):
        blurred = cv2.blur(grey, tall)
        steps = cv2.absdiff(grey[one], grey[other])
        lost = cv2.subtract(steps, cv2.absdiff(blurred[one], blurred[other]))  # saturates at 0
        near.append(block_means(steps, block))
        found.append(np.asarray(block_means(lost, block) / np.maximum(near[-1], 1e-6), np.float32))
        across = np.zeros_like(grey)
        across[ahead] = cv2.absdiff(grey[ahead], grey[behind])
        far.append(block_means(across[1:, 1:], block))
    crisp = np.minimum(*found)
    crisp[np.maximum(*far) < RELIEF] = np.nan
    return np.asarray(crisp, np.float32), np.maximum(*near)


def sharpest(crisp: NDArray[np.float32], steps: NDArray[np.float32]) -> float:
    """What stands for a frame: the 90th percentile of the blocks with at least half the usual steps; nan if none."""
    known = np.isfinite(crisp)
    if not known.any():
        return float("nan")
    return float(np.percentile(crisp[known & (steps >= 0.5 * steps[known].mean())], SHARPEST))


def step_between(before: NDArray[np.floating], after: NDArray[np.floating]) -> float:
    """log2 of how much sharper the picture became: median over the blocks that have relief in both.

    Place by place, so that something flat that covers part of the picture does not look like a loss of focus.
    """
    both = np.isfinite(before) & np.isfinite(after) & (before > 0) & (after > 0)
    return float(np.median(np.log2(after[both] / before[both]))) if both.sum() >= FEWEST_BLOCKS else 0.0


def hunts(line: Series, t: Series) -> list[tuple[int, int]]:
    """(first, last + 1) of every dip of log2 sharpness (N,) that is lost and regained within 2.5 s."""
    _, dips = excursions(smooth(line, t, 0.3), t, HUNT_SECONDS)
    return [(first, end) for first, end in runs(dips > HUNT_DEPTH / 2) if dips[first:end].max() > HUNT_DEPTH]


@register
class Sharpness(Operator):
    """Sharpness, its loss, its steadiness and hunting focus."""

    name, version, title = "sharpness", "1", "Sharpness"
    needs = Needs(picture=Picture(height=LINES, rate=8))
    cost = 3.0
    measures = (
        Measure(
            name="sharpness",
            title="Sharpness",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="One minus the no-reference blur metric, in blocks of a ninth of the shorter side at 540 lines "
            "(smaller pictures are enlarged to it), 90th percentile of the textured blocks that move slowly, median "
            "over a shot, averaged over time.",
            source="Crete et al. 2007, The blur effect",
        ),
        Measure(
            name="soft_share",
            title="Frames gone soft",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="Of the frames that could be measured, those below 0.6 of their own shot's upper quartile of "
            "sharpness. The clip takes its worst shot.",
        ),
        Measure(
            name="stability",
            title="Steadiness of sharpness",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="Within a shot, 10th percentile of sharpness over its 90th, smoothed over 0.3 s, fast motion "
            "left out; 1 is perfectly steady. The clip takes its worst shot.",
        ),
        Measure(
            name="focus_hunting",
            title="Focus hunting",
            unit="times",
            low=0,
            direction=Direction.LOWER,
            definition="How often the whole picture loses a fifth or more of its sharpness (block by block, "
            "median) and regains it within 2.5 s, inside shots; a change of focus that stays is not counted. The clip "
            "takes the sum.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._crisp = Track("crisp", "step")
        self._before: NDArray[np.float32] | None = None
        self._seen = 0

    def see(self, frame: Frame) -> None:
        import cv2

        self._seen += 1
        shorter = min(frame.width, frame.height)
        scale = LINES / shorter
        size = (round(frame.width * scale), round(frame.height * scale))
        grey = frame.grey(min(size[1], frame.height))
        if scale > 1:
            grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        crisp, detail = crispness(grey)
        moved = flow(frame)
        if moved is not None and moved.seconds > 0:
            speed = np.hypot(moved.vectors[..., 0], moved.vectors[..., 1]) / (moved.vectors.shape[0] * moved.seconds)
            there = block_means(speed, max(1, round(min(speed.shape) / BLOCKS)))
            crisp[cv2.resize(there, crisp.shape[::-1], interpolation=cv2.INTER_NEAREST) > FAST] = np.nan
        level = sharpest(crisp, detail)
        if np.isfinite(level):
            step = 0.0 if self._before is None else step_between(self._before, crisp)
            self._crisp.add(frame.seconds, level, step)
            self._before = crisp

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, crisp = self._crisp.t, self._crisp["crisp"]
        if len(t) == 0:
            reason = "the picture has no texture that stands still" if self._seen else "no frame could be decoded"
            yield from self.could_not_at_all(reason)
            return
        told = [(shot, chosen) for shot in scene.shots if len(chosen := inside(t, scene, shot))]
        yield from readings(
            self,
            scene,
            "sharpness",
            [(shot, float(np.median(crisp[chosen]))) for shot, chosen in told],
            mean_over_time,
            lambda n: f"The sharpest parts of the picture reach {n} on a scale from 0 (blurred) to 1 (crisp).",
            curve=self.curve("sharpness", t, crisp),
        )
        long = [(shot, chosen) for shot, chosen in told if len(chosen) >= 4 and np.ptp(t[chosen]) >= SHORTEST]
        yield from self._soft(scene, t, crisp, long)
        yield from readings(
            self,
            scene,
            "stability",
            [(shot, steadiness(smooth(crisp[chosen], t[chosen], 0.3))) for shot, chosen in long],
            lambda values: min(v for _, v in values),
            lambda n: f"Within a shot, sharpness falls to {n} of its best.",
            TOO_SHORT,
        )
        yield from self._hunting(scene, t, long)

    def _soft(self, scene: Scene, t: Series, crisp: Series, long: Sequence[tuple[Shot, Indices]]) -> Iterator[Evidence]:
        values: list[tuple[Shot, float]] = []
        moments: list[tuple[float, Shot, Span]] = []
        for shot, chosen in long:
            soft = crisp[chosen] < SOFT * np.percentile(crisp[chosen], 75)
            values.append((shot, 100 * float(soft.mean())))
            step = interval(t[chosen])
            for first, end in runs(soft):
                start, stop = float(t[chosen[first]]), float(t[chosen[end - 1]]) + step
                moments.append((stop - start, shot, Span(start=start, end=stop)))
        words = "{} % of the frames are much softer than the rest of their shot."
        yield from readings(self, scene, "soft_share", values, worst, words.format, TOO_SHORT)
        for _, shot, span in sorted(moments, key=lambda m: -m[0])[:MOMENTS]:
            middle = (span.start + span.end) / 2
            yield self.found(
                "soft_share",
                100,
                span=span,
                shot=shot,
                words="Here the picture is much softer than the rest of the shot.",
                picture=picture_at(self, middle, "gone soft"),
            )

    def _hunting(self, scene: Scene, t: Series, long: Sequence[tuple[Shot, Indices]]) -> Iterator[Evidence]:
        step = self._crisp["step"]
        found = [
            (shot, [chosen[first:end] for first, end in hunts(path(step[chosen], t[chosen]), t[chosen])])
            for shot, chosen in long
        ]

        def total(values: PerShot) -> float:
            return sum(v for _, v in values)

        words = "Focus is lost and found again {} times."
        yield from readings(
            self, scene, "focus_hunting", [(shot, len(dips)) for shot, dips in found], total, words.format, TOO_SHORT
        )
        for shot, dips in found:
            for dip in dips[:MOMENTS]:
                span = Span(start=float(t[dip[0]]), end=float(t[dip[-1]]))
                yield self.found("focus_hunting", 1, span=span, shot=shot, words="Focus is lost and comes back here.")


def steadiness(level: Series) -> float:
    """10th over 90th percentile of a level (N,) > 0."""
    low, high = np.percentile(level, [10, 90])
    return float(low / high) if high > 0 else 0.0
