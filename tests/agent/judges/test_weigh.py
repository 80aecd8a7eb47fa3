"""Weights into answers: a steady model is read off, habits cancel; coin, yes-sayer and blind model score nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import exp

import pytest

from evalverse.agent.judges.weigh import Asked, Form, Question, habits, weigh_up

YES_NO = ("Yes", "No")
ABC = ("A", "B", "C")
HOLDS = Form("holds", Question("Is it true?", YES_NO), {"Yes": 1.0, "No": 0.0})
FAILS = Form("holds", Question("Is it false?", YES_NO), {"Yes": 0.0, "No": 1.0})
UPWARDS = Form("anchors", Question("Which?", ABC), {"A": 0.0, "B": 0.5, "C": 1.0})
DOWNWARDS = Form("anchors", Question("Which?", ABC), {"A": 1.0, "B": 0.5, "C": 0.0})
FORMS = (HOLDS, FAILS, UPWARDS, DOWNWARDS)
EVEN = tuple({option: 1 / len(form.means) for option in form.means} for form in FORMS)

Model = Callable[[Form, str], float]
"""Strength of an option of a form, in nats."""


def says(model: Model, mass: float = 1.0) -> tuple[dict[str, float], ...]:
    rows = []
    for form in FORMS:
        raw = {option: exp(model(form, option)) for option in form.means}
        rows.append({option: mass * weight / sum(raw.values()) for option, weight in raw.items()})
    return tuple(rows)


def honest(truth: float, sure: float = 4.0) -> Model:
    """Likes an option the better, the nearer it comes to the truth."""
    return lambda form, option: -sure * abs(form.means[option] - truth)


def matter(model: Model, mass: float = 1.0) -> Asked:
    return Asked(FORMS, says(model, mass), EVEN)


def with_habit(model: Model, **likes: float) -> Model:
    return lambda form, option: model(form, option) + likes.get(option, 0.0)


@pytest.mark.parametrize(("truth", "low", "high"), [(0.0, 0.0, 0.15), (1.0, 0.85, 1.0), (0.5, 0.4, 0.6)])
def test_a_steady_model_is_taken_at_its_word(truth: float, low: float, high: float) -> None:
    (said,) = weigh_up([matter(honest(truth, 6.0))])
    assert said.value is not None, said.why
    assert low <= said.interval.low <= said.value <= said.interval.high <= high or truth == 0.5
    assert low <= said.value <= high


def test_a_liking_for_yes_and_for_the_first_letter_is_taken_off() -> None:
    truths = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0] * 2
    biased = [matter(with_habit(honest(t), Yes=2.0, A=1.5)) for t in truths]
    assert habits(biased)["holds"]["Yes"] == pytest.approx(1.0 * 16 / 20, abs=0.01)
    said = weigh_up(biased)
    assert all(w.value is not None for w in said), [w.why for w in said]
    assert [round(w.value or 0.0) for w in said] == truths


def test_a_model_without_a_habit_is_left_alone() -> None:
    fair = [matter(honest(t)) for t in (0.0, 1.0, 1.0)]
    assert all(abs(v) < 1e-3 for likes in habits(fair).values() for v in likes.values())


@pytest.mark.parametrize("many", [1, 30])
def test_a_yes_sayer_scores_nothing_and_is_told_so(many: int) -> None:
    said = weigh_up([matter(lambda form, option: 6.0 if option in ("Yes", "A") else 0.0)] * many)
    assert all(w.value is None for w in said)
    assert "yes to a statement and to its opposite" in said[0].why


def test_an_undecided_model_scores_nothing() -> None:
    (said,) = weigh_up([matter(honest(1.0, 0.2))])
    assert said.value is None
    assert "close to chance" in said.why


def test_a_model_that_would_rather_say_something_else_scores_nothing() -> None:
    (said,) = weigh_up([matter(honest(1.0), mass=0.1)])
    assert said.value is None
    assert "words that it was offered" in said.why


def test_an_answer_that_does_not_rest_on_the_clip_scores_nothing() -> None:
    seen = says(honest(1.0))
    (said,) = weigh_up([Asked(FORMS, seen, seen)])
    assert said.value is None
    assert "without seeing the clip" in said.why


def test_yes_and_the_lowest_description_do_not_go_together() -> None:
    torn = lambda form, option: honest(1.0 if form.kind == "holds" else 0.0)(form, option)  # noqa: E731
    (said,) = weigh_up([matter(torn)])
    assert said.value is None
    assert "do not go together" in said.why


def test_a_coin_hardly_ever_scores_however_sure_it_sounds() -> None:
    """Options at random, certain every time: one in nine by the design of the forms (1/2 of the pairs agree, 1/3 of
    the letters, 2/3 of these go with the pair)."""
    dice = random.Random(7)

    def coin() -> Asked:
        picks = {id(form): dice.choice(list(form.means)) for form in FORMS}
        return matter(lambda form, option: 8.0 if option == picks[id(form)] else 0.0)

    said = weigh_up([coin() for _ in range(900)])
    assert sum(w.value is not None for w in said) / 900 == pytest.approx(1 / 9, abs=0.03)
