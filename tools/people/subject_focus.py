"""Subject focus: whether eyes and brows of people are sharp, sharper than what surrounds them, and stay so.

The width of edges tells focus without knowing what is drawn. Closed eyes, fast heads and soft-focus filters widen it
too. It looks at faces only: what else may be the subject of a shot it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Scene, Shot, register
from evalverse.tools.people._base import LOOKS, OnPeople
from evalverse.tools.people._looking import drawn, shots_of
from evalverse.tools.people._models import SIDE, heads, look_height
from evalverse.tools.people.heads import Head, joined
from evalverse.tools.picture._shots import mean_over_time, readings, worst

Series = NDArray[np.float64]

EYES = (0.05, 0.10, 0.95, 0.55)
"""Left, top, right and bottom of eyes and brows in a head's box."""
AROUND = (-1.0, -0.5, 2.0)
"""Left, top and right of what belongs to the person, in sizes of the box; it reaches down to the lower edge."""
STRONGEST, LEAST = 90, 1.5
"""Percentile of the gradients around the eyes from which on they count as edges, and 8-bit luma per pixel."""
OTHERS = 4.0
"""8-bit luma per pixel from which on a gradient elsewhere counts as an edge."""
FEWEST, FEWEST_OTHERS = 10, 200
SMALLEST = 40
"""Pixels of a head's box below which its focus is not read."""
SEVERAL = 2
"""Heads that are looked at in one picture, the surest ones."""
SHORTEST = 2.0
"""Seconds of a face below which nothing is said about steadiness."""
SOFT = 2.2
"""Pixels from which on the softest moment is shown."""
CONFIDENCE = 0.7


class Look(NamedTuple):
    """Width of the edges around the eyes, and elsewhere (nan where there are none), in pixels."""

    eyes: float
    others: float


def edge_widths(grey: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(h, w) width in pixels of the edge at every place of a picture (h, w), and its gradient there.

    From the ratio of the gradients before and after a blur of one pixel (Zhuo and Sim 2011).
    """
    import cv2

    plane = grey.astype(np.float32)
    soft = cv2.GaussianBlur(plane, (0, 0), 1.0)
    before, after = (
        np.hypot(cv2.Sobel(p, cv2.CV_32F, 1, 0), cv2.Sobel(p, cv2.CV_32F, 0, 1)) / 8 for p in (plane, soft)
    )
    ratio = before / np.maximum(after, 1e-3)
    width = np.where(ratio > 1.0001, 1 / np.sqrt(np.maximum(ratio**2 - 1, 1e-6)), 20.0)
    return np.asarray(width, np.float32), np.asarray(before, np.float32)


def look(grey: NDArray[np.uint8], head: Head) -> Look | None:
    """Focus of one head in a picture (h, w); None where no edge is to be seen around the eyes."""
    high, wide = grey.shape
    left, top, width, height = (value * high for value in head.box)

    def part(x0: float, y0: float, x1: float, y1: float) -> tuple[slice, slice]:
        rows, columns = (top + y0 * height, top + y1 * height), (left + x0 * width, left + x1 * width)
        return slice(*(int(np.clip(v, 0, high)) for v in rows)), slice(*(int(np.clip(v, 0, wide)) for v in columns))

    widths, steps = edge_widths(grey)
    eyes = part(*EYES)
    here = steps[eyes]
    if here.size < FEWEST:
        return None
    edges = here > max(float(np.percentile(here, STRONGEST)), LEAST)
    if edges.sum() < FEWEST:
        return None
    elsewhere = steps > OTHERS
    elsewhere[part(AROUND[0], AROUND[1], AROUND[2], high / max(height, 1e-6))] = False
    enough = elsewhere.sum() >= FEWEST_OTHERS
    return Look(float(np.median(widths[eyes][edges])), float(np.median(widths[elsewhere])) if enough else float("nan"))


@register
class SubjectFocus(OnPeople):
    """Focus on the eyes, against the surroundings and over time."""

    name, version, title = "subject_focus", "1", "Focus on people"
    needs = Needs(picture=LOOKS, after=("shot_cutter",))
    cost = 1.5
    measures = (
        Measure(
            name="softness",
            title="Softness of the eyes",
            unit="pixels",
            low=0,
            direction=Direction.LOWER,
            definition=f"Width (standard deviation) of the strongest tenth of the edges of eyes and brows, in a "
            f"picture whose shorter side is {SIDE} pixels (smaller ones at their own size): median over edges, then "
            "over time, of the face that is seen longest in a shot. The clip takes its worst shot.",
            source="Zhuo and Sim 2011 (edge blur)",
        ),
        Measure(
            name="over_rest",
            title="Eyes sharper than the rest",
            unit="octaves",
            direction=Direction.NEUTRAL,
            definition="Width of the edges of what does not belong to the person over that of the eyes, in powers of "
            "two, likewise; positive: the eyes are sharper. The clip averages its shots by time.",
            source="Zhuo and Sim 2011 (edge blur)",
        ),
        Measure(
            name="lost",
            title="Focus lost on a face",
            unit="octaves",
            low=0,
            direction=Direction.LOWER,
            definition="90th over 10th percentile over time of the width of a face's edges, smoothed over three "
            "looks, in powers of two. The clip takes its worst shot.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._read: dict[Head, Look] = {}

    def see(self, frame: Frame) -> None:
        found = heads(frame)
        self._looks.append((frame.seconds, found))
        grey = frame.grey(look_height(frame))
        for head in found[:SEVERAL]:
            if head.size * grey.shape[0] >= SMALLEST and (read := look(grey, head)) is not None:
                self._read[head] = read

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        told = [(shot, *found) for shot in shots_of(scene) if (found := self._longest(scene, shot)) is not None]
        if not told:
            yield from self.could_not_at_all("no head is large enough for its eyes to be read")
            return
        eyes = [(shot, float(np.median(widths))) for shot, _, widths, _ in told]
        words = "The edges of eyes and brows are {} pixels wide."
        t = np.concatenate([seconds for _, seconds, _, _ in told])
        widths = np.concatenate([each for _, _, each, _ in told])
        yield from readings(self, scene, "softness", eyes, worst, words.format, curve=self.curve("softness", t, widths))
        softest = int(widths.argmax())
        if max(value for _, value in eyes) >= SOFT:
            yield self.found(
                "softness",
                float(widths[softest]),
                span=Span(start=float(t[softest]), end=float(t[softest])),
                shot=scene.shot_at(float(t[softest])),
                words=words.format(number(float(widths[softest]))),
                confidence=CONFIDENCE,
                picture=self._shown(float(t[softest])),
            )
        apart = [
            (shot, float(np.median(np.log2(rest[seen] / widths[seen]))))
            for shot, _, widths, rest in told
            if (seen := np.isfinite(rest)).any()
        ]
        words = "The eyes are {} octaves sharper than what surrounds the person."
        absent = "beside the person there are too few edges"
        yield from readings(self, scene, "over_rest", apart, mean_over_time, words.format, absent)
        lost = [(shot, _lost(widths)) for shot, t, widths, _ in told if len(t) > 4 and np.ptp(t) >= SHORTEST]
        words = "On a face, focus strays by {} octaves."
        yield from readings(self, scene, "lost", lost, worst, words.format, f"no face is seen for {number(SHORTEST)} s")

    def _longest(self, scene: Scene, shot: Shot) -> tuple[Series, Series, Series] | None:
        """Times, widths around the eyes and elsewhere (K,) of the face of ``shot`` that could be read most often."""
        best: Sequence[tuple[float, Look]] = ()
        for track in joined(self._looks, [shot]):
            pairs = zip(track.t, track.heads, strict=True)
            read = [(seconds, self._read[head]) for seconds, head in pairs if head in self._read]
            best = max(best, read, key=len)
        if not best:
            return None
        t = np.array([seconds for seconds, _ in best])
        return t, np.array([each.eyes for _, each in best]), np.array([each.others for _, each in best])

    def _shown(self, seconds: float) -> Blob:
        """The softest face, enlarged."""
        import cv2

        _, found = min(self._looks, key=lambda each: abs(each[0] - seconds))
        head = max((each for each in found if each in self._read), key=lambda each: self._read[each].eyes)

        def draw(picture: RGB) -> RGB:
            left, top, width, height = (round(value * picture.shape[0]) for value in head.box)
            part = picture[max(0, top) : top + height, max(0, left) : left + width]
            return np.asarray(cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), np.uint8)

        return drawn(self, seconds, draw, f"the face at {number(seconds)} s")


def _lost(widths: Series) -> float:
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(widths, 3), axis=1)
    low, high = np.percentile(smooth, [10, 90])
    return float(np.log2(high / low))
