"""Voices whose pitch, pace and room are known, and evidence that somebody speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.sound.speech_activity import SpeechActivity
from tests.synth import noise
from tests.tools.sound._hear import clip_of

RATE = 16000


def vowels(seconds: float, rate: float = 4.0, pitch: float = 150.0, span: float = 6.0, swing: float = 6.0) -> Samples:
    """(N,) at 16 kHz: ``rate`` syllables a second whose pitch swings over ``span`` semitones, levels over ``swing`` dB.

    The swings are slow sines of different periods, so that their 10th to 90th percentiles span 0.95 of them.
    """
    t = np.arange(round(seconds * RATE)) / RATE
    hz = pitch * 2 ** (span / 24 * np.sin(2 * np.pi * t / 1.7))
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    wave = sum(np.sin(k * phase) / k * (1 if k < 8 else 0.3) for k in range(1, 20))
    syllable = np.maximum(np.sin(2 * np.pi * rate / 2 * t) ** 2, 0) ** 1.5
    force = 10 ** (swing / 40 * np.sin(2 * np.pi * t / 2.3))
    return (0.05 * wave * syllable * force).astype(np.float32) + noise(1, seconds, RATE, -75)[:, 0]


def room(sound: Samples, seconds: float, seed: int = 0) -> Samples:
    """(N,) at 16 kHz, heard in a room that falls by 60 dB in ``seconds``; direct and reverberant sound are equal."""
    from scipy.signal import fftconvolve

    n = round(1.2 * seconds * RATE)
    tail = np.random.default_rng(seed).standard_normal(n) * 10 ** (-3 * np.arange(n) / RATE / seconds)
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] += 1
    return np.asarray(fftconvolve(sound, tail)[: len(sound)], np.float32)


def spoken_at(sound: Sound, root: Path, *segments: tuple[float, float]) -> dict[str, list[Evidence]]:
    """Evidence that somebody speaks in the given segments; throughout without any."""
    spans = segments or ((sound.start, sound.start + sound.seconds),)
    told = SpeechActivity(clip_of(sound), Ledger(root))
    return {"speech_activity": [told.found("share", 1.0, segments=[list(s) for s in spans])]}
