"""The stretches of a film in which a gradual transition is looked for: of several lengths, side by side, in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.shots._likeness import Small, Strip, most_unlike

CHUNK = 1024
"""Frames that are held at once, so that memory stays flat in clip length."""
LOOKS = 9
"""Pictures by which a stretch is known, its ends included."""


@dataclass(frozen=True)
class Windows:
    """All stretches of one length in one chunk of a film.

    ``starts`` (N,) are their first frames within the chunk, ``first`` is the chunk's own first frame; ``pictures``
    (N, K, 12, 24, 3) show each at ``when`` (K,), 0 at its first frame and 1 at its last, ``length`` frames later.
    """

    first: int
    length: int
    starts: NDArray[np.intp]
    when: NDArray[np.float64]
    pictures: Small


def windows(strip: Strip, rate: float, seconds: Sequence[float], apart: float) -> Iterator[Windows]:
    """Every stretch of about one of the lengths in ``seconds``, an eighth of its length after the one before it, less
    those whose ends cannot be as unlike as ``apart``: most of an ordinary shot."""
    lengths = sorted({n for n in (max(4, round(s * rate)) for s in seconds) if n < len(strip)})
    for first in range(0, len(strip), CHUNK):
        small = strip.small(np.arange(first, min(first + CHUNK + max(lengths, default=0), len(strip))))
        for length in lengths:
            starts = np.arange(0, min(len(small) - length, CHUNK), max(1, length // 8))
            starts = starts[most_unlike(small[starts], small[starts + length]) >= apart]
            if len(starts):
                inside = np.unique(np.linspace(0, length, LOOKS).round().astype(int))
                yield Windows(first, length, starts, inside / length, small[starts[:, None] + inside])
