"""Voices that are spoilt keep their length, and all but two keep their time."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.calibration.lipsync.wear import WEAR
from tests.tools.sound._voices import vowels

UNDONE = {"15 % slower", "backwards"}


def envelope(wave: np.ndarray) -> np.ndarray:
    """(T,) level every 10 ms, about its mean."""
    count = len(wave) // 160
    course = np.sqrt(np.square(wave[: count * 160].reshape(count, 160)).mean(axis=1))
    return np.asarray(course - course.mean())


@pytest.mark.parametrize("name", WEAR)
def test_the_voice_stays_where_it_is(name: str) -> None:
    wave = vowels(6, rate=3.1)
    spoilt = np.asarray(WEAR[name](wave))
    assert len(spoilt) >= len(wave) and np.isfinite(spoilt).all()
    before, after = envelope(wave), envelope(spoilt[: len(wave)])
    lag = int(np.argmax(np.correlate(after, before, "full"))) - len(before) + 1
    alike = float(np.corrcoef(before, after)[0, 1])
    assert (abs(lag) <= 3 and alike > 0.5) != (name in UNDONE), (lag, alike)
