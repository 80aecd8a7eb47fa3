"""The verifier: what is in the ledger stands, what is not is marked or dropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalverse.agent.verify import figures, verify_answer, verify_steps
from evalverse.report.model import Answer, State, Step
from evalverse.taxonomy import load
from tests.agent._case import case, reading

CHECK = next(c for c in load().checks() if not any(ch.isdigit() for ch in c.statement + c.gate + str(c.anchors)))
CLIPPED = reading("exposure.clipped_high", 7.314, words="Highlights clip in 7.3 % of the picture.", span=(2.4, 3.1))
SHARE = reading("silence.share", 0.25, unit="")
CASE = case(CLIPPED, SHARE)


@pytest.mark.parametrize(
    "text",
    [
        "Highlights clip in 7.3 % of the picture.",
        "About 7 % is clipped.",
        "It clips from 00:02.4 to 00:03.1.",
        "It clips between 2.4 and 3.1 s, for 0.7 s.",
        "The clip runs 10 s in 2 shots at 640x360; shot 2 starts at 00:04.",
        "Nothing here is counted.",
    ],
)
def test_what_the_evidence_says_stands(text: str) -> None:
    (step,), tally = verify_steps([Step(text=text, evidence=(CLIPPED.id,))], CHECK, CASE)
    assert step.doubt is None
    assert (tally.claims, tally.marked, tally.dropped) == (1, 0, 0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Highlights clip in 12 % of the picture.", "12"),
        ("It clips at 00:07.5.", "00:07.5"),
        ("It clips at 01:02:03:04.", "01:02:03:04"),
        ("It reads 7.9 %.", "7.9"),
        ("Shot 3 is the worst.", "3"),
        ("It drops by -45.5 dB.", "45.5"),
    ],
)
def test_what_it_does_not_say_is_marked(text: str, named: str) -> None:
    (step,), tally = verify_steps([Step(text=text, evidence=(CLIPPED.id,))], CHECK, CASE)
    assert step.doubt is not None
    assert named in step.doubt
    assert tally.marked == 1


def test_a_number_of_other_evidence_than_the_cited_does_not_count() -> None:
    (step,), _ = verify_steps([Step(text="A quarter, 25 %, is silent.", evidence=(CLIPPED.id,))], CHECK, CASE)
    assert step.doubt is not None
    (step,), _ = verify_steps([Step(text="A quarter, 25 %, is silent.", evidence=(SHARE.id,))], CHECK, CASE)
    assert step.doubt is None


def test_invented_evidence_is_dropped_and_half_invented_marked() -> None:
    steps, tally = verify_steps(
        [
            Step(text="It flickers.", evidence=("flicker.luma:deadbeef",)),
            Step(text="It clips.", evidence=(CLIPPED.id, "flicker.luma:deadbeef")),
            Step(text="It is lovely."),
        ],
        CHECK,
        CASE,
    )
    assert [s.text for s in steps] == ["It clips.", "It is lovely."]
    assert steps[0].evidence == (CLIPPED.id,)
    assert steps[0].doubt is not None and "deadbeef" in steps[0].doubt
    assert steps[1].doubt == "cites no evidence"
    assert (tally.claims, tally.marked, tally.dropped) == (3, 2, 1)


def test_an_answer_without_any_standing_step_is_not_assessable() -> None:
    answer = Answer(
        check=CHECK.path,
        state=State.SCORED,
        value=1.0,
        steps=(Step(text="Perfect.", evidence=("made.up:00000000",)),),
        judge="scripted",
    )
    verified, tally = verify_answer(answer, CHECK, CASE)
    assert verified.state is State.NOT_ASSESSABLE
    assert verified.value is None
    assert tally.dropped == 1


@given(st.floats(0, 5000).map(lambda v: round(v, 2)))
def test_every_written_decimal_is_read_back(value: float) -> None:
    assert [(v) for _, v, _ in figures(f"it reads {value:.2f} dB here")] == [pytest.approx(value)]


def test_ids_and_words_with_digits_are_no_figures() -> None:
    assert figures("BT1770 and x264 say exposure.clipped_high:a1b2c3d4") == []
