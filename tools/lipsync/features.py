"""What the comparison of lips and voice looks at: 14 distances about the mouth, and 26 mel bands of the sound.

Both on one clock of ``RATE`` steps a second, so that frame rates, constant or not, make no difference.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.sound import Samples
from evalverse.tools.people.faces import PLACE, FaceTrack, Points, Series, aligned

Features = NDArray[np.float32]

RATE = 50
"""Steps per second of the common clock; step n is at n / RATE seconds of the clip."""

LIP_FEATURES = 14
BANDS = 26
SOUND_RATE = 16000
LOWEST, HIGHEST = 80.0, 7600.0
"""Hz that the mel bands span."""
WINDOW = 640
"""Samples (40 ms) under each step's Hann window."""
FFT = 1024
BLOCK = 2000
FLOOR = 1e-6
"""Power below which a band counts as silent; full scale is 1."""


def mouth(straight: Series) -> Features:
    """(N, 14) mouth of faces (N, P, 3) that :func:`evalverse.tools.people.faces.aligned` turned straight.

    Opening of the inner lips (middle, left, right), of the outer lips; width outside, inside; heights of chin, upper
    and lower lip outside, inside, of the corners; depth of the lips and of the corners. Unit: distance of the outer
    eye corners.
    """

    def x(i: int) -> Series:
        return straight[:, PLACE[i], 0]

    def y(i: int) -> Series:
        return straight[:, PLACE[i], 1]

    def z(i: int) -> Series:
        return straight[:, PLACE[i], 2]

    def apart(a: int, b: int) -> Series:
        return np.asarray(np.linalg.norm(straight[:, PLACE[a]] - straight[:, PLACE[b]], axis=1))

    columns = [
        *(y(14) - y(13), y(178) - y(81), y(402) - y(311), y(17) - y(0)),
        *(apart(61, 291), apart(78, 308)),
        *(y(152), y(0), y(17), y(13), y(14), y(61) + y(291)),
        *(z(0) + z(17), z(61) + z(291)),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def lips(t: Series, points: Points, steps: NDArray[np.int64]) -> Features:
    """(M, 14) mouth features at the clock's ``steps`` (M,) of faces (N, P, 3) seen at ``t`` (N,) seconds."""
    straight, _, _ = aligned(points)
    seen = mouth(straight)
    at = steps / RATE
    return np.stack([np.interp(at, t, column) for column in seen.T], axis=1).astype(np.float32)


def steps_of(start: float, end: float) -> NDArray[np.int64]:
    """The clock's steps within [start, end] seconds."""
    return np.arange(int(np.ceil(start * RATE - 1e-6)), int(np.floor(end * RATE + 1e-6)) + 1)


@cache
def _mel() -> NDArray[np.float64]:
    """(26, 513) triangular filters, evenly spaced on the mel scale (O'Shaughnessy)."""
    low, high = (2595 * np.log10(1 + f / 700) for f in (LOWEST, HIGHEST))
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    f = np.arange(FFT // 2 + 1) * SOUND_RATE / FFT
    rising = (f - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - f) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling))


def voice(samples: Samples, start: float, steps: NDArray[np.int64], warp: float = 1.0) -> Features:
    """(M, 26) log power in mel bands at the clock's ``steps`` of (N,) samples at 16 kHz that begin at ``start`` s.

    Silence lies outside the samples. ``warp`` stretches the bands' frequencies, as a longer vocal tract lowers them.
    """
    window = np.hanning(WINDOW)
    filters = _warped(warp)
    found = np.empty((len(steps), BANDS), np.float32)
    first = np.round((steps / RATE - start) * SOUND_RATE).astype(np.int64) - WINDOW // 2
    for block in range(0, len(steps), BLOCK):
        at = first[block : block + BLOCK, None] + np.arange(WINDOW)
        inside = (at >= 0) & (at < len(samples))
        pieces = np.where(inside, samples[np.clip(at, 0, max(0, len(samples) - 1))], 0) if len(samples) else 0.0 * at
        power = np.abs(np.fft.rfft(pieces * window, FFT)) ** 2
        found[block : block + BLOCK] = np.log(power @ filters.T + FLOOR)
    return found


def _warped(warp: float) -> NDArray[np.float64]:
    if warp == 1.0:
        return _mel()
    bins = np.arange(FFT // 2 + 1)
    return np.stack([np.interp(bins / warp, bins, row, right=0.0) for row in _mel()])


def stretches(track: FaceTrack, gap: float) -> list[FaceTrack]:
    """The parts of a track without a gap longer than ``gap`` seconds."""
    cuts = np.flatnonzero(np.diff(track.t) > gap) + 1
    return [
        FaceTrack(track.shot, t, points)
        for t, points in zip(np.split(track.t, cuts), np.split(track.points, cuts), strict=True)
    ]
