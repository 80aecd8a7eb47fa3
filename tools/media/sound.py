"""The sound of a clip as arrays, decoded once into a memory-mapped file so that memory stays flat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.clip import Clip

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Sound:
    """Decoded sound on the clip's timeline: sample 0 is at ``start`` seconds.

    ``samples`` is (N, C) float32 in [-1, 1] at ``rate`` Hz with the stream's own channels; a read-only memory map.
    """

    samples: Samples
    rate: int
    layout: str
    start: float

    @property
    def seconds(self) -> float:
        return self.samples.shape[0] / self.rate

    def mono(self, rate: int = 16000) -> Samples:
        """(N,) float32, all channels averaged, band-limited and resampled to ``rate``; made once."""
        raise NotImplementedError


def decode_sound(clip: Clip) -> Sound | None:
    """The sound of ``clip``, or None without an audio stream (or when nothing of it decodes)."""
    raise NotImplementedError
