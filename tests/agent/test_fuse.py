"""From answers to verdicts: three states, an interval, and bounds that own up to what was not answered."""

from __future__ import annotations

import pytest

from evalverse.agent.fuse import fuse
from evalverse.report.model import Answer, Interval, State
from evalverse.taxonomy import Stage, load

SUB = next(load().subdimensions())


def scored(value: float, low: float | None = None, high: float | None = None) -> Answer:
    interval = None if low is None or high is None else Interval(low=low, high=high)
    return Answer(check=SUB.checks[0].path, state=State.SCORED, value=value, interval=interval, judge="t")


def unscored(state: State, why: str = "no face is to be seen") -> Answer:
    return Answer(check=SUB.checks[0].path, state=state, why=why, judge="t")


def test_all_answered_is_their_mean_with_their_own_intervals() -> None:
    verdict = fuse(SUB, Stage.PRODUCTION, [scored(0.2, 0.1, 0.3), scored(0.8, 0.7, 1.0)])
    assert verdict.state is State.SCORED
    assert verdict.score == pytest.approx(0.5)
    assert verdict.interval == Interval(low=0.4, high=0.65)


def test_unanswered_checks_widen_the_bounds_to_their_worst_and_best_and_leave_the_interval() -> None:
    verdict = fuse(SUB, Stage.PRODUCTION, [scored(1.0, 0.8, 1.0)] + [unscored(State.NOT_ASSESSABLE)] * 3)
    assert verdict.score == 1.0
    assert verdict.interval == Interval(low=0.8, high=1.0)
    assert verdict.bounds == Interval(low=0.2, high=1.0)
    assert (verdict.answered, verdict.applicable) == (1, 4)


def test_checks_that_do_not_apply_count_for_nothing() -> None:
    verdict = fuse(SUB, Stage.PRODUCTION, [scored(0.4), unscored(State.NOT_APPLICABLE)])
    assert verdict.interval == verdict.bounds == Interval(low=0.4, high=0.4)
    assert verdict.applicable == 1


def test_a_calibrated_interval_comes_before_those_of_the_answers() -> None:
    asked: list[tuple[str, float]] = []

    def spread(path: str, score: float) -> Interval:
        asked.append((path, score))
        return Interval(low=0.3, high=0.9)

    verdict = fuse(SUB, Stage.PRODUCTION, [scored(0.5, 0.5, 0.5), scored(0.7, 0.7, 0.7)], spread)
    assert verdict.interval == Interval(low=0.3, high=0.9)
    assert asked == [(SUB.path, 0.6)]


def test_no_score_is_ever_made_of_nothing() -> None:
    for answers, state in (
        ([unscored(State.NOT_APPLICABLE)], State.NOT_APPLICABLE),
        ([unscored(State.NOT_ASSESSABLE)], State.NOT_ASSESSABLE),
        ([unscored(State.NOT_APPLICABLE), unscored(State.NOT_ASSESSABLE)], State.NOT_ASSESSABLE),
        ([], State.NOT_APPLICABLE),
    ):
        verdict = fuse(SUB, Stage.PRODUCTION, answers)
        assert (verdict.state, verdict.score, verdict.interval) == (state, None, None)
        assert verdict.why
