"""The revised prompt: nothing twice, nothing against the maker's words, never too long."""

from __future__ import annotations

from evalverse.report.revise import merged


def test_patches_are_added_clause_by_clause() -> None:
    told = merged(
        "A man walks through rain", ["even exposure, natural skin tones", "natural skin tones; clean dialogue"]
    )
    assert told.text == "A man walks through rain, even exposure, natural skin tones, clean dialogue"
    assert told.added == ("even exposure", "natural skin tones", "clean dialogue")


def test_what_the_prompt_says_is_not_said_again() -> None:
    told = merged("Soft warm light on her face.", ["warm soft light on the face, shallow depth of field"])
    assert told.added == ("shallow depth of field",)
    assert told.left_out == {"warm soft light on the face": "the prompt says so already"}
    assert told.text == "Soft warm light on her face. shallow depth of field"


def test_the_makers_own_words_win() -> None:
    told = merged("handheld camera at night", ["locked-off tripod shot", "bright daylight scene", "clean focus"])
    assert told.added == ("clean focus",)
    assert "handheld" in told.left_out["locked-off tripod shot"]
    assert "night" in told.left_out["bright daylight scene"]


def test_a_negated_word_takes_the_other_side() -> None:
    assert merged("locked-off tripod shot", ["no handheld shake"]).added == ("no handheld shake",)
    assert "handheld" in merged("handheld camera", ["no shake"]).left_out["no shake"]


def test_patches_do_not_contradict_each_other() -> None:
    told = merged("", ["static camera", "slow dolly in"])
    assert told.text == "static camera"
    assert "static" in told.left_out["slow dolly in"]


def test_what_is_added_is_bounded() -> None:
    told = merged("A street", [f"{n}-fold {n}-ness" for n in range(200)], longest=100)
    assert len(told.text) <= len("A street") + 100 + 2 * len(told.added)
    assert any("100 characters" in why for why in told.left_out.values())


def test_nothing_in_nothing_out() -> None:
    assert merged("", []) == merged(" ", ["", " ;, "])
