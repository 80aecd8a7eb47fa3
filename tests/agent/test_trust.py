"""Answers that are all alike are withdrawn; answers that differ are left alone."""

from __future__ import annotations

from collections.abc import Callable

from evalverse.agent.trust import FEW, alike
from evalverse.report.model import Answer, State


def answers(count: int, value: Callable[[int], float | State]) -> dict[str, Answer]:
    made = {}
    for n in range(count):
        said = value(n)
        scored = isinstance(said, float)
        made[f"a/b/c/{n}"] = Answer(
            check=f"a/b/c/{n}",
            state=State.SCORED if scored else State(said),  # type: ignore[arg-type]
            value=said if isinstance(said, float) else None,
            why="" if scored else "so",
            judge="vl",
        )
    return made


def test_one_value_for_everything_is_withdrawn_and_noted() -> None:
    changed, (note,) = alike(answers(FEW, lambda n: 1.0))
    assert len(changed) == FEW
    assert all(a.state is State.NOT_ASSESSABLE and "tells nothing" in a.why for a in changed.values())
    assert "withdrawn" in note


def test_what_was_not_scored_stays_as_it_is() -> None:
    given = answers(2 * FEW, lambda n: 0.5 if n % 2 else State.NOT_ASSESSABLE)
    changed, _ = alike(given)
    assert set(changed) == {path for path, a in given.items() if a.state is State.SCORED}


def test_answers_that_differ_are_left_alone() -> None:
    assert alike(answers(40, lambda n: float(n % 2))) == ({}, ())


def test_nearly_one_value_is_only_remarked_on() -> None:
    changed, notes = alike(answers(40, lambda n: 0.0 if n == 7 else 1.0))
    assert changed == {}
    assert "39 of 40" in notes[0]


def test_a_few_answers_may_be_alike() -> None:
    assert alike(answers(FEW - 1, lambda n: 1.0)) == ({}, ())
    assert alike(answers(FEW - 1, lambda n: State.NOT_APPLICABLE)) == ({}, ())


def test_nothing_applies_is_not_believed() -> None:
    changed, notes = alike(answers(FEW, lambda n: State.NOT_APPLICABLE))
    assert {a.state for a in changed.values()} == {State.NOT_ASSESSABLE}
    assert len(notes) == 1


def test_a_judge_that_cannot_see_anything_is_taken_at_its_word() -> None:
    assert alike(answers(50, lambda n: State.NOT_ASSESSABLE)) == ({}, ())
