"""Variants of a talking head that keep lips and voice in step: other speeds, voices, rooms, noises, faces, cameras."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from evalverse.calibration.lipsync.data import Example
from evalverse.tools.lipsync.features import SOUND_RATE, Features, lips, steps_of, voice
from evalverse.tools.people.faces import Points, Series

Wave = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """Lips (T, 14) and voice (T, 26) on the common clock, step for step in time."""

    lips: Features
    voice: Features


def pair(example: Example, late: float, rng: np.random.Generator | None = None) -> Pair:
    """Features of an example whose voice comes ``late`` seconds after the lips, put in step; varied with ``rng``."""
    t, points, wave, warp, speed = example.t, example.points, example.samples.astype(float), 1.0, 1.0
    if rng is not None:
        speed = float(np.exp(rng.uniform(-0.15, 0.15)))
        warp = float(np.exp(rng.uniform(-0.1, 0.1)))
        wave = resampled(recorded(wave, rng), speed)
        t, points = filmed(t, points, rng)
    t, start = t / speed, (example.start - late) / speed
    steps = steps_of(max(t[0], start), min(t[-1], start + len(wave) / SOUND_RATE))
    return Pair(lips(t, points, steps), voice(wave.astype(np.float32), start, steps, warp))


def resampled(wave: Wave, speed: float) -> Wave:
    """Played ``speed`` times as fast, pitch and formants going along."""
    at = np.arange(int(len(wave) / speed)) * speed
    return np.asarray(np.interp(at, np.arange(len(wave)), wave))


def recorded(wave: Wave, rng: np.random.Generator) -> Wave:
    """The same voice in another room, with other noise, microphone, level and codec."""
    wave = wave / (wave.std() + 1e-9)
    if rng.random() < 0.4:
        wave = wave + 10 ** (rng.uniform(-15, 0) / 20) * _reverberation(wave, rng)
    if rng.random() < 0.5:
        noise = _band(rng.standard_normal(len(wave)), rng.uniform(30, 100), rng.uniform(300, 7500))
        wave = wave + 10 ** (-rng.uniform(5, 30) / 20) * noise / noise.std()
    if rng.random() < 0.3:
        wave = _band(wave, rng.uniform(80, 300), rng.uniform(3000, 7000))
    if rng.random() < 0.2:
        wave = np.clip(wave, -2 * wave.std(), 2 * wave.std())
    if rng.random() < 0.3:  # as a coarse codec does: short blocks lose what is quiet in them
        wave = _coarse(wave, rng.uniform(-50, -25))
    tilt = butter(1, rng.uniform(300, 3000), "low", fs=SOUND_RATE, output="sos")
    wave = wave + rng.uniform(-0.6, 1.5) * sosfilt(tilt, wave)
    level: float = 10 ** (rng.uniform(-35, -12) / 20)
    return np.asarray(wave / (wave.std() + 1e-9) * level)


def _reverberation(wave: Wave, rng: np.random.Generator) -> Wave:
    """Exponentially decaying noise as the room's response, from 5 ms after the direct sound on, as loud as the wave."""
    n = int(rng.uniform(0.15, 0.9) * SOUND_RATE)
    response = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    response[: SOUND_RATE // 200] = 0
    wet = fftconvolve(wave, response)[: len(wave)]
    return np.asarray(wet / (wet.std() + 1e-9))


def _band(wave: Wave, low: float, high: float) -> Wave:
    return np.asarray(sosfilt(butter(2, [low, high], "band", fs=SOUND_RATE, output="sos"), wave))


def _coarse(wave: Wave, floor: float) -> Wave:
    size = 512
    blocks = np.pad(wave, (0, -len(wave) % size)).reshape(-1, size)
    spectra = np.fft.rfft(blocks)
    loudest = np.abs(spectra).max(axis=1, keepdims=True)
    spectra[np.abs(spectra) < loudest * 10 ** (floor / 20)] = 0
    return np.fft.irfft(spectra, size).ravel()[: len(wave)]


def filmed(t: Series, points: Points, rng: np.random.Generator) -> tuple[Series, Points]:
    """The same mouth before another camera: turned, with jitter, lost frames or a lower frame rate.

    The size of mouth and movement is not varied: features are standardised over time, which takes it out.
    """
    turned = points @ _rotation(rng.normal(0, 0.12, 3)).astype(np.float32)
    size = np.ptp(points[:, :, 1], axis=1).mean()
    jitter = rng.uniform(0, 0.004) * size
    turned = turned + jitter * rng.standard_normal(points.shape).astype(np.float32)
    keep = np.ones(len(t), bool)
    if rng.random() < 0.3:
        keep[1:-1] = rng.random(len(t) - 2) > 0.15
    elif rng.random() < 0.3 and len(t) / max(1e-9, t[-1] - t[0]) > 24:
        keep[1::4] = False
    return t[keep], turned[keep]


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation by small angles (radians) about x, y and z."""
    x, y, z = angles
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    left, _, right = np.linalg.svd(np.eye(3) + skew)
    return np.asarray(left @ right)
