"""The evidence judge: documented curves, their weakest link, and no guess without a reading."""

from __future__ import annotations

import pytest

from evalverse.agent.bench import LedgerBench
from evalverse.agent.judges.base import Case
from evalverse.agent.judges.documented import Proxy, proxies
from evalverse.agent.judges.evidence import EvidenceJudge
from evalverse.report.model import Answer, State
from evalverse.settings import Settings
from evalverse.taxonomy import Check, Dimension, find, load
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.operator import operators
from tests.agent._case import case, reading

HIGHLIGHTS = "cinematography/lens/exposure/highlights-held"
CHECKS = {c.path: c for c in load().checks()}


def ask(subject: Case, check: Check) -> Answer:
    dimension = find(load(), check.path.rsplit("/", 2)[0])
    assert isinstance(dimension, Dimension)
    (answer,) = EvidenceJudge().answer(subject, dimension, [check], LedgerBench(subject, Settings()))
    return answer


def clipped(value: float | None, **fields: object) -> Evidence:
    return reading("exposure.clipped_high", value, **fields)


def test_every_curve_belongs_to_a_check_that_names_the_operator_of_a_declared_measure() -> None:
    declared = {f"{name}.{m.name}" for name, kind in operators().items() for m in kind.measures}
    assert proxies()
    for path, curves in proxies().items():
        assert path in CHECKS, path
        for proxy in curves:
            assert proxy.measure in declared, (path, proxy.measure)
            assert proxy.measure.split(".")[0] in CHECKS[path].operators, (path, proxy.measure)
            assert len({a for _, a in proxy.curve}) > 1, f"{path}: a flat curve decides nothing"


def test_the_answer_follows_the_reading_down_the_curve() -> None:
    values = [ask(case(clipped(v)), CHECKS[HIGHLIGHTS]).value for v in (0.0, 3.0, 10.0, 60.0)]
    assert values[0] == 1.0
    assert values[-1] == 0.0
    assert values == sorted(values, key=lambda v: -(v or 0))
    assert len(set(values)) == 4


def test_straight_lines_between_the_points_and_flat_outside() -> None:
    proxy = Proxy(measure="a.b", curve=((0, 1), (10, 0.5), (20, 0)), because="for this test")
    assert [proxy.answer(v) for v in (-5, 0, 5, 10, 15, 20, 99)] == [1, 1, 0.75, 0.5, 0.25, 0, 0]


@pytest.mark.parametrize("curve", [((0, 1),), ((1, 1), (0, 0)), ((0, 1), (0, 0)), ((0, 2), (1, 0))])
def test_a_curve_that_makes_no_sense_is_refused(curve: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError):
        Proxy(measure="a.b", curve=curve, because="for this test")


def test_the_worst_moment_says_where_and_shots_give_the_interval() -> None:
    subject = case(
        clipped(20.0),
        clipped(2.0, scope=Scope.SHOT, shot=0, span=(0, 4)),
        clipped(20.0, scope=Scope.SHOT, shot=1, span=(4, 10)),
        clipped(60.0, span=(7.0, 7.5), words="It is worst here."),
        clipped(30.0, span=(5.0, 5.5)),
    )
    answer = ask(subject, CHECKS[HIGHLIGHTS])
    assert answer.span is not None
    assert (answer.span.start, answer.span.end) == (7.0, 7.5)
    assert answer.interval is not None and answer.value is not None
    assert answer.interval.low <= answer.value < answer.interval.high
    assert all(step.evidence for step in answer.steps)


def test_what_is_said_in_the_same_words_is_said_once_where_it_happens() -> None:
    words = "20 % of the picture is burnt out."
    shot = clipped(20.0, words=words, scope=Scope.SHOT, shot=1, span=(4, 10))
    answer = ask(case(clipped(20.0, words=words), shot), CHECKS[HIGHLIGHTS])
    assert [step.text for step in answer.steps].count(words) == 1
    assert answer.steps[0].evidence == (shot.id,)


def test_an_operator_that_doubts_itself_widens_the_interval() -> None:
    sure, unsure = (ask(case(clipped(3.0, confidence=c)), CHECKS[HIGHLIGHTS]).interval for c in (1.0, 0.4))
    assert sure is not None and unsure is not None
    assert unsure.high - unsure.low > sure.high - sure.low


def test_without_a_reading_it_says_why_and_never_guesses() -> None:
    assert ask(case(), CHECKS[HIGHLIGHTS]).state is State.NOT_ASSESSABLE
    answer = ask(case(clipped(None, unmeasured="the clip has no picture")), CHECKS[HIGHLIGHTS])
    assert answer.state is State.NOT_ASSESSABLE
    assert "the clip has no picture" in answer.why
    bare = next(c for path, c in CHECKS.items() if path not in proxies())
    assert "vision-language model" in ask(case(), bare).why
