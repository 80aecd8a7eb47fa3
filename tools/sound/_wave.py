"""Sound in blocks: levels in decibels, powers per hop with flat memory, and reasons not to measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import number
from evalverse.tools.media.sound import Samples, Sound

Series = NDArray[np.float64]

LEAST = -120.0
"""dBFS that stands for digital silence wherever a level must be a number."""
BLOCK_SECONDS = 5.0


def decibels(power: Any) -> Series:
    """Decibels of a power relative to 1, never below ``LEAST``."""
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (LEAST / 10))))


def lacking(sound: Sound, seconds: float) -> str | None:
    """Why nothing can be measured: shorter than ``seconds``, or digital silence throughout."""
    if sound.seconds < seconds:
        return f"the sound lasts {number(sound.seconds)} s; {number(seconds)} s are needed"
    size = max(1, round(BLOCK_SECONDS * sound.rate))
    if not any(sound.samples[at : at + size].any() for at in range(0, len(sound.samples), size)):
        return "the sound is digital silence: every sample is zero"
    return None


def powers(
    samples: Samples,
    rate: int,
    hop: float,
    weighted: Callable[[Series], Series] | None = None,
) -> Series:
    """Mean square per hop of ``hop`` seconds, (M, C) for samples (N, C), (M,) for (N,). A rest is left out.

    Args:
        weighted: what is done to every block (n, C) before; a filter keeps its state from block to block.
    """
    edges = np.round(np.arange(int(len(samples) / rate / hop + 1e-9) + 1) * hop * rate).astype(int)
    at_once = max(1, round(BLOCK_SECONDS / hop))
    found: list[Series] = []
    for first in range(0, len(edges) - 1, at_once):
        own = edges[first : first + at_once + 1]
        block = np.asarray(samples[own[0] : own[-1]], np.float64)
        squares = np.square(block if weighted is None else weighted(block))
        lengths = np.diff(own).reshape(-1, *([1] * (samples.ndim - 1)))
        found.append(np.add.reduceat(squares, own[:-1] - own[0], axis=0) / lengths)
    return np.asarray(np.concatenate(found) if found else np.zeros((0, *samples.shape[1:])), np.float64)


def centres(count: int, hop: float, window: float, start: float) -> Series:
    """(count,) seconds of the middles of windows that follow each other every ``hop`` seconds."""
    return np.asarray(start + window / 2 + hop * np.arange(count), np.float64)


def runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """(first, last + 1) of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
