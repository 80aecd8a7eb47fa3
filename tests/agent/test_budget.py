"""Budgets in words."""

from __future__ import annotations

import pytest

from evalverse.agent.budget import Budget
from evalverse.errors import BriefError


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        (None, Budget()),
        ("", Budget()),
        ("30s", Budget(seconds=30)),
        ("2min, 50000tok", Budget(seconds=120, tokens=50_000)),
        ("50k,0.5usd", Budget(tokens=50_000, money=0.5)),
    ],
)
def test_words_become_bounds(text: str | None, budget: Budget) -> None:
    assert Budget.parse(text) == budget


@pytest.mark.parametrize("text", ["much", "30", "-3s", "3 apples", "s"])
def test_what_is_not_understood_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BriefError, match="write for instance"):
        Budget.parse(text)
