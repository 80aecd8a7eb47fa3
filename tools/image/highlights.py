"""Highlights: how much of the picture glints, how broad and how sharp the glints are, and whether they slide.

A polished or wet thing mirrors its lights in small glints with hard edges, a rough one spreads them. A glint belongs to
the view, not to the thing: when the thing turns, it slides over the surface; one that rides along is paint. Small
lamps, sequins, snow and white patterns look like glints.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT, quick_median
from evalverse.tools.image._pairs import Pacer, Pair, pair
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.sample import frame_at
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import within

LINES = 288
BROADEST = 0.06
"""Of the height: what is broader is a surface, not a glint."""
RISE, BRIGHT = 35, 150
"""8-bit luma by which a glint stands out from what surrounds it, and that it reaches at least."""
COLOUR = 60
"""8-bit spread of red, green and blue up to which a glint shows the colour of its light, not that of the thing."""
GAP = 0.06
"""Seconds between two looks at least; they come ten times a second."""
FEWEST_PIXELS, MOST = 4, 40
"""Pixels of a glint at least; glints of a frame that are followed, the largest ones."""
MOVING = 0.004
"""Picture heights that the surface must move between two looks for sliding to show."""
NEAR = 0.02
"""Picture heights from where the surface would carry it within which a glint is found again."""
RING = 5
"""Pixels around a glint that stand for its surface."""
FEWEST = 12
"""Glints that must have been followed before sliding is told."""


class Glint(NamedTuple):
    """One glint: its centre (x + iy) and width in picture heights, and the width of its edge in pixels."""

    at: complex
    width: float
    edge: float


def glints(picture: RGB) -> tuple[list[Glint], float]:
    """The largest glints of a picture (h, w, 3), and the share of the picture that all of them cover."""
    import cv2

    high, wide = picture.shape[:2]
    if min(high, wide) < 2 * RING:
        return [], 0.0
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    size = max(3, round(BROADEST * high)) | 1
    above = cv2.morphologyEx(luma, cv2.MORPH_TOPHAT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    red, green, blue = cv2.split(picture)  # numpy takes ten times as long over an axis of three
    plain = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)) < COLOUR
    mask = ((above > RISE) & (luma > BRIGHT) & plain).astype(np.uint8)
    count, _, stats, centres = cv2.connectedComponentsWithStats(mask)
    order = sorted(range(1, count), key=lambda k: -int(stats[k, cv2.CC_STAT_AREA]))[:MOST]
    slopes = [cv2.Sobel(luma, cv2.CV_32F, *axis) / 8 for axis in ((1, 0), (0, 1))]
    found = []
    for k in order:
        left, top, across, down, area = (int(v) for v in stats[k])
        if area < FEWEST_PIXELS:
            break
        part = (slice(max(0, top - 2), top + down + 2), slice(max(0, left - 2), left + across + 2))
        rise, steepest = float(above[part].max()), float(np.hypot(*(slope[part] for slope in slopes)).max())
        at = complex(float(centres[k][0]), float(centres[k][1])) / high
        found.append(Glint(at, float(np.sqrt(4 * area / np.pi)) / high, rise / max(steepest, 1e-3)))
    return found, float(mask.mean())


def slides(before: list[Glint], after: list[Glint], moved: Pair) -> list[float]:
    """How far each glint that is found again slid over its surface, as a share of the surface's own way.

    Args:
        before, after: glints of two frames.
        moved: the flow between them; a ring around each glint of ``before`` tells where its surface went.
    """
    high, wide = moved.before.shape
    places = np.array([g.at for g in after])
    found = []
    for glint in before:
        middle, reach = glint.at * high, glint.width * high / 2 + RING
        rows, columns = (
            slice(max(0, int(at - reach)), min(size, int(at + reach) + 2))
            for at, size in ((middle.imag, high), (middle.real, wide))
        )
        y, x = np.ogrid[rows, columns]
        away = np.hypot(x - middle.real, y - middle.imag) - glint.width * high / 2
        ring = (away > 1) & (away < RING)
        if not ring.any() or not len(places):
            continue
        step = quick_median(moved.forward[rows, columns][ring]) / high
        way = complex(float(step[0]), float(step[1]))
        apart = np.abs(places - glint.at - way)
        nearest = int(apart.argmin())
        if abs(way) > MOVING and apart[nearest] < NEAR and 0.5 < after[nearest].width / glint.width < 2:
            found.append(float(apart[nearest]) / abs(way))
    return found


@register
class Highlights(Operator):
    """Glints: how many, how broad, how sharp, and whether they slide."""

    name, version, title = "highlights", "1", "Highlights"
    needs = Needs(picture=Picture(height=LINES, rate=10.0))
    cost = 2.0
    measures = (
        Measure(
            name="share",
            title="Picture that glints",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition=f"Share of the picture ({LINES} lines) in spots up to {100 * BROADEST:g} % of its height broad, "
            f"{RISE} of 255 brighter than what surrounds them, {BRIGHT} at least and nearly without colour; averaged "
            "over time.",
        ),
        Measure(
            name="size",
            title="Width of glints",
            unit="% of height",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Diameter of the circle of a glint's area, median over glints: small on polished, broad on "
            "rough surfaces; averaged over time.",
        ),
        Measure(
            name="edge",
            title="Width of the edges of glints",
            unit="pixels",
            low=0,
            direction=Direction.NEUTRAL,
            definition=f"Height of a glint above its surroundings over its steepest slope, at {LINES} lines, median "
            "over glints: about 2 on polished surfaces in focus; averaged over time.",
        ),
        Measure(
            name="slide",
            title="Glints that slide",
            unit="times",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Where a surface moves, how far its glints move apart from it in 0.1 s, over its own way, "
            "median: 0 rides along like paint, 1 stays where it is while the surface passes beneath.",
            source="specular motion: Blake and Bulthoff 1990",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._pacer = Pacer(gap=GAP, height=FLOW_HEIGHT)
        self._before: list[Glint] = []
        self._rows: dict[str, list[tuple[float, float]]] = {m.name: [] for m in self.measures}

    def see(self, frame: Frame) -> None:
        found, share = glints(frame.rgb(LINES))
        self._rows["share"].append((frame.seconds, 100 * share))
        for glint in found:
            self._rows["size"].append((frame.seconds, 100 * glint.width))
            self._rows["edge"].append((frame.seconds, glint.edge))
        then = self._pacer.see(frame)
        if then is not None and self._before and found:
            moved = slides(self._before, found, pair(frame, then))
            self._rows["slide"] += [(frame.seconds, value) for value in moved]
        self._before = found

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        words = {
            "share": "{} % of the picture glints.",
            "size": "Glints are {} % of the picture's height broad.",
            "edge": "The edges of glints are {} pixels wide.",
            "slide": "Glints slide over moving surfaces by {} of the way that these move.",
        }
        for measure in self.measures:
            name = measure.name
            rows = np.array(self._rows[name], np.float64).reshape(-1, 2)
            values: list[tuple[Shot, float]] = []
            for shot in scene.shots:
                chosen = rows[within(rows[:, 0], shot), 1]
                if len(chosen) >= (FEWEST if name == "slide" else 1):
                    values.append((shot, float(np.mean(chosen) if name == "share" else np.median(chosen))))
            absent = "too few glints lie on surfaces that move" if name == "slide" else "nothing in the picture glints"
            curve = self.curve(name, *_per_time(rows)) if values else None
            yield from readings(self, scene, name, values, mean_over_time, words[name].format, absent, curve)
        most = max(self._rows["share"], key=lambda row: row[1], default=(0.0, 0.0))
        if most[1] > 0:
            yield self.found(
                "share",
                most[1],
                span=Span(start=most[0], end=most[0]),
                shot=scene.shot_at(most[0]),
                words=words["share"].format(number(most[1])),
                picture=self._shown(most[0]),
                seconds=round(most[0], 4),
            )

    def _shown(self, seconds: float) -> Blob:
        """The frame with its glints ringed."""
        import cv2

        picture = frame_at(self.clip, seconds, LINES).rgb(LINES).copy()
        high = picture.shape[0]
        for glint in glints(picture)[0]:
            centre = (round(glint.at.real * high), round(glint.at.imag * high))
            cv2.circle(picture, centre, round(glint.width * high / 2) + 3, (255, 60, 60), 1)
        return self.ledger.put_picture(picture, f"glints at {number(seconds)} s")


def _per_time(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (K,) and the median (K,) of the values (N, 2) at each of them."""
    t = np.unique(rows[:, 0])
    return t, np.array([np.median(rows[rows[:, 0] == at, 1]) for at in t])
