"""A statistic as it is written down: rounded, and without the values that JSON cannot hold."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from evalverse.calibration.credibility.rank import Estimate


class Number(BaseModel):
    """A statistic with its 95 % interval; None where there was too little."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, found: Estimate) -> Number:
        return cls(value=plain(found.value), low=plain(found.low), high=plain(found.high))


def plain(value: float) -> float | None:
    """Four decimals; None for what is no number."""
    return round(float(value), 4) if np.isfinite(value) else None
