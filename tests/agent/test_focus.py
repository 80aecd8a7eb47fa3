"""A focus question narrows the plan to what it is about."""

from __future__ import annotations

import pytest

from evalverse.agent.focus import narrow
from evalverse.taxonomy import load

TREE = load()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("is the lighting consistent?", "aesthetics/lighting/lighting-logic"),
        ("Are the lips in sync with the voice?", "sound-design/vocal/lip-sync"),
        ("does the music fit?", "sound-design/soundscape/musical-score-alignment"),
        ("is it in focus", "cinematography/lens/focus"),
        ("How is the costume?", "visual-concept-design/character/costume-rationality"),
        ("is the exposure ok", "cinematography/lens/exposure"),
    ],
)
def test_the_question_finds_its_sub_dimension_and_leaves_most_others(question: str, expected: str) -> None:
    found = narrow(TREE, question, TREE.subdimensions())
    assert expected in found
    assert len(found) <= 12
    assert max(found.values()) == 1.0


@pytest.mark.parametrize("question", ["", "xyzzy", "is it the one?", "ist das gut"])
def test_a_question_about_nothing_we_know_finds_nothing(question: str) -> None:
    assert narrow(TREE, question, TREE.subdimensions()) == {}


@pytest.mark.parametrize("question", ["sound-design", "Sound Design", " sound design "])
def test_the_name_of_a_node_means_all_below_it(question: str) -> None:
    below = {sub.path for sub in TREE.subdimensions() if sub.path.startswith("sound-design/")}
    assert len(below) > 3
    assert narrow(TREE, question, TREE.subdimensions()) == dict.fromkeys(below, 1.0)


def test_the_path_of_a_sub_dimension_means_that_one() -> None:
    assert list(narrow(TREE, "sound-design/vocal/lip-sync", TREE.subdimensions())) == ["sound-design/vocal/lip-sync"]
