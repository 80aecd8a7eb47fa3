"""A take whose truth is known, and how far another has moved away from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.faults.fault import LEVELS, Fault, Medium, Needs, faults
from evalverse.calibration.faults.footage import set_ups_on_beats
from evalverse.calibration.faults.take import RGB, Take, Trait
from tests.synth import gradient_noise, speech_like

RATE, SOUND_RATE = Fraction(25), 16000
LEVELS_TRIED = ("hint", *LEVELS)
"""``hint`` is a tenth of faint."""

PEOPLE = {Needs.FACE, Needs.PERSON}
STEP = 3
"""By which the corner of each frame is lighter than that of the frame before: a clock that survives."""

IN_TIME = {"motion", "edit", "voice", "sound"}
"""Groups that are tried on a long and small take; the others on a short and large one."""

CUTS, SPAN = (16, 27, 41, 58), (12, 60)
SHORT_CUTS, SHORT_SPAN = (5, 8), (3, 10)
"""First frames of shots, and the frames of a span that holds them."""


def scene(seed: int = 1, cuts: tuple[int, ...] = CUTS, length: int = 75, height: int = 72) -> Take:
    """Textured walls, one in each shot, before which a ball falls faster and faster; a clock in the upper corner."""
    width = round(height * 16 / 9 / 2) * 2
    walls = [gradient_noise(seed + k, height, width, coarsest=9, octaves=4) for k in range(len(cuts) + 1)]

    def pictures() -> Iterator[RGB]:
        starts = [0, *cuts]
        for k in range(length):
            shot = sum(k >= c for c in cuts)
            age = k - starts[shot]
            rgb = walls[shot].copy()
            x, y = (30 + 2 * age) * height // 72, (12 + 0.11 * age**2) * height / 72
            cv2.circle(rgb, (x, round(y)), height // 8, (240, 235, 40), -1)
            rgb[: height // 7, -height // 7 :] = 16 + STEP * k
            yield rgb

    sound = speech_like(seed, length / 25, SOUND_RATE, channels=2)
    return Take(RATE, width, height, length, pictures, cuts, sound, SOUND_RATE, frozenset({Trait.SPEECH}))


@cache
def clean(fault: Fault) -> Take:
    """The take that a fault is tried on."""
    if Needs.SCORE in fault.needs:
        return set_ups_on_beats(scene(cuts=()), np.random.default_rng(4))
    if fault.group in IN_TIME:
        cuts = {"jump-cut": (), "unasked-dissolve": (37,)}.get(fault.name, CUTS)
        return replace(scene(cuts=cuts), spare=scene(20, cuts=()))
    return replace(scene(cuts=SHORT_CUTS, length=12, height=270), spare=scene(20, (), 12, 270))


def span(fault: Fault) -> tuple[int, int]:
    """Frames of a span within the take that a fault is tried on."""
    return SPAN if fault.group in IN_TIME else SHORT_SPAN


def signal_faults() -> list[Fault]:
    """Families that need nobody in the picture."""
    return [f for f in faults().values() if not f.needs & PEOPLE]


def strength(fault: Fault, level: str) -> float:
    return 0.1 * fault.amount.faint / fault.amount.most if level == "hint" else fault.amount.strengths()[level]


class Seen:
    """A take played once: pictures (T, H, W, 3) uint8, sound, cuts."""

    def __init__(self, take: Take) -> None:
        self.pictures = np.stack(list(take.pictures()))
        self.sound: NDArray[np.float32] = take.sound if take.sound is not None else np.zeros((0, 1), np.float32)
        self.cuts, self.length, self.truth = take.cuts, take.length, take.truth

    @property
    def clock(self) -> NDArray[np.float64]:
        """Which frame of the scene each picture shows, read off its corner."""
        return (self.pictures[:, 2:8, -8:-2].mean(axis=(1, 2, 3)) - 16) / STEP


@cache
def seen(fault: Fault, level: str, part: bool = False, again: bool = False) -> Seen:
    """``fault`` at ``level`` on its take, or on the ``part`` of it that is the span; ``again`` makes it anew."""
    take = clean(fault)
    if level == "none":
        return Seen(take)
    first, stop = span(fault)
    seconds = (first / 25, stop / 25) if part else None
    return Seen(fault.apply(take, strength(fault, level), np.random.default_rng(7), seconds))


def lag(late: NDArray[np.float32], early: NDArray[np.float32]) -> int:
    """Samples by which ``late`` lags, by cross-correlation."""
    a, b = late.mean(axis=1), early.mean(axis=1)
    size = 2 ** int(np.ceil(np.log2(2 * len(a))))
    found = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    best = int(np.argmax(found))
    return best if best < size // 2 else best - size


def loudness(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The last third, smoothed over 60 ms, without its mean, (n, 1)."""
    late = np.abs(sound[-len(sound) // 3 :]).mean(axis=1)
    smooth = np.convolve(late, np.hanning(960), "same")
    return (smooth - smooth.mean())[:, None].astype(np.float32)


def distance(fault: Fault, a: Seen, b: Seen) -> float:
    """How far ``b`` has moved away from ``a`` in what the fault is about: 0 when nothing has changed."""
    if fault.name in ("voice-offset", "beat-blind-cutting"):
        return abs(lag(b.sound, a.sound))
    if fault.name == "voice-drift":  # fine structure is lost when time is stretched
        return abs(lag(loudness(b.sound), loudness(a.sound)))
    if fault.name == "changed-voice":  # another pitch, at whatever phase: compare spectra
        spectra = [
            np.log(np.abs(np.fft.rfft(s.sound[len(s.sound) // 2 :, 0]))[:4000].reshape(-1, 20).mean(axis=1))
            for s in (a, b)
        ]
        return float(np.abs(spectra[0] - spectra[1]).mean())
    if fault.medium is Medium.SOUND:
        return float(np.sqrt(np.mean((b.sound - a.sound) ** 2)))
    if a.length != b.length:
        return abs(a.length - b.length)
    if fault.group in ("motion", "edit"):
        changed = np.abs(a.pictures.astype(int) - b.pictures).max(axis=(1, 2, 3)) > 8
        if fault.name in ("slowed-down", "weightless-motion"):
            return float(np.abs(a.clock - b.clock).sum())
        if fault.group == "motion" or fault.name in ("unasked-cut", "line-crossed", "identity-swap"):
            return float(changed.sum())
    if fault.group in ("camera", "framing"):  # moved texture is soon as unlike as can be: look at large forms
        pairs = zip(a.pictures, b.pictures, strict=True)
        return float(np.mean([np.abs(_large_forms(x) - _large_forms(y)).mean() for x, y in pairs]))
    return float(np.abs(a.pictures.astype(np.int16) - b.pictures).mean())


def _large_forms(rgb: RGB) -> NDArray[np.float32]:
    small = cv2.resize(rgb, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 6), np.float32)
