"""Names of paths, also of those that the packaged taxonomy does not know."""

from __future__ import annotations

import pytest

from evalverse.report.names import name
from evalverse.taxonomy import Check, load


def test_known_paths_have_the_names_of_the_taxonomy() -> None:
    nodes = load("film").nodes()
    assert len(nodes) > 100
    for path, node in nodes.items():
        assert name(path) == (node.statement if isinstance(node, Check) else node.name)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("acting/voice/lip-rounding", "Lip rounding"),
        ("measure flicker.luma_flicker", "measure flicker.luma_flicker"),
        ("text_likeness", "text_likeness"),
        ("</b>/x", "</b>/x"),
        ("", ""),
    ],
)
def test_others_are_read_from_their_form(path: str, words: str) -> None:
    assert name(path) == words
