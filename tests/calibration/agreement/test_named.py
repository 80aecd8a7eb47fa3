"""Combinations that nothing is fitted in, on tables whose truth is known, and what few clips can show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from evalverse.calibration.agreement.named import (
    PARTS,
    WITH_LIMITS,
    power,
    prompts_for,
    rows,
    together,
    without,
)
from evalverse.calibration.agreement.rank import FEWEST, Clips, overall, placed, within
from evalverse.calibration.credibility.rank import correlation, without_effects
from tests.calibration.agreement.test_rank import GENERATORS, PROMPTS, clips, draw

__all__ = ["clips"]
NONE = np.full(PROMPTS * GENERATORS, np.nan)


def test_equal_weights_follow_the_signs_and_bridge_what_is_not_measured() -> None:
    quality = draw(0)
    noisy = {name: sign * quality + draw(k + 1) for k, (name, sign) in enumerate(WITH_LIMITS.items())}
    noisy["track_survival.survival"][:10] = np.nan
    found = together(noisy, WITH_LIMITS, NONE)
    assert np.isfinite(found).all()
    single = overall(noisy["local_melt.worst_place"], quality, Clips(NONE.astype(str), NONE.astype(str)))
    assert overall(found, quality, Clips(NONE.astype(str), NONE.astype(str))) > max(0.8, -single + 0.05)


def test_a_clip_without_any_reading_has_no_place() -> None:
    assert np.isnan(together({}, WITH_LIMITS, NONE)).all()
    values = draw(1)
    values[3] = np.nan
    found = together({"local_melt.worst_place": values}, WITH_LIMITS, NONE)
    assert np.isnan(found[3]) and np.isfinite(np.delete(found, 3)).all()


def test_ranks_lie_around_the_middle() -> None:
    assert placed(np.array([5.0, np.nan, 1.0, 3.0])).tolist() == pytest.approx([0.25, np.nan, -0.25, 0.0], nan_ok=True)


def test_what_another_measure_tells_is_taken_out() -> None:
    speed, quality = draw(2), draw(3)
    left = without(quality - 3 * speed, speed)
    somewhere = Clips(speed.astype(str), speed.astype(str))
    assert abs(overall(left, speed, somewhere)) < 0.15 and overall(left, quality, somewhere) > 0.7
    assert np.isnan(without(quality, np.ones_like(speed))).all()


def test_all_rows_are_given_and_read_on_every_clip_that_they_can_be(clips: Clips) -> None:
    quality = draw(4)
    names = [f"persistence.{n}" for n in ("held", "speed", "worst", *PARTS)]
    found = rows({n: quality + 0.5 * draw(k + 5) for k, n in enumerate(names)}, quality, clips)
    assert within(found["ranks of the four, on every clip"], quality, clips) > 0.8
    assert np.isnan(found["ranks of the four, with limits of speed"]).sum() > len(quality) - FEWEST


def test_power_is_what_simulation_says() -> None:
    prompts, generators, rho, draws = 10, 4, 0.5, 2000
    generator, prompt = (v.ravel().astype(str) for v in np.meshgrid(np.arange(generators), np.arange(prompts)))
    free = (prompts - 1) * (generators - 1) - 1
    told, random = 0, np.random.default_rng(0)
    for _ in range(draws):
        one = random.normal(size=len(prompt))
        other = rho * one + np.sqrt(1 - rho**2) * random.normal(size=len(prompt))
        r = correlation(without_effects(one, generator, prompt), without_effects(other, generator, prompt))
        told += abs(r) * np.sqrt(free / (1 - r * r)) > t.ppf(0.975, free)
    assert power(rho, prompts, generators) == pytest.approx(told / draws, abs=0.05)


def test_more_prompts_show_more() -> None:
    assert power(0.39, 10, 4) < power(0.39, 20, 4) < power(0.39, 40, 4)
    fewest = prompts_for(0.39, 4)
    assert power(0.39, fewest - 1, 4) < 0.8 <= power(0.39, fewest, 4)
