"""Prompts revised by patches: no repetition, no contradiction, bounded, and the user's own words untouched."""

from __future__ import annotations

import pytest

from evalverse.agent.feedback.revise import revise
from evalverse.taxonomy import load

STEADY = "steady camera on a tripod, perfectly stable"
LIGHT = "constant steady lighting, even exposure in every frame"


def test_patches_are_appended_most_urgent_first() -> None:
    made = revise("A man walks through rain.", [STEADY, LIGHT])
    assert made.prompt == f"A man walks through rain. {STEADY}, {LIGHT}"
    assert made.added == (STEADY, LIGHT) and not made.left_out
    assert revise("a man walks", [STEADY]).prompt == f"a man walks, {STEADY}"
    assert revise("", [STEADY]).prompt == STEADY
    assert revise("a man walks", []).prompt == "a man walks"


@pytest.mark.parametrize(
    "prompt",
    [
        "a man walks, steady lighting, constant and even exposure in every frame",
        "A man walks. The lighting is steady and constant with even exposure in every frame.",
    ],
)
def test_what_is_said_is_not_said_again(prompt: str) -> None:
    made = revise(prompt, [LIGHT])
    assert made.prompt == prompt and made.left_out == {LIGHT: "the prompt already says so"}


def test_a_patch_and_its_double_are_one() -> None:
    made = revise("", [LIGHT, LIGHT + " ,", "even exposure in every frame, constant steady lighting"])
    assert made.added == (LIGHT,)


@pytest.mark.parametrize(
    ("prompt", "patch"),
    [
        ("handheld chase through a market", STEADY),
        ("a shaky, nervous camera follows him", STEADY),
        ("shot on grainy super 8", "clean low-noise capture"),
        ("a storm with lightning", LIGHT),
        ("slow dolly in on her face", "static frame, the action alone fills it"),
        ("black and white portrait", "vivid saturated colour"),
    ],
)
def test_the_users_words_win_over_a_patch_that_says_the_opposite(prompt: str, patch: str) -> None:
    made = revise(prompt, [patch])
    assert made.prompt == prompt
    assert "opposite" in made.left_out[patch]


@pytest.mark.parametrize(
    ("prompt", "patch"),
    [
        ("a street, not a shaky camera", STEADY),
        ("no film grain", "clean low-noise capture"),
        ("a lake at dawn", STEADY),
        ("a pan of water on a stove stands still", LIGHT),
    ],
)
def test_what_only_sounds_like_the_opposite_does_not_count(prompt: str, patch: str) -> None:
    assert revise(prompt, [patch]).added == (patch,)


def test_an_earlier_patch_wins_over_a_later_one() -> None:
    made = revise("a lake", ["static frame, locked off", "slow dolly in towards the boat"])
    assert made.added == ("static frame, locked off",)


def test_the_length_is_bounded_and_the_prompt_never_cut() -> None:
    long = " ".join(["water"] * 30)
    assert revise(long, [STEADY], max_words=20).prompt == long
    made = revise("a lake", [LIGHT, STEADY], max_words=12)
    assert made.added == (LIGHT,) and "12 words" in made.left_out[STEADY]


def test_every_patch_of_the_taxonomy_can_be_pasted_into_a_plain_prompt() -> None:
    refused = [c.path for c in load().checks() if not revise("a boat crosses a lake", [c.prompt_patch]).added]
    assert not refused
