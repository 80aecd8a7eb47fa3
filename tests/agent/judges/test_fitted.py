"""Fitted rules: the sum that they make, what they need before they answer, and how they tell it."""

from __future__ import annotations

from importlib.resources import files
from math import exp
from pathlib import Path

import pytest

from evalverse.agent.bench import LedgerBench
from evalverse.agent.budget import Budget
from evalverse.agent.judges.base import Case
from evalverse.agent.judges.documented import proxies
from evalverse.agent.judges.evidence import EvidenceJudge
from evalverse.agent.judges.fitted import (
    PACKAGED,
    Band,
    Calibration,
    Fit,
    Held,
    Kind,
    Line,
    Spread,
    interval,
    packaged,
)
from evalverse.agent.judges.make import make_judge
from evalverse.agent.verify import verify_answer
from evalverse.report.model import Answer, Interval, State
from evalverse.settings import Settings
from evalverse.taxonomy import Dimension, find, load
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.operator import operator
from tests.agent._case import case, reading

SHAKE = "cinematography/pacing/movement-rationality/no-unwanted-shake"
CHECKS = {c.path: c for c in load().checks()}
FIGURES = Held(
    auroc=0.9,
    auroc_low=0.8,
    auroc_high=1.0,
    calibration_error=0.1,
    false_alarms=0.0,
    coverage=0.9,
    faulted=9,
    clean=20,
    sources=5,
)
LINES = (
    Line(reading="camera_motion.shake", points=((1.0, 0.0), (3.0, 4.0))),
    Line(reading="camera_motion.roll", points=((0.0, 0.0), (2.0, 1.0))),
    Line(reading="camera_motion.shake@moment_high", points=((5.0, 0.0), (9.0, 2.0))),
)


def rule(*lines: Line) -> Fit:
    """A fit with one kind of fault."""
    return several(Kind(faults=("camera-shake",), start=-3.0, lines=lines))


def several(*kinds: Kind) -> Fit:
    return Fit(kinds=kinds, bands=(Band(up_to=0.5, off=0.3), Band(up_to=1, off=0.1)), held=FIGURES)


def calibration(**changed: object) -> Calibration:
    fit = rule(*LINES)
    fields = dict(name="test", taxonomy=load().version, seed=0, manifest="0" * 64, sources={}, clips=0)
    fields |= dict(operators={"camera_motion": operator("camera_motion").version}, checks={SHAKE: fit})
    fields |= dict(curves_kept={}, silent={}, verdicts={})
    return Calibration.model_validate({**fields, **changed})


def ask(subject: Case, path: str = SHAKE, fitted: Calibration | None = None) -> Answer:
    dimension = find(load(), path.rsplit("/", 2)[0])
    assert isinstance(dimension, Dimension)
    judge = EvidenceJudge(fitted or calibration())
    (answer,) = judge.answer(subject, dimension, [CHECKS[path]], LedgerBench(subject, Settings()))
    return answer


def shot(shake: float, roll: float | None, moment: float | None = None) -> Case:
    rows: list[Evidence] = [reading("camera_motion.shake", shake, words="The camera trembles.")]
    rows += [reading("camera_motion.roll", roll)] if roll is not None else []
    rows += [reading("camera_motion.shake", moment, span=(7.0, 7.5), words="Here.")] if moment is not None else []
    return case(*rows)


def test_the_answer_is_the_sum_of_the_lines() -> None:
    answer = ask(shot(2.0, 1.0, 7.0))
    assert answer.value == pytest.approx(1 / (1 + exp(-3.0 + 2.0 + 0.5 + 1.0)), abs=1e-4)
    assert answer.state is State.SCORED
    assert answer.interval == interval(calibration().checks[SHAKE].bands, answer.value or 0.0)


def test_a_clip_without_such_a_moment_was_measured_all_the_same() -> None:
    moments = Line(reading="camera_motion.shake@moment_high", points=((5.0, 0.0), (9.0, 9.0)))
    fit = rule(LINES[0], moments)
    told = ask(shot(1.0, None), fitted=calibration(checks={SHAKE: fit}))
    assert told.value == pytest.approx(1 / (1 + exp(-3.0)), abs=1e-4)
    alone = calibration(checks={SHAKE: rule(moments)})
    assert ask(shot(1.0, None), fitted=alone).steps[0].text == "The camera trembles."
    unmeasured = case(reading("camera_motion.roll", 1.0), reading("camera_motion.shake", None, unmeasured="too dark"))
    assert ask(unmeasured, fitted=calibration(checks={SHAKE: fit})).state is State.NOT_ASSESSABLE


def test_no_reading_is_told_twice() -> None:
    moments = Line(reading="camera_motion.shake@moment_high", points=((5.0, 0.0), (9.0, 9.0)))
    fit = rule(LINES[0], moments)
    steps = ask(shot(2.5, None, 9.0), fitted=calibration(checks={SHAKE: fit})).steps[:-1]
    cited = [id_ for step in steps for id_ in step.evidence]
    assert len(cited) == len(set(cited)) == 2


JOLTS = Kind(faults=("bumped-camera",), start=-3.0, lines=LINES[1:2])
TREMBLES = Kind(faults=("camera-shake", "jelly-wobble"), start=-3.0, lines=LINES[:1])


def test_the_worst_kind_of_fault_decides_and_is_named() -> None:
    both = calibration(checks={SHAKE: several(JOLTS, TREMBLES)})
    trembling, jolted = ask(shot(3.0, 0.0), fitted=both), ask(shot(0.5, 2.0), fitted=both)
    assert trembling.value == pytest.approx(1 / (1 + exp(-3.0 + 4.0)), abs=1e-4)
    assert jolted.value == pytest.approx(1 / (1 + exp(-3.0 + 1.0)), abs=1e-4)
    assert "clips with and without camera shake or jelly wobble" in trembling.steps[-1].text
    assert "clips with and without bumped camera" in jolted.steps[-1].text
    assert "trembles" in trembling.steps[0].text
    assert not any("trembles" in step.text for step in jolted.steps)


def test_a_kind_that_could_not_be_read_leaves_the_answer_to_the_others_if_these_are_half() -> None:
    blind = case(reading("camera_motion.roll", 2.0), reading("camera_motion.shake", None, unmeasured="too dark"))
    half = calibration(checks={SHAKE: several(JOLTS, TREMBLES)})
    assert ask(blind, fitted=half).value == pytest.approx(1 / (1 + exp(-3.0 + 1.0)), abs=1e-4)
    third = calibration(checks={SHAKE: several(JOLTS, TREMBLES, TREMBLES)})
    assert "too dark" in ask(blind, fitted=third).why


def test_worse_readings_never_raise_the_answer() -> None:
    values = [ask(shot(shake, 0.0)).value for shake in (0.0, 1.5, 2.0, 2.5, 9.0)]
    assert values == sorted(values, key=lambda v: -(v or 0))


def test_it_tells_which_reading_decided_in_words_and_where() -> None:
    answer = ask(shot(2.5, 0.0, 9.0))
    assert answer.steps[0].text == "The camera trembles. This weighs heavily."
    assert answer.span is not None
    assert answer.span.start == 7.0
    assert all(step.evidence for step in answer.steps)
    assert not any(character.isdigit() for step in answer.steps[:2] for character in step.text), "no invented figures"


def test_without_a_fault_nothing_is_blamed() -> None:
    answer = ask(shot(0.2, 0.0))
    assert not any(words in step.text for step in answer.steps for words in ("decides", "weighs", "adds"))
    assert CHECKS[SHAKE].anchors.full in answer.steps[-1].text


def test_too_little_of_its_reach_leaves_the_answer_to_the_curves_and_says_why() -> None:
    answer = ask(case(reading("camera_motion.roll", 1.0), reading("camera_motion.shake", None, unmeasured="too dark")))
    assert answer.state is State.NOT_ASSESSABLE
    assert "too dark" in answer.why


def test_why_the_fit_was_not_used_is_cited_like_any_claim() -> None:
    gone = reading("camera_motion.roll", None, unmeasured="nothing is sharp for 2.5 s")
    subject = case(reading("camera_motion.shake", 2.0, words="The camera trembles."), gone)
    answer = ask(subject, fitted=calibration(checks={SHAKE: rule(LINES[1])}))
    assert "2.5 s" in answer.steps[-1].text and gone.id in answer.steps[-1].evidence
    verified, _ = verify_answer(answer, CHECKS[SHAKE], subject)
    assert [step.doubt for step in verified.steps] == [None] * len(answer.steps)


def test_another_version_of_the_operator_leaves_the_answer_to_the_curves() -> None:
    answer = ask(shot(2.0, 1.0), fitted=calibration(operators={"camera_motion": "0"}))
    curve = proxies()[SHAKE][0]
    assert answer.value == pytest.approx(curve.answer(2.0), abs=1e-4)
    assert "another version of camera_motion" in answer.steps[-1].text


def test_a_check_that_no_reading_tells_is_not_answered_even_by_its_curves() -> None:
    silent = calibration(checks={}, silent={SHAKE: "its readings tell nothing"})
    answer = ask(shot(6.0, 0.0), fitted=silent)
    assert answer.state is State.NOT_ASSESSABLE
    assert "its readings tell nothing" in answer.why


def test_it_chooses_the_operators_that_its_rules_read() -> None:
    sub = find(load(), SHAKE.rsplit("/", 1)[0])
    judge = EvidenceJudge(calibration())
    assert [r.operator for r in judge.choose(case(), [sub], ["camera_motion", "loudness"])] == ["camera_motion"]  # type: ignore[list-item]


def test_verdicts_have_the_calibrated_interval() -> None:
    path = SHAKE.rsplit("/", 1)[0]
    spread = Spread(bands=(Band(up_to=1.0, off=0.25),), coverage=0.9, clips=10, sources=5)
    judge = EvidenceJudge(calibration(verdicts={path: spread}))
    assert judge.spread(path, 0.9) == Interval(low=0.65, high=1.0)
    assert judge.spread("sound-design/vocal/lip-sync", 0.9) is None


def test_the_calibration_names_its_content(tmp_path: Path) -> None:
    one, other = calibration(), calibration(seed=1)
    assert one.id != other.id
    (tmp_path / "mine.json").write_text(other.model_dump_json())
    judge = make_judge(f"evidence:{tmp_path / 'mine.json'}", Settings(), Budget())
    assert judge.calibration == other.id


def test_the_packaged_calibration_belongs_to_this_taxonomy() -> None:
    found = packaged()
    assert found is not None
    assert len(files("evalverse.agent.judges").joinpath("calibrations", PACKAGED).read_bytes()) < 300_000
    for path, fit in found.checks.items():
        named = CHECKS[path].operators
        lines = [line for kind in fit.kinds for line in kind.lines]
        assert {line.operator for line in lines} <= set(named), path
        for line in lines:
            values = [value for value, _ in line.points]
            assert values == sorted(set(values)), (path, line.reading)
            assert min(height for _, height in line.points) == 0, (path, line.reading)
    assert not set(found.checks) & set(found.silent)
    assert make_judge("evidence", Settings(), Budget()).calibration == found.id


def test_readings_of_shots_count_at_their_worst() -> None:
    line = Line(reading="camera_motion.shake@high", points=((1.0, 0.0), (3.0, 4.0)))
    fit = rule(line)
    subject = case(
        reading("camera_motion.shake", 0.5, scope=Scope.SHOT, shot=0, span=(0, 4)),
        reading("camera_motion.shake", 3.0, scope=Scope.SHOT, shot=1, span=(4, 10)),
    )
    answer = ask(subject, fitted=calibration(checks={SHAKE: fit}))
    assert answer.value == pytest.approx(1 / (1 + exp(1.0)), abs=1e-4)
    assert answer.span is not None
    assert answer.span.start == 4.0


def test_a_fit_does_not_excuse_what_a_documented_curve_calls_gross() -> None:
    path = "cinematography/lens/exposure/no-flicker"
    calibration = packaged()
    assert calibration is not None and path in calibration.checks
    check = CHECKS[path]
    found = {m: reading(m, 0.0) for m in ("flicker.luma_flicker", "exposure.drift", "exposure.clipped_high")}
    steady = case(*found.values(), reading("exposure.pumping", 0.0))
    pumping = case(*list(found.values())[1:], reading("exposure.pumping", 0.0), reading("flicker.luma_flicker", 40.0))
    judge = EvidenceJudge(calibration)
    dimension = find(load(), path.rsplit("/", 2)[0])
    assert isinstance(dimension, Dimension)
    good, bad = (judge.answer(c, dimension, [check], LedgerBench(c, Settings()))[0].value for c in (steady, pumping))
    assert good is not None and good > 0.75
    assert bad is not None and bad < 0.25


def test_no_fit_stands_in_for_a_published_standard() -> None:
    calibration = packaged()
    assert calibration is not None
    standards = {path for path, curves in proxies().items() if any(p.standard for p in curves)}
    assert "sound-design/vocal/lip-sync/mouth-in-time" in standards
    assert not standards & set(calibration.checks)
