"""Looping: footage that comes back to the very frames it has shown, forwards (a loop) or backwards (a boomerang).

Compared are small pictures of the frames, five a second, within shots. A still scene always looks the same and is no
loop: between two sights of a frame the picture must have gone elsewhere. A jump back that shows as a cut
begins another shot and is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Indices, Series, Track, inside

RATE = 5.0
SIZE = (24, 14)
"""Width and height of the small pictures."""
LONGEST_SHOT = 300
"""Small pictures of a shot that are compared; the rest of longer shots is left out."""
SAME = 1.0
"""Mean difference in 8-bit luma, light levelled, that the same frame keeps after coding again."""
ELSEWHERE = 4.0
"""Of the difference found: how much farther off the picture must have been in between."""
TRAVEL = 3.0
"""Mean difference in 8-bit luma that it must have gone away, at least."""
SHORTEST = 0.8
"""Seconds that must come again."""
TOO_SHORT = "no shot is long enough to come back to where it was"


@dataclass(frozen=True)
class Return:
    """A stretch of a shot that shows again what it has shown; seconds."""

    kind: Literal["loop", "boomerang"]
    first: Span
    again: Span


def returns(pictures: NDArray[np.floating], t: Series) -> list[Return]:
    """Loops and boomerangs among small pictures (N, K) at times ``t`` (N,), the longest of each kind."""
    apart = np.stack([np.abs(pictures - one).mean(-1) for one in pictures])  # (N, N)
    size, step = len(t), float(np.median(np.diff(t)))
    least = max(3, round(SHORTEST / step))
    found: list[Return] = []
    best = 0
    for lag in range(least, size - least + 1):  # t and t + lag show the same
        same = _same(apart, np.arange(size - lag), np.arange(lag, size))
        first, count = _longest(same)
        if count >= least and count > best:
            best = count
            spans = [Span(start=t[k], end=t[k + count - 1]) for k in (first, first + lag)]
            found = [Return("loop", *spans)]
    turned = 0
    for middle in range(2 * least, 2 * size - 2 * least):  # t and middle - t show the same
        one = np.arange(max(0, middle - size + 1), (middle + 1) // 2)
        same = _same(apart, one, middle - one)
        first, count = _longest(same)
        k = one[first] if count else 0
        if count >= least and count > turned:
            turned = count
            again = Span(start=t[middle - k - count + 1], end=t[middle - k])
            found = [r for r in found if r.kind == "loop"]
            found.append(Return("boomerang", Span(start=t[k], end=t[k + count - 1]), again))
    return found


def _same(apart: NDArray[np.floating], one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether pictures ``one`` and ``other`` (M,) are the same although the picture went elsewhere in between."""
    near = apart[one, other]
    away = np.array([apart[i, min(i, j) : max(i, j) + 1].max() for i, j in zip(one, other, strict=True)])
    return np.asarray((near < SAME) & (away > np.maximum(TRAVEL, ELSEWHERE * near)))


def _longest(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """(first, count) of the longest stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    if len(edges) == 0:
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    return int(edges[::2][lengths.argmax()]), int(lengths.max())


@register
class Looping(Operator):
    """Loops and boomerangs."""

    name, version, title = "looping", "1", "Looping"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT, rate=RATE))
    cost = 0.3
    measures = (
        Measure(
            name="repeated",
            title="Footage that comes again",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="Share of the time in stretches of at least 0.8 s that show again, forwards or backwards, what "
            "the same shot has shown: small pictures five times a second differ by less than one code value, having "
            "differed by three and four times as much in between. The longest stretch of each kind and shot counts.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._pictures = Track(*(f"p{i}" for i in range(SIZE[0] * SIZE[1])))

    def see(self, frame: Frame) -> None:
        import cv2

        small = cv2.resize(frame.grey(FLOW_HEIGHT), SIZE, interpolation=cv2.INTER_AREA).astype(np.float64)
        self._pictures.add(frame.seconds, *(small - small.mean()).ravel())

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._pictures.t
        told = [(shot, self._shot_pictures(t, scene, shot)) for shot in scene.shots]
        long = [(shot, chosen) for shot, chosen in told if len(chosen) >= 2 * SHORTEST * RATE]
        found = [(shot, returns(self._at(chosen), t[chosen])) for shot, chosen in long]
        values = [(shot, _share(back, shot)) for shot, back in found]
        words = "{} % of the time shows again what the shot has shown."
        curve = None
        if long:
            lines = [(t[chosen], nearest(self._at(chosen), t[chosen])) for _, chosen in long]
            curve = self.ledger.put_curve(
                np.concatenate([at for at, _ in lines]),
                np.concatenate([line for _, line in lines]),
                caption=f"difference from the likest picture {number(SHORTEST)} s or more away, in code values",
            )
        yield from readings(self, scene, "repeated", values, mean_over_time, words.format, TOO_SHORT, curve)
        for shot, back in found:
            for item in back:
                how = "backwards" if item.kind == "boomerang" else "once more"
                yield self.found(
                    "repeated",
                    _share([item], shot),
                    span=item.again,
                    shot=shot,
                    words=f"At {number(item.again.start)} s the footage from {number(item.first.start)} s runs {how}.",
                    picture=pair_at(self, item.first.start, _twin(item), "the same frame twice"),
                    kind=item.kind,
                    first=[round(item.first.start, 4), round(item.first.end, 4)],
                )

    def _shot_pictures(self, t: Series, scene: Scene, shot: Shot) -> Indices:
        return inside(t, scene, shot)[:LONGEST_SHOT]

    def _at(self, chosen: Indices) -> NDArray[np.floating]:
        return np.stack([self._pictures[f"p{i}"][chosen] for i in range(SIZE[0] * SIZE[1])], -1)


def nearest(pictures: NDArray[np.floating], t: Series) -> Series:
    """(N,) mean absolute difference of each small picture (N, P) from the likest one of at least 0.8 s away."""
    from scipy.spatial.distance import cdist

    apart = cdist(pictures, pictures, "cityblock") / pictures.shape[1]
    apart[np.abs(t[:, None] - t) < SHORTEST] = np.inf
    return np.asarray(apart.min(axis=1))


def _share(back: list[Return], shot: Shot) -> float:
    return min(100.0, 100 * sum(item.again.seconds for item in back) / max(shot.span.seconds, 1e-6))


def _twin(item: Return) -> float:
    """When the first frame of the stretch is seen again."""
    return item.again.end if item.kind == "boomerang" else item.again.start
