"""Curves as inline SVG. Pure functions: arrays in, a string out; times in seconds, all plots on one time axis.

A plot stretches to the width that it is given (``preserveAspectRatio="none"`` and strokes that do not scale), so it
holds no text: labels are the page's. Inside, x runs from 0 to 1000 over the clip and y from 0 (top) to 100.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.floating]
    Series = tuple[Array, Array]
    """t (N,) seconds ascending and y (N,) values; a value that is not finite is a gap."""

MOST_POINTS = 400
WIDTH, HEIGHT = 1000, 100


@dataclass(frozen=True)
class Scale:
    """The values at the bottom and top of a plot; ``zoomed`` if the measure can go further."""

    low: float
    high: float
    zoomed: bool = False


@dataclass(frozen=True)
class Shade:
    """A stretch of time to stand out; ``title`` is shown on hovering."""

    start: float
    end: float
    title: str
    kind: str = "problem"


def thin(t: Array, y: Array, most: int = MOST_POINTS) -> Series:
    """At most ``most`` points of a curve without gaps: the lowest and highest of each stretch, so no peak is lost."""
    import numpy as np

    if len(t) <= most:
        return t, y
    edges = np.linspace(0, len(t), max(1, most // 2) + 1).astype(int)
    keep: set[int] = set()
    for start, end in pairwise(edges):
        part = y[start:end]
        keep |= {int(start + part.argmin()), int(start + part.argmax())}
    index = sorted(keep)
    return t[index], y[index]


def runs(t: Array, y: Array) -> list[Series]:
    """The stretches of a curve in which every value is finite."""
    import numpy as np

    fine = np.isfinite(t) & np.isfinite(y)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], fine, [False])).astype(np.int8)))
    return [(t[a:b], y[a:b]) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def extent(series: Iterable[Series]) -> tuple[float, float] | None:
    """Lowest and highest finite value, or None if there is none."""
    found = [part for t, y in series for _, part in runs(t, y)]
    return (min(float(p.min()) for p in found), max(float(p.max()) for p in found)) if found else None


def scale(series: Iterable[Series], low: float | None, high: float | None) -> Scale:
    """The full range of the measure where the curve uses a fifth of it or more, else the range of the curve."""
    bottom, top = extent(series) or (0.0, 1.0)
    if low is not None and high is not None and top - bottom >= 0.2 * (high - low):
        return Scale(min(low, bottom), max(high, top))
    room = 0.08 * (top - bottom) or 0.05 * abs(top) or 0.5
    return Scale(
        low=bottom - room if low is None else min(bottom, max(low, bottom - room)),
        high=top + room if high is None else max(top, min(high, top + room)),
        zoomed=low is not None and high is not None,
    )


def ticks(seconds: float, most: int = 8) -> list[float]:
    """Round times from 0 on, at most ``most`` + 1 of them, for a clip that lasts ``seconds``."""
    if not seconds > 0:
        return [0.0]
    steps = [m * 10.0**e for e in range(-3, 1) for m in (1, 2, 5)] + [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
    step = next((s for s in steps if seconds / s <= most), math.ceil(seconds / most / 3600) * 3600.0)
    return [round(i * step, 3) for i in range(int(seconds / step + 1e-9) + 1)]


def plot(
    series: Sequence[Series],
    on: Scale,
    seconds: float,
    label: str,
    marks: Sequence[tuple[float, str]] = (),
    shades: Sequence[Shade] = (),
) -> str:
    """One small plot as an ``<svg>``.

    Args:
        series: the curves of one measure, e.g. one per shot.
        on: the range of y.
        seconds: the length of the time axis, which starts at 0.
        label: what a reader who cannot see it is told.
        marks: (time, title) of vertical lines, e.g. the shot boundaries.
        shades: stretches of time in the background.
    """
    body = []
    for shade in shades:
        left, right = _x(shade.start, seconds), _x(shade.end, seconds)
        left = min(left, WIDTH - 4)
        body.append(
            f'<rect class="shade {escape(shade.kind)}" x="{_n(left)}" y="0" width="{_n(max(4, right - left))}" '
            f'height="{HEIGHT}"><title>{escape(shade.title)}</title></rect>'
        )
    for time, title in marks:
        x = _n(_x(time, seconds))
        body.append(f'<line class="mark" x1="{x}" x2="{x}" y1="0" y2="{HEIGHT}"><title>{escape(title)}</title></line>')
    parts = [run for t, y in series for run in runs(t, y)]
    total = sum(len(t) for t, _ in parts)
    for t, y in parts:
        t, y = thin(t, y, max(2, MOST_POINTS * len(t) // max(1, total)))
        points = [f"{_n(_x(a, seconds))} {_n(_y(b, on))}" for a, b in zip(t.tolist(), y.tolist(), strict=True)]
        body.append(f'<path class="curve" d="M{" L".join(points)}{"h0" if len(points) == 1 else ""}"/>')
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{"".join(body)}</svg>'
    )


def _x(time: float, seconds: float) -> float:
    return WIDTH * min(1.0, max(0.0, time / seconds)) if seconds > 0 else 0.0


def _y(value: float, on: Scale) -> float:
    return HEIGHT * (1 - (value - on.low) / (on.high - on.low)) if on.high > on.low else HEIGHT / 2


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
