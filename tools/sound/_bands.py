"""The power of a voice in bands of frequency over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound._wave import Series

RATE = 16000
"""Hz: samples are taken at this rate unless told otherwise."""
_AT_ONCE = 4000


def band_powers(mono: Samples, frame: int, hop: int, bands: Sequence[tuple[float, float]], rate: int = RATE) -> Series:
    """(B, T) powers of (N,) samples at ``rate`` Hz in ``bands`` of (low, high) Hz; a full-scale sine comes to 3/4.

    Args:
        frame: samples in a window (Hann).
        hop: samples from window to window.
    """
    window, hz = np.hanning(frame), np.fft.rfftfreq(frame, 1 / rate)
    count = max(0, (len(mono) - frame) // hop + 1)
    found = np.zeros((len(bands), count))
    for first in range(0, count, _AT_ONCE):
        last = min(count, first + _AT_ONCE)
        block = np.asarray(mono[first * hop : (last - 1) * hop + frame], np.float64)
        rows = np.lib.stride_tricks.sliding_window_view(block, frame)[::hop]
        power = np.abs(np.fft.rfft(rows * window, axis=1)) ** 2 * (2 / window.sum() ** 2)
        for band, (low, high) in enumerate(bands):
            found[band, first:last] = power[:, (hz >= low) & (hz < high)].sum(axis=1)
    return found
