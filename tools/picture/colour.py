"""Colour: how saturated, what cast, whether the cast drifts within a shot, how the grade changes from shot to shot.

All in CIE L*a*b* under D65; one unit is about one just noticeable difference between large patches. A cast is a fact,
not a fault: a sunset has one by right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.change import ENOUGH, Anchor, change, typical
from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.light import hue_name, lab, linear
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._look import pair_at, without_bars
from evalverse.tools.picture._palette import Swatch, dominant, strip
from evalverse.tools.picture._shots import mean_over_time, readings, worst
from evalverse.tools.picture._track import Indices, Track, fitted, inside, path, within

SLACK = 0.5
"""L*a*b* units; see :func:`evalverse.tools.change.typical`."""
RATE = 4
"""Pictures a second that are described in full; drift is followed on every frame."""
DARKEST, BRIGHTEST = 15.0, 95.0
"""L* between which a pixel's colour means something."""
NEUTRAL_QUANTILE = 0.25
SHORTEST = 1.0
SLOW = 1.6
"""Seconds of the running straight line that drift is read from."""
CAST_SHOWS = 3.0
"""L*a*b* units from zero below which nobody sees a cast."""
PALETTE_PIXELS = 128
MOMENTS = 3


def describe(colours: NDArray[np.float32]) -> tuple[float, ...]:
    """(mean L*, mean a*, mean b*, mean chroma, cast a*, cast b*) of pixels (N, 3) in Lab; the cast may be nan.

    The cast is the mean a*b* of the least colourful quarter of those pixels that are neither dark nor bright: what
    ought to be grey.
    """
    chroma = np.hypot(colours[:, 1], colours[:, 2])
    lit = (colours[:, 0] > DARKEST) & (colours[:, 0] < BRIGHTEST)
    cast = (np.nan, np.nan)
    if lit.mean() > 0.05:
        grey = lit & (chroma <= np.quantile(chroma[lit], NEUTRAL_QUANTILE))
        cast = tuple(colours[grey, 1:].mean(0))
    return (*map(float, colours.mean(0)), float(chroma.mean()), *map(float, cast))


def cast_words(a: float, b: float, size: str) -> str:
    """A cast in words."""
    if np.hypot(a, b) < CAST_SHOWS:
        return f"The least colourful parts of the picture are neutral (off by {size})."
    return f"The least colourful parts of the picture lean towards {hue_name(a, b)} (off by {size})."


@register
class Colour(Operator):
    """Saturation, cast, drift of colour, grade and palette."""

    name, version, title = "colour", "1", "Colour"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 1.5
    measures = (
        Measure(
            name="saturation",
            title="Saturation",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Mean chroma C*ab of the picture without black bars, averaged over time: 0 is black and white, "
            "about 10 muted, 30 colourful, 60 garish.",
            source="CIE 1976 L*a*b*",
        ),
        Measure(
            name="cast",
            title="Colour cast",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Distance from zero of the mean a*b* of the least colourful quarter of the lit pixels "
            "(L* 15..95), averaged over time. The words name its direction.",
            source="after Gasparini and Schettini 2004, near neutral objects",
        ),
        Measure(
            name="cast_drift",
            title="Colour drift within a shot",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Within a shot, the farthest that the a*b* of the same (motion-compensated) blocks strays from "
            "where it began, summed from frame to frame and smoothed by running lines of 1.6 s. The clip takes its "
            "worst shot.",
            source="colour space: CIE 1976 L*a*b*",
        ),
        Measure(
            name="grade_change",
            title="Change of grade at cuts",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Distance in L*a*b* between the mean colours of neighbouring shots (1 s on either side of the "
            "cut); the clip takes the largest.",
            source="colour space: CIE 1976 L*a*b*",
        ),
        Measure(
            name="palette",
            title="Palette",
            unit="colours",
            low=1,
            direction=Direction.NEUTRAL,
            definition="Effective number of dominant colours: the inverse Simpson index of the shares of k-means "
            "clusters in L*a*b*, clusters closer than 12 units joined.",
            source="colour space: CIE 1976 L*a*b*; index: Simpson 1949, Measurement of diversity",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks = Track("L", "a", "b", "chroma", "cast_a", "cast_b")
        self._steps = Track("a", "b")
        self._anchor = Anchor()
        self._anchors: list[tuple[float, float, NDArray[np.float64]]] = []
        self._pixels: list[NDArray[np.float16]] = []

    def see(self, frame: Frame) -> None:
        changed = change(frame)
        step = typical((lab(changed.after) - lab(changed.before))[..., 1:], changed, SLACK)[0] if changed else (0, 0)
        self._steps.add(frame.seconds, *step)
        since = self._anchor.see(frame)
        if since is not None and since.still.mean() >= ENOUGH:
            step, _ = typical((lab(since.after) - lab(since.before))[..., 1:], since, SLACK)
            self._anchors.append((frame.seconds - since.seconds, frame.seconds, step))
        if len(self._looks) == 0 or frame.seconds >= self._looks.last + 1 / RATE - 1e-4:
            self._describe(frame)

    def _describe(self, frame: Frame) -> None:
        rows, columns = without_bars(frame.grey(FLOW_HEIGHT))
        colours = lab(linear(frame.rgb(FLOW_HEIGHT)[rows, columns][::2, ::2])).reshape(-1, 3)
        self._looks.add(frame.seconds, *describe(colours))
        self._pixels.append(colours[:: max(1, len(colours) // PALETTE_PIXELS)].astype(np.float16))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._looks.t
        shown = [(shot, within(t, shot)) for shot in scene.shots]
        shown = [(shot, chosen) for shot, chosen in shown if len(chosen)]
        if not shown:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        chroma = self._looks["chroma"]
        yield from readings(
            self,
            scene,
            "saturation",
            [(shot, chroma[chosen].mean()) for shot, chosen in shown],
            mean_over_time,
            lambda n: f"The mean chroma of the picture is {n}: {_saturation_word(float(n))}.",
            curve=self.curve("saturation", t, chroma),
        )
        yield from self._cast(scene, shown)
        yield from self._drift(scene)
        yield from self._grades(scene)
        yield from self._palette(scene, shown)

    def _cast(self, scene: Scene, shown: Sequence[tuple[Shot, Indices]]) -> Iterator[Evidence]:
        both = np.stack([self._looks["cast_a"], self._looks["cast_b"]], -1)
        told = [(shot, both[chosen][np.isfinite(both[chosen, 0])]) for shot, chosen in shown]
        casts = [(shot, lean.mean(0)) for shot, lean in told if len(lean)]
        if not casts:
            yield self.could_not("cast", "the picture is too dark or too bright for its colour to mean anything")
            return
        weights = np.array([max(shot.span.seconds, 1e-6) for shot, _ in casts])
        a, b = np.average([lean for _, lean in casts], axis=0, weights=weights)
        size = float(np.hypot(a, b))
        direction = hue_name(a, b) if size >= CAST_SHOWS else "none"
        yield self.found("cast", size, words=cast_words(a, b, number(size)), direction_of_cast=direction)
        if len(scene.shots) > 1:
            for shot, (a, b) in casts:
                size = float(np.hypot(a, b))
                yield self.found("cast", size, shot=shot, words=cast_words(a, b, number(size)))

    def _drift(self, scene: Scene) -> Iterator[Evidence]:
        t = self._steps.t
        drifts: list[tuple[Shot, float]] = []
        line = np.zeros_like(t)
        for shot in scene.shots:
            chosen = inside(t, scene, shot)
            at = t[chosen]
            if len(chosen) < 5 or np.ptp(at) < SHORTEST:
                continue
            a, b = (
                fitted(path(self._steps[name][chosen], at, [(s, e, by[k]) for s, e, by in self._anchors]), at, SLOW, 1)
                for k, name in enumerate("ab")
            )
            line[chosen] = np.hypot(a - a[0], b - b[0])
            drifts.append((shot, float(line[chosen].max())))
        yield from readings(
            self,
            scene,
            "cast_drift",
            drifts,
            worst,
            lambda n: f"Within a shot, the colour of the same things drifts by up to {n} units of Lab.",
            absent="no shot is a second long",
            curve=self.curve("cast_drift", t, line),
        )

    def _grades(self, scene: Scene) -> Iterator[Evidence]:
        if len(scene.shots) < 2:
            yield self.could_not("grade_change", "the clip has a single shot")
            return
        t = self._looks.t
        means = np.stack([self._looks[name] for name in ("L", "a", "b")], -1)
        changes: list[tuple[float, Shot, NDArray[np.float64]]] = []
        for before, after in pairwise(scene.shots):
            cut = after.span.start
            old = within(t, before)
            old = old[t[old] >= min(cut - 1, t[old].max())] if len(old) else old
            new = within(t, after)
            new = new[t[new] <= max(cut + 1, t[new].min())] if len(new) else new
            if len(old) and len(new):
                step = means[new].mean(0) - means[old].mean(0)
                changes.append((float(np.linalg.norm(step)), after, step))
        if not changes:
            yield self.could_not("grade_change", "no cut shows a frame on both of its sides")
            return
        changes.sort(key=lambda c: -c[0])
        size = changes[0][0]
        yield self.found("grade_change", size, words=f"At the boldest cut the mean colour changes by {number(size)}.")
        for size, shot, (lightness, a, b) in changes[:MOMENTS]:
            cut = shot.span.start
            warmth = "warmer" if b > 0 else "cooler"
            yield self.found(
                "grade_change",
                size,
                span=Span(start=cut, end=cut),
                shot=shot,
                words=f"At this cut the mean colour changes by {number(size)}: the picture turns "
                f"{'brighter' if lightness > 0 else 'darker'} and {warmth}.",
                picture=pair_at(self, cut - 0.08, cut + 0.08, "before and after the cut"),
                lightness=round(float(lightness), 2),
                a=round(float(a), 2),
                b=round(float(b), 2),
            )

    def _palette(self, scene: Scene, shown: Sequence[tuple[Shot, Indices]]) -> Iterator[Evidence]:
        by_shot = [dominant(np.concatenate([self._pixels[i] for i in chosen])) for _, chosen in shown]
        whole = dominant(np.concatenate([self._pixels[i] for _, chosen in shown for i in chosen]))
        seconds = [shot.span.seconds for shot, _ in shown]
        picture: Blob = self.ledger.put_picture(strip(by_shot, seconds), "dominant colours, shot by shot")
        count = effective(whole)
        yield self.found(
            "palette",
            count,
            words=f"The picture lives on about {number(count)} colours.",
            picture=picture,
            colours=_told(whole),
        )
        if len(scene.shots) > 1:
            for (shot, _), swatches in zip(shown, by_shot, strict=True):
                count = effective(swatches)
                words = f"The shot lives on about {number(count)} colours."
                yield self.found("palette", count, shot=shot, words=words, colours=_told(swatches))


def effective(swatches: Sequence[Swatch]) -> float:
    """Effective number of colours: 1 for one colour, n for n equal shares."""
    return float(1 / np.sum(np.square([s.share for s in swatches])))


def _told(swatches: Sequence[Swatch]) -> list[dict[str, Any]]:
    return [{"hex": s.hex, "share": round(100 * s.share, 1)} for s in swatches]


def _saturation_word(chroma: float) -> str:
    for limit, word in ((3, "nearly black and white"), (12, "muted"), (25, "natural"), (45, "colourful")):
        if chroma < limit:
            return word
    return "garish"
