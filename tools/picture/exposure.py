"""Exposure: how bright, what is burnt out or crushed, and whether brightness drifts or pumps within a shot.

Drift and pumping are read from how the light of the same things changes, with motion taken out
(:mod:`evalverse.tools.change`), so that a pan towards a window is not an exposure fault. It cannot know whether a
lamp or a camera caused a change: fire, lightning and passing headlights pump too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.change import ENOUGH, Anchor, change, typical
from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._look import picture_at, without_bars
from evalverse.tools.picture._shots import mean_over_time, readings, worst
from evalverse.tools.picture._track import (
    Indices,
    Series,
    Track,
    excursions,
    fitted,
    inside,
    path,
    smooth,
    within,
    worst_span,
)

WHITE, BLACK = 250, 5
"""8-bit luma from which on a pixel holds no highlight detail, and up to which it holds no shadow detail."""
SLACK = 0.02
"""Stops; see :func:`evalverse.tools.change.typical`."""
SWING = 1.7
"""Seconds within which pumping comes back: half a period at 0.3 Hz."""
SLOW = 1.6
"""Seconds of the running straight line that drift is read from."""
FASTEST = 0.12
"""Seconds of smoothing: swings above about 4 Hz are flicker, not pumping."""
SHORTEST = 1.0
"""Seconds of picture below which neither drift nor pumping can be told."""
VISIBLE = 0.1
"""Stops of swing that a viewer notices on a still scene."""
LOCAL = 2.0
"""% of the picture clipped in one frame from which on that moment is pointed at."""
MOMENTS = 3
TOO_SHORT = "no shot shows a second of picture between its transitions"


def levels(grey: NDArray[np.uint8]) -> tuple[float, float, float]:
    """(mean luma 0..1, % of pixels burnt out, % crushed) of an (h, w) picture."""
    counts = np.bincount(grey.ravel(), minlength=256) / grey.size
    mean = float(counts @ np.arange(256)) / 255
    return mean, 100 * float(counts[WHITE:].sum()), 100 * float(counts[: BLACK + 1].sum())


def drift(line: Series, t: Series) -> float:
    """Range in stops of the slow part of an exposure path (N,)."""
    return float(np.ptp(fitted(line, t, SLOW, 1)))


def pumping(line: Series, t: Series) -> Series:
    """(N,) swing in stops around each time: how far the exposure path moves and comes back."""
    bumps, dips = excursions(smooth(line, t, FASTEST), t, SWING)
    return np.maximum(bumps, dips)


@register
class Exposure(Operator):
    """Level, clipping, drift and pumping of exposure."""

    name, version, title = "exposure", "1", "Exposure"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 3.0
    measures = (
        Measure(
            name="mean_luma",
            title="Brightness",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Mean luma (BT.601, gamma-encoded) of the picture without black bars, averaged over time.",
            source="luma: ITU-R BT.601",
        ),
        Measure(
            name="clipped_high",
            title="Burnt-out highlights",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="Pixels at 250/255 luma or above at 144 lines, mean over a shot; the clip takes its worst shot.",
            source="luma: ITU-R BT.601",
        ),
        Measure(
            name="clipped_low",
            title="Crushed shadows",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="Pixels at 5/255 luma or below at 144 lines, without black bars, fades and dissolves, mean over "
            "a shot; the clip takes its worst shot.",
            source="luma: ITU-R BT.601",
        ),
        Measure(
            name="drift",
            title="Exposure drift",
            unit="stops",
            low=0,
            direction=Direction.LOWER,
            definition="Within a shot, range of the exposure path, smoothed by running lines of 1.6 s. The path sums, "
            "frame by frame, log2 of the luminance ratio of the same (motion-compensated) blocks, linearised after "
            "sRGB, robust mean; fades and dissolves are left out. The clip takes its worst shot.",
            source="linear light: IEC 61966-2-1 (sRGB)",
        ),
        Measure(
            name="pumping",
            title="Exposure pumping",
            unit="stops",
            low=0,
            direction=Direction.LOWER,
            definition="Within a shot, how far the exposure path (see drift) rises or falls and comes back within "
            "1.7 s (top-hat transform; about 0.3 to 4 Hz), peak to peak, 90th percentile over time. The clip takes "
            "its worst shot.",
            source="linear light: IEC 61966-2-1 (sRGB); top-hat transform, Serra 1982",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._levels = Track("luma", "high", "low")
        self._steps = Track("stops", "seen")
        self._anchor = Anchor()
        self._anchors: list[tuple[float, float, float]] = []

    def see(self, frame: Frame) -> None:
        grey = frame.grey(FLOW_HEIGHT)
        self._levels.add(frame.seconds, *levels(grey[without_bars(grey)]))
        changed = change(frame)
        stops, seen = typical(changed.stops, changed, SLACK) if changed else (np.zeros(1), 0.0)
        self._steps.add(frame.seconds, float(stops[0]), seen)
        since = self._anchor.see(frame)
        if since is not None and since.still.mean() >= ENOUGH:
            stops, _ = typical(since.stops, since, SLACK)
            self._anchors.append((frame.seconds - since.seconds, frame.seconds, float(stops[0])))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, luma = self._levels.t, self._levels["luma"]
        if len(t) == 0:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        shown = [(shot, within(t, shot)) for shot in scene.shots]
        shown = [(shot, chosen) for shot, chosen in shown if len(chosen)]
        yield from readings(
            self,
            scene,
            "mean_luma",
            [(shot, luma[chosen].mean()) for shot, chosen in shown],
            mean_over_time,
            lambda n: f"The picture's mean brightness is {n} on a scale from 0 (black) to 1 (white).",
            curve=self.curve("mean_luma", t, luma),
        )
        proper = [(shot, chosen) for shot, _ in shown if len(chosen := inside(t, scene, shot))]
        for measure, column, what in (
            ("clipped_high", "high", "burnt out to white"),
            ("clipped_low", "low", "crushed to black"),
        ):
            share = self._levels[column]
            yield from readings(
                self,
                scene,
                measure,
                [(shot, share[chosen].mean()) for shot, chosen in proper],
                worst,
                lambda n, what=what: f"{n} % of the picture is {what}.",  # type: ignore[misc]
                absent="nothing but fades and dissolves",
                curve=self.curve(measure, t, share),
            )
            yield from self._worst_moment(scene, measure, share, t, what)
        yield from self._changes(scene, t, proper)

    def _worst_moment(self, scene: Scene, measure: str, share: Series, t: Series, what: str) -> Iterator[Evidence]:
        worst_at = int(share.argmax())
        if share[worst_at] < LOCAL:
            return
        span = worst_span(share, t, share[worst_at] / 2)
        if span is not None:
            yield self.found(
                measure,
                share[worst_at],
                span=span,
                shot=scene.shot_at(float(t[worst_at])),
                words=f"{number(share[worst_at])} % of the picture is {what} at its worst.",
                picture=picture_at(self, float(t[worst_at]), what),
            )

    def _changes(self, scene: Scene, t: Series, proper: Sequence[tuple[Shot, Indices]]) -> Iterator[Evidence]:
        """Drift and pumping of the shots that are long enough."""
        drifts: list[tuple[Shot, float]] = []
        pumps: list[tuple[Shot, float]] = []
        moments: list[tuple[float, Evidence]] = []
        whole, swing = np.zeros_like(t), np.zeros_like(t)
        for shot, chosen in proper:
            at = t[chosen]
            if len(chosen) < 5 or np.ptp(at) < SHORTEST:
                continue
            line = path(self._steps["stops"][chosen], at, self._anchors)
            pumped = pumping(line, at)
            whole[chosen], swing[chosen] = line, pumped
            drifts.append((shot, drift(line, at)))
            pumps.append((shot, float(np.percentile(pumped, 90))))
            span = worst_span(pumped, at, VISIBLE)
            if span is not None:
                peak = float(pumped.max())
                moments.append((peak, self._pumped(shot, span, peak)))
        yield from readings(
            self,
            scene,
            "drift",
            drifts,
            worst,
            lambda n: f"Within a shot, the exposure of the same things drifts by up to {n} stops.",
            absent=TOO_SHORT,
            curve=self.curve("drift", t, whole),
        )
        yield from readings(
            self,
            scene,
            "pumping",
            pumps,
            worst,
            lambda n: f"Within a shot, exposure swings and comes back by {n} stops.",
            absent=TOO_SHORT,
            curve=self.curve("pumping", t, swing),
        )
        yield from (moment for _, moment in sorted(moments, key=lambda m: -m[0])[:MOMENTS])

    def _pumped(self, shot: Shot, span: Span, peak: float) -> Evidence:
        words = f"Exposure swings and comes back by {number(peak)} stops."
        return self.found("pumping", peak, span=span, shot=shot, words=words)
