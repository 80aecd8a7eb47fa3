"""What the ear hears of a voice, every 10 ms: level in the speech band, pitch and how harmonic the sound is.

Pitch is the highest peak of the normalised autocorrelation, corrected for the window (Boersma 1993), without a path
search over time: octave errors of single frames are possible and are left to whoever reads it to smooth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound._wave import Series, decibels

RATE, HOP_SAMPLES, WINDOW = 16000, 160, 800
"""Hz; samples between frames (10 ms) and in a frame (50 ms: three periods of the deepest pitch)."""
HOP = HOP_SAMPLES / RATE
LOWEST, HIGHEST = 65.0, 400.0
"""Hz of the pitches that are looked for."""
BAND = (250.0, 4000.0)
VOICED = 0.6
"""Harmonicity from which on a frame counts as voiced."""
OCTAVE_COST = 0.03
"""By how much a pitch must be less harmonic than one an octave below it to give way: else two periods win over one."""
_FFT = 2048
_AT_ONCE = 2000


@dataclass(frozen=True)
class VoiceFrames:
    """One value per 10 ms, all (T,): ``level`` in dB, ``harmonicity`` 0..1, ``pitch`` in Hz (meaningful if voiced)."""

    level: Series
    harmonicity: Series
    pitch: Series

    @property
    def voiced(self) -> np.ndarray:
        """(T,) bool."""
        return self.harmonicity >= VOICED


def voice_frames(mono: Samples) -> VoiceFrames:
    """Frames of (N,) samples at 16 kHz; frame i is centred at i * ``HOP`` seconds. Works through it in blocks."""
    count = len(mono) // HOP_SAMPLES
    table = np.zeros((3, count))
    window = np.hanning(WINDOW)
    shape = np.fft.irfft(np.abs(np.fft.rfft(window, _FFT)) ** 2)
    hz = np.fft.rfftfreq(_FFT, 1 / RATE)
    heard, band = (hz >= 60) & (hz < 3000), (hz >= BAND[0]) & (hz < BAND[1])
    shortest, longest = int(RATE / HIGHEST), int(RATE / LOWEST)
    reach = slice(shortest - 1, longest + 2)
    favour = OCTAVE_COST * np.log2(np.arange(shortest, longest + 1) / shortest)
    for first in range(0, count, _AT_ONCE):
        last = min(count, first + _AT_ONCE)
        begin, end = first * HOP_SAMPLES - WINDOW // 2, (last - 1) * HOP_SAMPLES + WINDOW // 2
        block = np.asarray(mono[max(0, begin) : end], np.float64)
        block = np.pad(block, (max(0, -begin), max(0, end - len(mono))))
        rows = np.lib.stride_tricks.sliding_window_view(block, WINDOW)[::HOP_SAMPLES]
        power = np.abs(np.fft.rfft(rows * window, _FFT, axis=1)) ** 2
        table[0, first:last] = decibels(power[:, band].sum(axis=1) * 2 / _FFT / np.sum(window**2))
        lags = np.fft.irfft(power * heard, axis=1)
        alike = lags[:, reach] / np.maximum(lags[:, :1], 1e-9) / (shape[reach] / shape[0])
        inner = alike[:, 1:-1]
        peaks = np.where((inner > alike[:, :-2]) & (inner >= alike[:, 2:]), inner, 0)
        best = (peaks - favour).argmax(axis=1)
        table[1, first:last] = np.clip(peaks[np.arange(len(peaks)), best], 0, 1)
        table[2, first:last] = RATE / (best + shortest)
    return VoiceFrames(*table)


def semitones(hz: Series) -> Series:
    """Pitch in semitones above 1 Hz."""
    return np.asarray(12 * np.log2(hz))


def glides(frames: VoiceFrames, seconds: float = 0.05) -> Series:
    """(T,) semitones that the pitch moves within ``seconds``; NaN where not voiced throughout, or where it leaps."""
    step = round(seconds / HOP)
    moved = np.full(len(frames.pitch), np.nan)
    if len(moved) > step:
        by = np.abs(semitones(frames.pitch[step:] / frames.pitch[:-step]))
        whole = frames.voiced[step:] & frames.voiced[:-step] & (by < 4)
        moved[step // 2 : step // 2 + len(by)] = np.where(whole, by, np.nan)
    return moved
