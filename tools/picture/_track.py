"""Numbers read off frames as they pass, and what can be said of them within shots."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Span
from evalverse.tools.operator import Scene, Shot

Series = NDArray[np.float64]
Indices = NDArray[np.intp]

_EPSILON = 1e-4


class Track:
    """One row of numbers per frame, 8 bytes each: flat enough for hours."""

    def __init__(self, *names: str) -> None:
        if "seconds" in names:
            raise ValueError("the time of each row is its first column already")
        self._names = ("seconds", *names)
        self._values = array("d")

    def __len__(self) -> int:
        return len(self._values) // len(self._names)

    def add(self, seconds: float, *values: float) -> None:
        """Appends what was read off the frame at ``seconds``."""
        if len(values) != len(self._names) - 1:
            raise ValueError(f"expected {self._names[1:]}, got {len(values)} values")
        self._values.extend((seconds, *(float(v) for v in values)))

    @property
    def last(self) -> float:
        """Seconds of the last row."""
        return self._values[-len(self._names)]

    @property
    def t(self) -> Series:
        """(N,) seconds."""
        return self["seconds"]

    def __getitem__(self, name: str) -> Series:
        """(N,) one column."""
        table = np.frombuffer(self._values, np.float64).reshape(-1, len(self._names))
        return table[:, self._names.index(name)].copy()


def within(t: Series, shot: Shot) -> Indices:
    """Indices of the frames that belong to ``shot``."""
    return np.flatnonzero((t >= shot.span.start - _EPSILON) & (t < shot.span.end - _EPSILON))


def inside(t: Series, scene: Scene, shot: Shot) -> Indices:
    """Like :func:`within`, without the frames of dissolves and fades, in which two pictures mix."""
    chosen = within(t, shot)
    for span in mixes(scene):
        chosen = chosen[(t[chosen] < span.start - _EPSILON) | (t[chosen] > span.end + _EPSILON)]
    return chosen


def mixes(scene: Scene) -> list[Span]:
    """Where the shot cutter saw a dissolve or a fade."""
    found = scene.evidence.get("shot_cutter", ())
    return [e.span for e in found if e.measure == "shot_cutter.transitions" and e.span is not None]


def steps(t: Series, scene: Scene, shot: Shot) -> Indices:
    """Indices of frames of ``shot`` whose previous frame belongs to it too, so that a change between them counts."""
    return inside(t, scene, shot)[1:]


def runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """(first, last + 1) of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def interval(t: Series) -> float:
    """Typical seconds between frames; 0.04 for fewer than two."""
    return float(np.median(np.diff(t))) if len(t) > 1 else 0.04


def smooth(y: Series, t: Series, seconds: float) -> Series:
    """Running mean over ``seconds``, shorter at the ends."""
    size = max(1, round(seconds / max(interval(t), 1e-6)))
    if size < 2 or len(y) < 2:
        return y
    size += 1 - size % 2
    total = np.concatenate([[0.0], np.cumsum(y)])
    reach = np.minimum(np.minimum(np.arange(len(y)), np.arange(len(y))[::-1]), size // 2)
    place = np.arange(len(y))
    return np.asarray((total[place + reach + 1] - total[place - reach]) / (2 * reach + 1))


def fitted(y: Series, t: Series, seconds: float, order: int) -> Series:
    """Running polynomial of ``order`` fitted to ``seconds`` around each time; whole at the ends (Savitzky-Golay)."""
    from scipy.signal import savgol_filter

    size = max(round(seconds / max(interval(t), 1e-6)) // 2 * 2 + 1, order + 3 - order % 2)
    size = min(size, (len(y) - 1) // 2 * 2 + 1)
    return np.asarray(savgol_filter(y, size, order)) if size > order + 1 else y


def excursions(y: Series, t: Series, seconds: float) -> tuple[Series, Series]:
    """(bumps, dips) >= 0: how far ``y`` rises, or falls, and comes back within ``seconds``.

    Morphological top-hats. A step, a ramp or a slow wave leaves nothing; what swings within ``seconds`` does.
    """
    from scipy.ndimage import grey_closing, grey_opening

    size = max(1, round(seconds / max(interval(t), 1e-6))) + 1
    if len(y) < 3 or size < 3:
        return np.zeros_like(y), np.zeros_like(y)
    held = np.pad(y, size, mode="edge")  # what has not come back by the end has not come back
    whole = slice(size, size + len(y))
    return (held - grey_opening(held, size))[whole], (grey_closing(held, size) - held)[whole]


def worst_span(y: Series, t: Series, level: float) -> Span | None:
    """The stretch around the greatest value in which ``y`` stays above ``level``; None when it never does."""
    best: Span | None = None
    peak = -np.inf
    step = interval(t)
    for first, end in runs(y > level):
        if y[first:end].max() > peak:
            peak = float(y[first:end].max())
            best = Span(start=float(t[first]), end=float(t[end - 1]) + step)
    return best


def by_time(values: Sequence[float], spans: Sequence[Span]) -> float:
    """Mean of one value per shot, weighted by duration."""
    weights = np.array([max(s.seconds, 1e-6) for s in spans])
    return float(np.average(np.asarray(values, np.float64), weights=weights))


def path(changes: Series, t: Series, anchors: Sequence[tuple[float, float, float]] = ()) -> Series:
    """The sum (N,) of frame-to-frame ``changes`` (N,), the first of which does not count.

    Args:
        anchors: (start, end, change) over longer stretches, which are trusted more: between ``start`` and ``end`` the
            path is bent, evenly, to fit.
    """
    bent = changes.copy()
    bent[:1] = 0
    for start, end, change in anchors:
        chosen = (t > start + _EPSILON) & (t < end + _EPSILON)
        whole = len(t) > 0 and t[0] < start + _EPSILON and t[-1] > end - _EPSILON
        if whole and chosen.any():
            bent[chosen] += (change - bent[chosen].sum()) / chosen.sum()
    return np.cumsum(bent)
