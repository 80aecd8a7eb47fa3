"""Lasting tones: how much of the sound consists of pitches that stay where they are, as music's do and speech's do not.

Continuous frequency activation (Seyerlehner, Pohle, Schedl, Widmer: Automatic music detection in television
productions, DAFx 2007). A motor or an alarm lasts too.
"""

from __future__ import annotations

import numpy as np

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound._wave import Series

RATE, WINDOW, HOP_SAMPLES = 16000, 2048, 512
BLOCK, STEP = 72, 18
"""Frames over which tones must last (2.3 s), and between such stretches (0.6 s)."""
LOWEST, HIGHEST = 200.0, 5500.0
"""Hz: mains hum lies mostly below."""
AROUND, ABOVE, STRONGEST = 108.0, 3.0, 5
"""Hz on either side, and dB by which a bin exceeds them to be active; how many tones count."""
LENGTH = ((BLOCK - 1) * HOP_SAMPLES + WINDOW) / RATE
"""Seconds of the shortest sound that can be read."""


def lasting_tones(mono: Samples) -> tuple[Series, Series]:
    """(seconds of the middles, share of the time 0..1 for which the five most lasting tones sound), both (K,).

    Args:
        mono: (N,) at 16 kHz; shorter than ``LENGTH`` gives no values.
    """
    from scipy.ndimage import uniform_filter1d

    count = (len(mono) - WINDOW) // HOP_SAMPLES + 1
    starts = np.arange(0, count - BLOCK + 1, STEP)
    hz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    kept = (hz >= LOWEST) & (hz < HIGHEST)
    wide = 2 * round(AROUND * WINDOW / RATE) + 1
    window = np.hanning(WINDOW)
    values = np.zeros(len(starts))
    whole = np.zeros((0, int(kept.sum())), bool)
    for place, start in enumerate(starts):
        fresh = range(start, start + BLOCK) if place == 0 else range(start + BLOCK - STEP, start + BLOCK)
        rows = np.stack([mono[i * HOP_SAMPLES : i * HOP_SAMPLES + WINDOW] for i in fresh]) * window
        level = 20 * np.log10(np.abs(np.fft.rfft(rows, axis=1)) + 1e-3)
        active = (level - uniform_filter1d(level, wide, axis=1) > ABOVE)[:, kept]
        whole = np.concatenate([whole[STEP:], active])
        lasting = whole.mean(axis=0)
        lasting = lasting - uniform_filter1d(lasting, wide)
        inner = lasting[1:-1]
        peaks = inner[(inner > lasting[:-2]) & (inner >= lasting[2:])]
        values[place] = np.sort(peaks)[-STRONGEST:].mean() if len(peaks) else 0.0
    return (starts * HOP_SAMPLES / RATE) + LENGTH / 2, np.clip(values, 0, 1)
