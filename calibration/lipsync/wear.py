"""What may happen to a voice on its way: nothing that moves it in time, and two things that undo its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from evalverse.calibration.faults._dsp import level, repitched, reverberated, stretched
from evalverse.tools.lipsync.features import SOUND_RATE

Wave = NDArray[np.float32]


def _noisy(wave: Wave) -> NDArray[np.floating]:
    """With white noise 10 dB below the voice."""
    return wave + 10 ** (-10 / 20) * level(wave[:, None]) * np.random.default_rng(0).standard_normal(len(wave))


def _clipped(wave: Wave) -> NDArray[np.floating]:
    """Driven 20 dB into the clip."""
    peak = float(np.abs(wave).max()) or 1.0
    return np.clip(10 * wave, -peak, peak)


def _in_a_hall(wave: Wave) -> NDArray[np.floating]:
    """With as much reflected as direct sound, of 1.2 s."""
    wet = reverberated(wave[:, None], SOUND_RATE, 1.2, np.random.default_rng(0))[:, 0]
    return wave + wet * level(wave[:, None]) / level(wet[:, None])


def _by_telephone(wave: Wave) -> NDArray[np.floating]:
    """From 300 to 3400 Hz only."""
    return np.asarray(sosfilt(butter(4, (300, 3400), "band", fs=SOUND_RATE, output="sos"), wave))


WEAR: Mapping[str, Callable[[Wave], NDArray[np.floating]]] = {
    "noise at 10 dB": _noisy,
    "clipped by 20 dB": _clipped,
    "in a hall of 1.2 s": _in_a_hall,
    "by telephone": _by_telephone,
    "4 semitones up": lambda wave: repitched(wave[:, None], 4)[:, 0],
    "15 % slower": lambda wave: stretched(wave, 1.15),
    "backwards": lambda wave: wave[::-1],
}
