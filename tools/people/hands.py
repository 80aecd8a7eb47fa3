"""Hands as numbers: 21 marks each (Zhang et al. 2020), in picture heights, x to the right, y down, z away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Hand:
    """One hand: ``marks`` (21, 3) wrist, then thumb to little finger, root to tip; ``score`` of left or right."""

    marks: NDArray[np.float32]
    score: float
