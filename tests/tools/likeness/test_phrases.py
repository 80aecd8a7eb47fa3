"""Prompts cut into phrases, sentences and what they do not speak of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalverse.tools.likeness._phrases import lists, others, phrases, reads_as_english, sentences


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a cat", ("cat",)),
        ("two robots playing chess", ("two robots", "playing chess")),
        (
            "A young woman with red hair walking a dog through a rainy street at night, cinematic, 4k.",
            ("young woman", "red hair", "walking a dog", "rainy street", "night"),
        ),
        (
            "The camera pans left as the king is standing in a burning building",
            ("king is standing", "burning building"),
        ),
        (
            "35mm film still of a 1940s detective smoking under a street lamp",
            ("1940s detective smoking", "street lamp"),
        ),
        ("shallow depth of field, slow motion; an old man", ("old man",)),
        ("a dog and a dog", ("dog",)),
        ("slow dolly in, 4k, masterpiece", ()),
        ("", ()),
    ],
)
def test_phrases(prompt: str, expected: tuple[str, ...]) -> None:
    assert phrases(prompt) == expected


@given(st.text(max_size=300))
def test_phrases_hold_no_word_that_the_prompt_does_not(prompt: str) -> None:
    whole = prompt.lower()
    assert all(word in whole for phrase in phrases(prompt) for word in phrase.split())


def test_a_short_prompt_stays_whole_and_a_long_one_falls_into_sentences() -> None:
    assert sentences("A cat.  It sleeps.", 5) == ("A cat. It sleeps.",)
    assert sentences("A cat sleeps. A dog barks at it.", 6) == ("A cat sleeps.", "A dog barks at it.")
    assert sentences("one two three four five six seven", 3) == ("one two three", "four five six", "seven")


@given(st.text(alphabet="ab .!\n", max_size=200), st.integers(1, 10))
def test_sentences_lose_no_word(prompt: str, most: int) -> None:
    assert " ".join(sentences(prompt, most)).split() == prompt.split()
    assert all(len(part.split()) <= most for part in sentences(prompt, most))


def test_what_the_prompt_speaks_of_is_no_measure_of_chance() -> None:
    named = [lists().others[i] for i in others("Dogs on a mountain")]
    assert "a dog on the grass" not in named and "a mountain" not in named
    assert "a kitchen" in named and len(named) == len(lists().others) - 2


def test_a_prompt_that_speaks_of_everything_is_compared_with_everything() -> None:
    assert len(others(" ".join(lists().others))) == len(lists().others)


@pytest.mark.parametrize(("text", "english"), [("a cat", True), ("一只猫", False), ("12 34", False), ("un café", True)])
def test_script(text: str, english: bool) -> None:
    assert reads_as_english(text) is english
