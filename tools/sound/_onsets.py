"""When something begins to sound: onset strength and onsets, every 10 ms.

Spectral flux of a logarithmic mel spectrum, where every band is compared with the loudest of its neighbours 30 ms
before, so that vibrato and glides are no onsets (SuperFlux; Böck and Widmer, DAFx 2013).
"""

from __future__ import annotations

import numpy as np

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound._wave import Series

RATE, WINDOW, HOP_SAMPLES = 16000, 1024, 160
HOP = HOP_SAMPLES / RATE
BANDS, LOWEST, HIGHEST = 60, 40.0, 7800.0
LAG = 3
"""Frames back to which a band is compared."""
APART, AROUND = 0.06, 0.5
"""Seconds between onsets at least, and over which their surroundings reach."""
_AT_ONCE = 2000


def mel_filters() -> Series:
    """(BANDS, WINDOW // 2 + 1) triangles of unit height, equally wide on the mel scale."""
    low, high = 2595 * np.log10(1 + np.array([LOWEST, HIGHEST]) / 700)
    mel = np.linspace(low, high, BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    hz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    rising = (hz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hz) / np.diff(edges)[1:, None]
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None), np.float64)


def onset_strength(mono: Samples) -> Series:
    """(T,) onset strength >= 0 of (N,) samples at 16 kHz; frame i is centred at i * ``HOP`` seconds."""
    from scipy.ndimage import maximum_filter1d

    count = len(mono) // HOP_SAMPLES
    filters, window = mel_filters(), np.hanning(WINDOW)
    strength, before = np.zeros(count), np.zeros((0, BANDS))
    for first in range(0, count, _AT_ONCE):
        last = min(count, first + _AT_ONCE)
        begin, end = first * HOP_SAMPLES - WINDOW // 2, (last - 1) * HOP_SAMPLES + WINDOW // 2
        block = np.pad(mono[max(0, begin) : end], (max(0, -begin), max(0, end - len(mono))))
        rows = np.lib.stride_tricks.sliding_window_view(block, WINDOW)[::HOP_SAMPLES]
        mel = np.log10(1 + 10 * np.abs(np.fft.rfft(rows * window, axis=1)) @ filters.T)
        whole = np.concatenate([before, mel])
        wide = maximum_filter1d(whole, 3, axis=1)
        rise = np.maximum(whole[LAG:] - wide[:-LAG], 0).mean(axis=1)
        strength[last - len(rise) : last] = rise
        before = whole[-LAG:]
    return strength


def peaks(strength: Series, hop: float, above: float) -> np.ndarray:
    """(K,) indices of maxima that exceed the median of their surroundings by ``above`` and lie 60 ms apart."""
    from scipy.ndimage import median_filter
    from scipy.signal import find_peaks

    if len(strength) < 3:
        return np.zeros(0, int)
    around = median_filter(strength, 2 * round(AROUND / hop) + 1, mode="nearest")
    found, _ = find_peaks(strength - around, height=above, distance=max(1, round(APART / hop)))
    return np.asarray(found)
