"""How sound faults work on a take. Sound is (N, C) float32; levels are RMS over all channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from evalverse.calibration.faults.fault import Job
from evalverse.calibration.faults.take import JOIN_SECONDS, Samples, Take


def resound(take: Take, job: Job, effect: Callable[[Samples], NDArray[np.floating]]) -> Take:
    """The sound of the span through ``effect`` (same length), faded into what lies outside."""
    assert take.sound is not None
    first, stop = take.sample(job.first), min(take.sample(job.stop), len(take.sound))
    if job.stop == take.length:
        stop = len(take.sound)  # sound that outlasts the picture belongs to its end
    clean = np.array(take.sound[first:stop])
    changed = np.asarray(effect(clean.copy()), np.float32)
    if changed.shape != clean.shape:
        raise ValueError(f"an effect keeps the length of the sound: {clean.shape} became {changed.shape}")
    n, ramp = len(clean), max(1, round(JOIN_SECONDS * take.sound_rate))
    k = np.arange(n, dtype=np.float32)
    into = np.ones(n, np.float32) if first == 0 else np.clip(k / ramp, 0, 1)
    out = np.ones(n, np.float32) if stop == len(take.sound) else np.clip((n - k) / ramp, 0, 1)
    share = (into * out)[:, None]
    sound = np.array(take.sound)
    sound[first:stop] = clean + share * (changed - clean)
    return replace(take, sound=sound)


def level(samples: NDArray[np.floating]) -> float:
    """RMS over the louder half of the time in pieces of 50 ms or so: pauses do not count. 1e-4 at least."""
    if len(samples) == 0:
        return 1e-4
    pieces = np.array_split(samples.astype(np.float64), max(1, len(samples) // 2400))
    power = np.sort([float(np.mean(p * p)) for p in pieces])
    return max(float(np.sqrt(np.mean(power[len(power) // 2 :]))), 1e-4)


def room_tone(samples: Samples, rate: int, length: int) -> Samples:
    """(length, C) of the quietest 0.3 s of ``samples``, to and fro: what an editor lays into a gap."""
    if len(samples) == 0:
        return np.zeros((length, samples.shape[1]), np.float32)
    size = min(len(samples), round(0.3 * rate))
    hop = max(1, size // 4)
    starts = range(0, len(samples) - size + 1, hop)
    quiet = min(starts, key=lambda s: float(np.mean(np.square(samples[s : s + size], dtype=np.float64))))
    tone = samples[quiet : quiet + size]
    both = np.concatenate([tone, tone[::-1]])
    return np.tile(both, (-(-length // len(both)), 1))[:length]


def filtered(samples: Samples, rate: int, hertz: float | tuple[float, float], kind: str, order: int = 4) -> Samples:
    """Butterworth, without delay (forwards and backwards)."""
    top = 0.49 * rate
    bounds = np.minimum(hertz, top)
    sections = signal.butter(order, bounds, kind, fs=rate, output="sos")
    pad = min(3 * (2 * len(sections) + 1), max(0, len(samples) - 1))
    return np.asarray(signal.sosfiltfilt(sections, samples, axis=0, padlen=pad), np.float32)


def spectral(
    samples: Samples, rate: int, change: Callable[[NDArray[np.complex128]], NDArray[np.complex128]]
) -> Samples:
    """Each channel's short-time spectrum (bins, frames), in Hann windows of 32 ms, through ``change``."""
    size = max(32, min(round(0.032 * rate), len(samples)))
    found = np.empty_like(samples)
    for channel, wave in enumerate(samples.T):
        _, _, spectrum = signal.stft(wave, nperseg=size, noverlap=size - size // 4)
        _, back = signal.istft(change(spectrum), nperseg=size, noverlap=size - size // 4)
        found[:, channel] = np.pad(back, (0, max(0, len(samples) - len(back))))[: len(samples)]
    return found


def stretched(wave: NDArray[np.floating], factor: float) -> NDArray[np.float64]:
    """(n,) -> (n * factor,): slower at the same pitch, by a phase vocoder (Flanagan and Golden 1966)."""
    size, hop = 1024, 256
    _, _, spectrum = signal.stft(np.pad(wave, size), nperseg=size, noverlap=size - hop)
    at = np.arange(0, spectrum.shape[1] - 1, 1 / factor)
    low, share = at.astype(int), at % 1
    magnitude = (1 - share) * np.abs(spectrum[:, low]) + share * np.abs(spectrum[:, low + 1])
    expected = 2 * np.pi * hop * np.arange(spectrum.shape[0])[:, None] / size
    turn = np.angle(spectrum[:, low + 1]) - np.angle(spectrum[:, low]) - expected
    advance = expected + (turn + np.pi) % (2 * np.pi) - np.pi
    phase = np.angle(spectrum[:, :1]) + np.cumsum(np.hstack([np.zeros_like(expected), advance[:, :-1]]), axis=1)
    _, back = signal.istft(magnitude * np.exp(1j * phase), nperseg=size, noverlap=size - hop)
    begin, length = round(size * factor), round(len(wave) * factor)
    return np.asarray(np.pad(back, (0, max(0, begin + length - len(back))))[begin : begin + length])


def repitched(samples: Samples, semitones: float) -> Samples:
    """The same length at another pitch, formants included: as a tape played faster and stretched back."""
    factor = 2 ** (semitones / 12)
    found = np.empty_like(samples)
    for channel, wave in enumerate(samples.T):
        slow = stretched(wave, factor)
        found[:, channel] = signal.resample(slow, len(samples)) if len(slow) else wave
    return found


def reverberated(samples: Samples, rate: int, seconds: float, rng: np.random.Generator) -> Samples:
    """The sound as heard from the far side of a room whose echo dies by 60 dB in ``seconds``: reflections only."""
    n = round(seconds * rate)
    decay = rng.standard_normal((n, samples.shape[1])) * 10 ** (-3 * np.arange(n) / n)[:, None]
    tail = filtered(decay.astype(np.float32), rate, 5000, "low", order=1)
    tail /= np.sqrt(np.sum(tail * tail, axis=0, keepdims=True))
    wet = signal.fftconvolve(samples, tail, axes=0)
    delay = round(0.02 * rate)
    return np.asarray(np.concatenate([np.zeros((delay, samples.shape[1])), wet])[: len(samples)], np.float32)


def score(rng: np.random.Generator, seconds: float, rate: int, beat: float) -> Samples:
    """A score made of nothing but chance and arithmetic: drums on every beat and a pad of chords, (N, 1), RMS 0.1.

    Beats lie at multiples of ``beat`` seconds from the first sample on.
    """
    n = round(seconds * rate)
    music = np.zeros(n)
    t = np.arange(round(0.35 * rate)) / rate
    kick = np.sin(2 * np.pi * (45 * t + 30 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)
    snare = rng.standard_normal(len(t)) * np.exp(-t / 0.05)
    hat = np.diff(rng.standard_normal(len(t) + 1)) * np.exp(-t / 0.012)
    for number in range(int(np.ceil(seconds / beat)) + 1):
        hits = [(number * beat, kick if number % 2 == 0 else 0.5 * snare), ((number + 0.5) * beat, 0.2 * hat)]
        for when, hit in hits:
            at = round(when * rate)
            if at < n:
                music[at : at + len(hit)] += hit[: n - at]
    root, clock = rng.uniform(100, 160), np.arange(n) / rate
    for number, steps in enumerate(rng.permutation([(0, 4, 7), (-3, 0, 4), (5, 9, 12), (7, 11, 14)]).tolist()):
        bar = ((clock // (4 * beat)) % 4 == number).astype(float)
        bar = np.convolve(bar, np.ones(rate // 50) / (rate // 50), "same")
        for step in steps:
            hertz = root * 2 ** (step / 12)
            music += 0.12 * bar * sum(np.sin(2 * np.pi * hertz * k * clock) / k**2 for k in (1, 2, 3))
    return np.asarray(0.1 * music / np.sqrt(np.mean(music**2)), np.float32)[:, None]
