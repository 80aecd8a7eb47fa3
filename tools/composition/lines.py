"""Lines: whether the picture stands straight, and whether its lines lead to the subject.

Straight edges are gathered; what is level or upright in the world should be so in the picture, by one and the same
angle. Perspective tilts level edges seen at a slant, so only an angle that many edges share is told. A canted camera
may be meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.composition._frame import saliency
from evalverse.tools.composition.balance import peak
from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Picture, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import drawn
from evalverse.tools.people._models import heads
from evalverse.tools.people.heads import SURE
from evalverse.tools.picture._look import without_bars
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Track, within

Series = NDArray[np.float64]

HEIGHT, RATE = 270, 2.0
SHORTEST = 0.08
"""Picture heights below which an edge is not counted as a line."""
FARTHEST = 20.0
"""Degrees from level or upright within which a line may be meant to be so."""
KERNEL = 1.5
"""Degrees within which lines agree."""
LEAST, SHARED = 2.0, 0.45
"""Picture heights of edges in all where there is no horizon, and share of them that must agree."""
UPRIGHT, HORIZON = 0.25, 1.0
"""Share of the agreeing edges that must be upright, or picture heights that they must cover of one line."""
ALIGNED = 0.015
"""Picture heights sideways within which pieces make one line."""
RIM = 0.02
"""Picture heights from the frame's edge within which a line belongs to the frame."""
SLANTED = 4.0
"""Degrees from which on a moment is pointed at."""
NEAR = 0.06
"""Picture heights within which a line that is drawn on passes the subject."""


def segments(grey: NDArray[np.uint8]) -> Series:
    """(N, 4) straight edges x0, y0, x1, y1 of an (h, w) picture, in picture heights (probabilistic Hough transform)."""
    import cv2

    high = grey.shape[0]
    middle = float(np.median(grey))
    edges = cv2.Canny(cv2.GaussianBlur(grey, (0, 0), 1.2), 0.5 * middle + 10, middle + 30)
    cv2.setRNGSeed(0)
    found = cv2.HoughLinesP(edges, 1, np.pi / 720, 25, minLineLength=SHORTEST * high, maxLineGap=0.008 * high)
    if found is None:
        return np.zeros((0, 4))
    lines = np.asarray(found, np.float64).reshape(-1, 4) / high
    x, y = lines[:, ::2], lines[:, 1::2]
    right = grey.shape[1] / high
    along = (x < RIM).all(1) | (x > right - RIM).all(1) | (y < RIM).all(1) | (y > 1 - RIM).all(1)
    return np.asarray(lines[~along])


def tilt(lines: Series) -> tuple[float, float] | None:
    """(degrees clockwise by which the world stands askew, share of the lines that say so); None when few agree.

    Slanted level edges alone may be perspective: upright ones must be among them, or one long line, a horizon.
    """
    across, down = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    length = np.hypot(across, down)
    askew = (np.degrees(np.arctan2(down, across)) + 45) % 90 - 45
    chosen = np.abs(askew) <= FARTHEST
    if not chosen.any():
        return None
    askew, length, steep = askew[chosen], length[chosen], np.abs(down[chosen]) > np.abs(across[chosen])
    angles = np.arange(-FARTHEST, FARTHEST + 0.1, 0.25)
    density = (length * np.exp(-(((angles[:, None] - askew) / KERNEL) ** 2) / 2)).sum(axis=1)
    best = float(angles[density.argmax()])
    agree = np.abs(askew - best) <= 2 * KERNEL
    share = float(length[agree].sum() / length.sum())
    house = length.sum() >= LEAST and length[agree & steep].sum() >= UPRIGHT * length[agree].sum()
    if not house and _longest(lines[chosen][agree], best) < HORIZON:
        return None
    return (float(np.average(askew[agree], weights=length[agree])), share) if share >= SHARED else None


def _longest(lines: Series, degrees: float) -> float:
    """Picture heights that edges (N, 4) near ``degrees`` cover of one line: edges come in pieces, and side by side."""
    angle = np.radians(degrees)
    along = lines.reshape(-1, 2, 2) @ np.array([np.cos(angle), np.sin(angle)])
    aside = (lines.reshape(-1, 2, 2) @ np.array([-np.sin(angle), np.cos(angle)])).mean(axis=1)
    best = 0.0
    for each in aside:
        covered, end = 0.0, -np.inf
        for first, last in sorted(np.sort(along[np.abs(aside - each) < ALIGNED], axis=1).tolist()):
            covered += max(0.0, last - max(first, end))
            end = max(end, last)
        best = max(best, covered)
    return best


def leading(lines: Series, subject: tuple[float, float], aspect: float) -> float | None:
    """How many times more line leads past ``subject`` (x, y in picture heights) than past other places; None for few.

    A line leads where it does not reach yet: what crosses the subject itself is part of it.
    """
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    if length.sum() < LEAST:
        return None
    grid = [(x * aspect, y) for x in np.linspace(0.1, 0.9, 9) for y in np.linspace(0.1, 0.9, 9)]

    def led(x: float, y: float) -> float:
        away = np.abs((lines[:, 3] - lines[:, 1]) * (x - lines[:, 0]) - (lines[:, 2] - lines[:, 0]) * (y - lines[:, 1]))
        ends = np.minimum(np.hypot(lines[:, 0] - x, lines[:, 1] - y), np.hypot(lines[:, 2] - x, lines[:, 3] - y))
        return float(length[(away / np.maximum(length, 1e-9) < NEAR) & (ends > 2 * NEAR)].sum())

    usual = float(np.mean([led(x, y) for x, y in grid]))
    return led(*subject) / usual if usual > 0 else None


@register
class Lines(OnPeople):
    """Tilt and leading lines."""

    name, version, title = "lines", "1", "Lines"
    needs = Needs(picture=Picture(height=HEIGHT, rate=RATE))
    cost = 2.0
    measures = (
        Measure(
            name="tilt",
            title="Tilted horizon",
            unit="degrees",
            low=0,
            high=20,
            direction=Direction.LOWER,
            definition="Angle, shared by 45 % or more of the straight edges within 20 degrees of level or upright, by "
            "which they are askew, where upright ones or one long line are among them; median over a shot, the clip "
            "takes its worst shot. Signed (clockwise) in the data.",
            source="probabilistic Hough transform (Matas et al. 2000)",
        ),
        Measure(
            name="leading",
            title="Lines that lead to the subject",
            unit="times",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Length of the straight edges whose continuation passes the subject (largest head, else the "
            "strongest attention), over the mean for places all over the picture; median over time.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._track = Track("tilt", "share", "leading")

    def see(self, frame: Frame) -> None:
        grey = frame.grey(HEIGHT)
        rows, columns = without_bars(grey)
        lines = segments(np.ascontiguousarray(grey[rows, columns]))
        high = rows.stop - rows.start
        aspect = (columns.stop - columns.start) / high
        believed = [head for head in heads(frame) if head.score >= SURE]
        if believed:
            x, y = max(believed, key=lambda head: head.size).centre
            subject = ((x * grey.shape[0] - columns.start) / high, (y * grey.shape[0] - rows.start) / high)
        else:
            across, down = peak(saliency(frame))
            subject = (across * aspect, down)
        askew, share = tilt(lines) or (np.nan, np.nan)
        led = leading(lines, subject, aspect)
        self._track.add(frame.seconds, askew, share, np.nan if led is None else led)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._track.t
        if not len(t):
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        yield from self._tilt(scene, t)
        led = self._track["leading"]
        values = []
        for shot in scene.shots:
            of_shot = led[within(t, shot)]
            if np.isfinite(of_shot).mean() >= 0.5 if len(of_shot) else False:
                values.append((shot, float(np.nanmedian(of_shot))))
        words = "Lines lead to the subject {} times as often as elsewhere."
        few = "too few straight edges"
        yield from readings(self, scene, "leading", values, mean_over_time, words.format, few, confidence=0.3)

    def _tilt(self, scene: Scene, t: Series) -> Iterator[Evidence]:
        askew, share = self._track["tilt"], self._track["share"]
        found = []
        for shot in scene.shots:
            chosen = within(t, shot)
            if len(chosen) and np.isfinite(askew[chosen]).mean() >= 0.5:
                sure = 0.6 * float(np.nanmean(share[chosen]))
                found.append((shot, float(np.nanmedian(askew[chosen])), sure))
        if not found:
            yield self.could_not("tilt", "no angle is shared by enough straight edges")
            return
        words = "The picture stands {} degrees askew."
        shot, angle, sure = max(found, key=lambda each: abs(each[1]))
        curve = self.curve("tilt", t, np.abs(askew))
        sentence = words.format(number(abs(angle)))
        yield self.found("tilt", abs(angle), words=sentence, confidence=sure, curve=curve, clockwise=round(angle, 1))
        if len(scene.shots) > 1:
            for each, its, trust in found:
                yield self.found(
                    "tilt",
                    abs(its),
                    shot=each,
                    words=words.format(number(abs(its))),
                    confidence=trust,
                    clockwise=round(its, 1),
                )
        if abs(angle) >= SLANTED:
            chosen = within(t, shot)
            at = float(t[chosen][np.isfinite(askew[chosen])][0])
            yield self.found(
                "tilt",
                abs(angle),
                span=Span(start=shot.span.start, end=shot.span.end),
                shot=shot,
                words=sentence,
                confidence=sure,
                picture=drawn(self, at, _ruled, "the straight edges"),
            )


def _ruled(picture: RGB) -> None:
    """Draws the straight edges on a picture."""
    import cv2

    for line in segments(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)) * picture.shape[0]:
        x0, y0, x1, y1 = (round(float(v)) for v in line)
        cv2.line(picture, (x0, y0), (x1, y1), (240, 200, 40), 2, cv2.LINE_AA)
