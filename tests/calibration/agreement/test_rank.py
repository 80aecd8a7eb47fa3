"""Rank statistics on tables whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.calibration.agreement.rank import Clips, ceiling, chance, left_out, overall, reading, within

PROMPTS, GENERATORS = 12, 4


@pytest.fixture
def clips() -> Clips:
    generator, prompt = np.meshgrid(np.arange(GENERATORS), np.arange(PROMPTS))
    return Clips(generator.ravel().astype(str), prompt.ravel().astype(str))


def draw(seed: int, size: int = PROMPTS * GENERATORS) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=size)


def test_telling_generators_apart_shows_overall_and_not_within(clips: Clips) -> None:
    level = clips.generator.astype(float) * 3
    one, other = level + draw(0), level + draw(1)
    assert overall(one, other, clips) > 0.7
    assert abs(within(one, other, clips)) < 0.3


def test_telling_takes_apart_shows_within(clips: Clips) -> None:
    quality = draw(2)
    one, other = quality + 0.3 * draw(3), quality + 0.3 * draw(4) + clips.generator.astype(float)
    assert within(one, other, clips) > 0.7


def test_an_interval_holds_the_value_and_unread_clips_are_left_out(clips: Clips) -> None:
    one = draw(5)
    other = one + draw(6)
    one[:5] = np.nan
    found = reading(overall, one, other, clips)
    assert found.clips == PROMPTS * GENERATORS - 5 and found.low < found.rho < found.high
    assert np.isnan(reading(overall, np.full(len(one), np.nan), other, clips).rho)


def test_the_ceiling_is_how_people_agree(clips: Clips) -> None:
    quality = draw(7)
    alike = np.stack([quality + 0.1 * draw(k) for k in (8, 9, 10)], -1)
    apart = np.stack([draw(k) for k in (11, 12, 13)], -1)
    assert ceiling(overall, alike, clips).rho > 0.9
    assert abs(ceiling(overall, apart, clips).rho) < 0.3


def test_the_best_of_many_beats_zero_by_luck(clips: Clips) -> None:
    few, many = [draw(20)], [draw(k) for k in range(20, 60)]
    target = draw(99)
    assert 0.15 < chance(overall, few, target, clips) < chance(overall, many, target, clips) < 0.7


def test_a_prompt_is_not_predicted_from_itself(clips: Clips) -> None:
    target = draw(14)
    assert overall(left_out(np.stack([target + 0.1 * draw(15), draw(16)], -1), target, clips), target, clips) > 0.9
    memory = (clips.prompt[:, None] == np.unique(clips.prompt)[None]).astype(float)
    by_prompt = target.reshape(PROMPTS, GENERATORS).mean(1).repeat(GENERATORS)
    assert overall(left_out(memory, by_prompt, clips), by_prompt, clips) < 0.2
