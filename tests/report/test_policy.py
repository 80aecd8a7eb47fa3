"""Policies: what lets a clip through, what does not and why, and files that say something wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalverse.errors import BriefError
from evalverse.report.model import Report, Severity
from evalverse.report.policy import Failure, Policy, judge_policy
from evalverse.taxonomy import load
from tests.report._example import make

LIPS, MOOD = "sound-design/vocal/lip-sync", "affectivity/grounding/tonal-identifiability"
NO_LIMIT = {Severity.CRITICAL: 9}


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return make(tmp_path).report


def failures(report: Report, **fields: object) -> list[Failure]:
    return judge_policy(Policy.model_validate({"max_findings": NO_LIMIT, **fields}), report)


@pytest.mark.parametrize(("least", "passes"), [(0.5, True), (0.81, True), (0.82, False)])
def test_a_threshold_by_tail_and_by_path(report: Report, least: float, passes: bool) -> None:
    for name in ("cinematography/lens/focus", "lens/focus"):
        found = failures(report, thresholds={name: least})
        assert [f.path for f in found] == ([] if passes else ["cinematography/lens/focus"])
    assert passes or found[0].why == "scored 0.810, at least 0.82 is asked"


def test_a_threshold_binds_only_what_is_scored(report: Report) -> None:
    assert failures(report, thresholds={MOOD: 1.0, LIPS: 1.0}) == []


def test_must_pass(report: Report) -> None:
    assert failures(report, must_pass=["cut-motivation"]) == [], "0.5 meets the pass mark of 0.5"
    assert failures(report, must_pass=["cut-motivation"], pass_mark=0.6)[0].why == "scored 0.500, at least 0.6 is asked"
    (unseen,) = failures(report, must_pass=["tonal-identifiability"])
    assert unseen.path == MOOD and "not assessable: the evidence judge has no eyes" in unseen.why


def test_not_applicable_passes_or_fails_as_told(report: Report) -> None:
    assert failures(report, must_pass=[LIPS]) == []
    (found,) = failures(report, must_pass=[LIPS], not_applicable="fail")
    assert "not applicable: nobody speaks" in found.why


def test_what_was_not_inspected_does_not_pass(report: Report) -> None:
    path = next(s.path for s in load("film").subdimensions() if s.path not in {v.path for v in report.verdicts})
    (found,) = failures(report, must_pass=[path])
    assert found == Failure(path, "must pass, but was not inspected in this run")


def test_one_sub_dimension_fails_once(report: Report) -> None:
    path = "cinematography/lens/exposure"
    assert len(failures(report, must_pass=[path], thresholds={path: 0.9})) == 1


def test_findings_are_counted_by_severity(report: Report) -> None:
    assert judge_policy(Policy(), report) == [Failure("critical", "1 critical problem, at most 0 let through")]
    assert [f.path for f in failures(report, max_findings={"critical": 1, "major": 0, "minor": 0})] == [
        "major",
        "minor",
    ]


def test_a_name_that_nothing_has(report: Report) -> None:
    with pytest.raises(BriefError, match=r"'cut-motivatoin'.*did you mean.*cut-motivation"):
        failures(report, thresholds={"cut-motivatoin": 0.5})


def test_a_tail_that_two_share(report: Report) -> None:
    policy = Policy(must_pass=("c",))
    with pytest.raises(BriefError, match="a/b/c or x/y/c"):
        policy.resolve(["a/b/c", "x/y/c"])
    assert policy.resolve(["a/b/c", "x/y/cc"]) == {"c": "a/b/c"}


def test_a_policy_file(tmp_path: Path) -> None:
    path = next(load("film").subdimensions()).path
    file = tmp_path / "policy.yaml"
    file.write_text(f"thresholds: {{{path}: 0.6}}\nmust_pass: [{path}]\nmax_findings: {{major: 0}}\n")
    policy = Policy.read(file)
    assert policy.thresholds == {path: 0.6} and policy.must_pass == (path,) and policy.pass_mark == 0.5
    assert policy.max_findings == {Severity.MAJOR: 0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("threshold: {}", "threshold: Extra inputs are not permitted .allowed keys: pass_mark"),
        ("pass_mark: 2", "pass_mark: .*less than or equal to 1"),
        ("thresholds: {exposure: high}", "thresholds.exposure"),
        ("max_findings: {terrible: 1}", "max_findings"),
        ("max_findings: {major: -1}", "greater than or equal to 0"),
        ("not_applicable: maybe", "not_applicable"),
        ("must_pass: [no-such-thing-anywhere]", "no-such-thing-anywhere"),
        ("[1, 2", "cannot be read"),
        ("- a list", "allowed keys"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(BriefError, match=message):
        Policy.read(file)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match="cannot be read"):
        Policy.read(tmp_path / "none.yaml")


def test_an_empty_file_is_the_policy_without_changes(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("")
    assert Policy.read(file) == Policy()
