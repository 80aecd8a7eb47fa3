"""Lasting tones: how much of the sound consists of pitches that stay where they are, as music's do and speech's do not.

Continuous frequency activation (Seyerlehner, Pohle, Schedl, Widmer: Automatic music detection in television
productions, DAFx 2007). A room colours all that sounds in it, which looks like tones that last: what a bin exceeds its
neighbours by through the whole page is therefore deducted. A motor or an alarm lasts too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound._wave import Series

RATE, WINDOW, HOP_SAMPLES = 16000, 2048, 512
BLOCK, STEP = 72, 18
"""Frames over which tones must last (2.3 s), and between such stretches (0.6 s)."""
LOWEST, HIGHEST = 200.0, 5500.0
"""Hz: mains hum lies mostly below."""
AROUND, ABOVE, STRONGEST = 108.0, 5.0, 5
"""Hz on either side, and dB by which a bin exceeds them to be active; how many tones count."""
COLOUR, PAGE = 0.7, 640
"""Share of the room's colour that is deducted, and frames over which it is read (20 s)."""
LENGTH = ((BLOCK - 1) * HOP_SAMPLES + WINDOW) / RATE
"""Seconds of the shortest sound that can be read."""


def lasting_tones(mono: Samples) -> tuple[Series, Series]:
    """(seconds of the middles, share of the time 0..1 for which the five most lasting tones sound), both (K,).

    Args:
        mono: (N,) at 16 kHz; shorter than ``LENGTH`` gives no values.
    """
    count = (len(mono) - WINDOW) // HOP_SAMPLES + 1
    starts = np.arange(0, count - BLOCK + 1, STEP)
    values = np.zeros(len(starts))
    begin, prominent = 0, np.zeros((0, 0))
    for place, start in enumerate(starts.tolist()):
        if start + BLOCK > begin + len(prominent):  # a page ends where less than another would be left
            begin, end = start, start + PAGE if count - start >= 2 * PAGE else count
            prominent = prominence(mono, begin, end)
        values[place] = _lasting(prominent[start - begin : start - begin + BLOCK] > ABOVE)
    return (starts * HOP_SAMPLES / RATE) + LENGTH / 2, np.clip(values, 0, 1)


def prominence(mono: Samples, begin: int, end: int) -> Series:
    """(T, bins) dB by which bins of frames ``begin`` to ``end`` exceed their neighbours, beyond the room's colour."""
    from scipy.ndimage import uniform_filter1d

    block = np.asarray(mono[begin * HOP_SAMPLES : (end - 1) * HOP_SAMPLES + WINDOW], np.float64)
    rows = np.lib.stride_tricks.sliding_window_view(block, WINDOW)[::HOP_SAMPLES]
    level = 20 * np.log10(np.abs(np.fft.rfft(rows * np.hanning(WINDOW), axis=1)) + 1e-3)
    above = (level - uniform_filter1d(level, _WIDE, axis=1))[:, _KEPT]
    return np.asarray(above - COLOUR * np.median(above, axis=0))


def _lasting(active: NDArray[np.bool_]) -> float:
    """Mean of the five highest peaks over (bins,) of the share of the time for which (BLOCK, bins) are active."""
    from scipy.ndimage import uniform_filter1d

    lasting = active.mean(axis=0)
    lasting = lasting - uniform_filter1d(lasting, _WIDE)
    inner = lasting[1:-1]
    peaks = inner[(inner > lasting[:-2]) & (inner >= lasting[2:])]
    return float(np.sort(peaks)[-STRONGEST:].mean()) if len(peaks) else 0.0


_HZ = np.fft.rfftfreq(WINDOW, 1 / RATE)
_KEPT = (_HZ >= LOWEST) & (_HZ < HIGHEST)
_WIDE = 2 * round(AROUND * WINDOW / RATE) + 1
