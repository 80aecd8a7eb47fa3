"""The search for an offset, on streams whose offset is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from evalverse.tools.lipsync.features import RATE
from evalverse.tools.lipsync.lag import certainty, chance, drift, milliseconds, peak, products, prominence, summed

REACH = 50


def stream(seed: int, steps: int, columns: int = 8) -> NDArray[np.float32]:
    """(steps, columns) of smooth noise, as embeddings are."""
    noise = np.random.default_rng(seed).standard_normal((steps, columns))
    return gaussian_filter1d(noise, 3, axis=0).astype(np.float32) * 3


def late(voice: NDArray[np.float32], steps: float) -> NDArray[np.float32]:
    """The stream ``steps`` later (parts of a step too), its ends held."""
    at = np.arange(len(voice)) - steps
    return np.stack([np.interp(at, np.arange(len(voice)), c) for c in voice.T], axis=1).astype(np.float32)


def scores(lips: NDArray[np.float32], voice: NDArray[np.float32]) -> NDArray[np.float64]:
    return summed(*products(lips, voice, 0, REACH), np.ones(len(lips)))


@pytest.mark.parametrize("steps", [-20.0, -7.4, 0.0, 0.3, 12.5, 20.0])
def test_a_known_delay_is_found_between_the_steps_and_with_its_sign(steps: float) -> None:
    lips = stream(1, 300)
    voice = late(lips, steps) + 0.5 * stream(2, 300)
    assert peak(scores(lips, voice)) == pytest.approx(steps, abs=0.3)


def test_a_delay_is_found_in_a_long_sound_around_short_lips() -> None:
    voice = stream(3, 900)
    found, there = products(voice[400:600], late(voice, 9), 400, REACH)
    assert there.all()
    assert peak(summed(found, there, np.ones(200))) == pytest.approx(9, abs=0.3)


def test_long_and_short_sounds_are_multiplied_alike() -> None:
    lips, voice = stream(4, 150), stream(5, 190)
    short = products(lips, voice, 10, REACH)
    long = products(lips, np.concatenate([voice, np.zeros((100, 8), np.float32)]), 10, REACH)
    assert np.allclose(short[0], np.where(short[1], long[0], 0), atol=1e-4)


def test_confidence_falls_with_noise() -> None:
    lips = stream(6, 250)
    clean, noisy = (scores(lips, late(lips, 5) + n * stream(7, 250)) for n in (0.2, 4.0))
    assert prominence(clean) > 1.3 * prominence(noisy)
    assert certainty(clean, 40.0) > certainty(noisy, 40.0)


def test_p_values_are_small_for_what_belongs_together_and_spread_for_what_does_not() -> None:
    def p_value(lips: NDArray[np.float32], voice: NDArray[np.float32]) -> float:
        ones = np.ones(len(lips))
        level = chance(lips, voice, np.ones(len(voice), bool), 0, ones, REACH)
        assert level is not None
        return level.p_value(float(scores(lips, voice).max()), 2 * REACH + 1)

    lips = stream(8, 400)
    assert p_value(lips, late(lips, -11) + stream(9, 400)) < 1e-3
    strangers = [p_value(stream(2 * seed, 400), stream(2 * seed + 1, 400)) for seed in range(10, 50)]
    assert np.mean(np.array(strangers) < 0.05) <= 0.15
    assert 0.2 < np.median(strangers) < 0.9


def test_too_short_a_sound_has_no_chance_level() -> None:
    lips = stream(10, 100)
    assert chance(lips, lips, np.ones(100, bool), 0, np.ones(100), REACH) is None


@pytest.mark.parametrize("ms_per_s", [-40.0, 0.0, 10.0, 42.0])
def test_a_drift_is_followed(ms_per_s: float) -> None:
    lips = stream(11, 600)
    slope = ms_per_s * RATE / 1000  # steps of delay per second
    at = np.arange(600)
    origin = at - slope * (at - 300) / RATE
    voice = np.stack([np.interp(origin, at, c) for c in lips.T], axis=1).astype(np.float32) + 0.3 * stream(12, 600)
    found, there = products(lips, voice, 0, REACH)
    starts = np.arange(0, 600, 75)
    curves = np.stack([summed(found[a : a + 75], there[a : a + 75], np.ones(75)) for a in starts])
    told, middle, gain = drift(curves, (starts + 37) / RATE, 60 * RATE / 1000, 2 * RATE / 1000)
    assert milliseconds(told) == pytest.approx(ms_per_s, abs=4)
    assert milliseconds(middle) == pytest.approx(0, abs=25)
    assert gain >= 0
