"""Judge against instruments: seen, asked again, decided by what was measured, and never in silence."""

from __future__ import annotations

from typing import Any

import pytest

from evalverse.agent.credibility import LAB, Credibility, Statistic
from evalverse.agent.disagree import doubts, settled
from evalverse.agent.judges.base import Doubt
from evalverse.agent.judges.evidence import EvidenceJudge
from evalverse.agent.judges.scripted import ScriptedJudge
from evalverse.agent.verify import verify_steps
from evalverse.report.model import Answer, Interval, State, Step
from evalverse.taxonomy import load
from tests.agent._case import case, reading

CHECK = next(c for c in load().checks() if c.path == "cinematography/lens/exposure/highlights-held")
SUB = CHECK.path.rsplit("/", 1)[0]
READ = reading("exposure.clipped_high", 40.0)
CASE = case(READ)
JUDGE, MEASURER = ScriptedJudge({}, name="remote:some-vl"), EvidenceJudge()


def answer(value: float | None, judge: str = JUDGE.id, **fields: Any) -> Answer:
    given: dict[str, Any] = {"steps": (Step(text="It is seen.", evidence=(READ.id,)),), **fields}
    if value is None:
        return Answer(check=CHECK.path, state=State.NOT_ASSESSABLE, why="too dark", judge=judge, **given)
    return Answer(check=CHECK.path, state=State.SCORED, value=value, judge=judge, **given)


MEASURED = answer(0.1, "evidence", interval=Interval(low=0.0, high=0.3))


def found(said: Answer, measured: Answer = MEASURED, confidence: float = 1.0) -> list[Doubt]:
    read = READ.model_copy(update={"confidence": confidence})
    return doubts([CHECK], {CHECK.path: said}, {CHECK.path: measured}, case(read))


def known(judge: Any, value: float, **fields: Any) -> Credibility:
    ends = {"low": value - 0.05, "high": value + 0.05}
    given: dict[str, Any] = {"truth": LAB, "statistic": Statistic.AUC, "n_clips": 90, "n_sources": 9, **ends, **fields}
    return Credibility(sub_dimension=SUB, judge=judge.id, calibration=judge.calibration, value=value, **given)


def settle(again: Answer | None, *rows: Credibility) -> Answer:
    return settled(Doubt(CHECK, answer(0.9), MEASURED), again, JUDGE, MEASURER, rows)


@pytest.mark.parametrize(
    ("said", "measured", "confidence", "count"),
    [
        (answer(0.9), MEASURED, 1.0, 1),
        (answer(0.5), MEASURED, 1.0, 0),
        (answer(0.9), MEASURED, 0.5, 0),
        (answer(0.9), answer(0.1, "evidence", interval=Interval(low=0.0, high=0.95)), 1.0, 0),
        (answer(0.9), answer(0.1, "evidence", steps=()), 1.0, 0),
        (answer(None), MEASURED, 1.0, 0),
        (answer(0.9), answer(None, "evidence"), 1.0, 0),
    ],
    ids=["far", "near", "unsure", "admits it", "cites nothing", "abstains", "not measured"],
)
def test_only_a_sure_answer_far_away_is_held_against_a_judge(
    said: Answer, measured: Answer, confidence: float, count: int
) -> None:
    assert len(found(said, measured, confidence)) == count


def test_a_judge_that_comes_round_is_taken_at_its_second_word() -> None:
    told = settle(answer(0.2))
    assert (told.value, told.judge) == (0.2, JUDGE.id)
    assert "much the same" in told.contested


def test_what_nobody_measured_stays_open_and_the_interval_covers_both() -> None:
    for again in (answer(0.8), None):
        told = settle(again)
        assert told.value == (0.8 if again else 0.9)
        assert told.interval == Interval(low=0.0, high=told.value)
        assert "covers both" in told.contested


def test_the_one_whose_credibility_was_measured_is_followed() -> None:
    theirs = settle(answer(0.9), known(MEASURER, 0.9))
    assert (theirs.value, theirs.judge) == (0.1, "evidence")
    mine = settle(answer(0.9), known(JUDGE, 0.9))
    assert (mine.value, mine.judge, mine.interval) == (0.9, JUDGE.id, None)
    assert settle(answer(0.9), known(MEASURER, 0.7), known(JUDGE, 0.9)).value == 0.9
    assert settle(answer(0.9), known(MEASURER, 0.95), known(JUDGE, 0.9)).value == 0.1


@pytest.mark.parametrize(
    "row",
    [
        known(MEASURER, 0.52),
        known(MEASURER, 0.9).model_copy(update={"calibration": "another"}),
        known(MEASURER, 0.9).model_copy(update={"sub_dimension": "cinematography/lens/focus"}),
    ],
    ids=["no better than chance", "another calibration", "another sub-dimension"],
)
def test_credibility_counts_only_for_what_it_was_measured_on(row: Credibility) -> None:
    assert "covers both" in settle(answer(0.9), row).contested


def test_credibility_against_different_truths_is_not_compared() -> None:
    other = known(JUDGE, 0.4, truth="public ratings", statistic=Statistic.SRCC)
    assert "covers both" in settle(answer(0.9), known(MEASURER, 0.9), other).contested


def test_a_judge_that_no_longer_knows_is_not_assessable() -> None:
    told = settle(answer(None))
    assert (told.state, told.value) == (State.NOT_ASSESSABLE, None)
    assert "too dark" in told.why and told.contested


@pytest.mark.parametrize("again", [answer(0.2), answer(0.8), None])
def test_what_is_told_of_it_stands_up_to_the_verifier(again: Answer | None) -> None:
    told = settle(again)
    assert told.steps[0].text.startswith("The instruments disagree")
    _, tally = verify_steps(told.steps, CHECK, CASE)
    assert (tally.marked, tally.dropped) == (0, 0)
