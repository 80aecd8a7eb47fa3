"""Music whose chords, tempo and beats are known."""

from __future__ import annotations

import numpy as np

from evalverse.tools.media.sound import Samples


def chords(seconds: float, bpm: float = 120.0, rate: int = 16000, drum: float = 0.0, level: float = 0.05) -> Samples:
    """(N,) a chord struck on every beat from second 0 on, four beats each, with a drum of strength ``drum``."""
    t = np.arange(round(seconds * rate)) / rate
    beat = 60 / bpm
    wave = np.zeros(len(t))
    rng = np.random.default_rng(0)
    for i in range(int(np.ceil(seconds / beat))):
        part = slice(round(i * beat * rate), min(len(t), round((i + 1) * beat * rate)))
        own = t[part] - i * beat
        root = 220 * 2 ** ((0, 5, 7, 0)[i // 4 % 4] / 12)
        for step in (0, 4, 7):
            for k in (1, 2, 3, 4):
                wave[part] += np.sin(2 * np.pi * root * 2 ** (step / 12) * k * own) / k * np.exp(-2 * own)
        wave[part] += 3 * drum * rng.standard_normal(len(own)) * np.exp(-60 * own)
    return (level * wave).astype(np.float32)
