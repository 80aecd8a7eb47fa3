"""Talking heads that are made up: a mouth that opens with the loudness of its voice, as late as told."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from scipy.ndimage import uniform_filter1d

from evalverse.calibration.lipsync.data import Example
from evalverse.tools.evidence import Span
from evalverse.tools.lipsync.features import SOUND_RATE
from tests.synth import speech_like
from tests.tools.people._faces import face, seen_from


@cache
def talking_head(seed: int, late: float = 0.0, seconds: float = 8.0, fps: float = 25.0) -> Example:
    """The voice comes ``late`` seconds after the lips."""
    samples = speech_like(seed, seconds, SOUND_RATE)[:, 0]
    loudness = uniform_filter1d(np.abs(samples).astype(float), round(0.08 * SOUND_RATE))
    t = np.arange(round(seconds * fps)) / fps
    opening = np.interp(t + late, np.arange(len(samples)) / SOUND_RATE, loudness)
    faces = np.stack([face(0.3 * o / loudness.max()) for o in opening])
    return Example(
        name=f"head{seed}",
        path=Path(f"head{seed}.mp4"),
        speaker=f"head{seed}",
        sha256=f"{seed:064d}",
        t=t,
        points=seen_from(faces, size=0.2),
        samples=samples,
        start=0.0,
        speech=(Span(start=0.0, end=seconds),),
        height=480,
    )
