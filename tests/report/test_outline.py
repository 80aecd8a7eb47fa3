"""The order of telling, which all renderings share."""

from __future__ import annotations

from pathlib import Path

from evalverse.report import outline
from evalverse.report.model import Severity, State, Verification
from evalverse.taxonomy import Stage
from tests.report._example import make


def test_findings_by_weight(tmp_path: Path) -> None:
    report = make(tmp_path).report
    assert [f.id for f in outline.findings(report)] == ["f1", "f3", "f2", "f4"]
    assert outline.by_severity(report) == {Severity.CRITICAL: 1, Severity.MAJOR: 1, Severity.MINOR: 1}


def test_verdicts_in_the_order_of_film_making(tmp_path: Path) -> None:
    report = make(tmp_path).report
    tree = outline.tree(report.verdicts)
    assert list(tree) == [Stage.PRE_PRODUCTION, Stage.PRODUCTION, Stage.POST_PRODUCTION]
    lens = tree[Stage.PRODUCTION]["cinematography"]["cinematography/lens"]
    assert [v.name for v in lens] == ["Exposure", "Focus"]


def test_omissions_join_verdicts_and_skips_by_reason(tmp_path: Path) -> None:
    found = outline.omissions(make(tmp_path, sound=False).report)
    told = {(o.state, o.why): o for o in found}
    assert len(told) == len(found) == 4
    speech = told[State.NOT_APPLICABLE, "nobody speaks in the clip"]
    assert speech.what == ("sound-design/vocal/lip-sync", "sound-design/vocal/acoustic-quality"), (
        "each once, though two places name it"
    )
    eyes = told[State.NOT_ASSESSABLE, "the evidence judge has no eyes for meaning"]
    assert eyes.enable == "choose a judge that sees: --judge local"
    assert found[0] == speech, "not applicable first, the largest group first"


def test_the_summary_counts_states_and_findings(tmp_path: Path) -> None:
    text = outline.summary(make(tmp_path).report)
    assert "scored 5 of 8 sub-dimensions (2 not applicable and 1 not assessable)" in text
    assert "3 problems (1 critical, 1 major and 1 minor) and 1 strength" in text
    assert "Of 9 claims checked against the evidence, 1 was marked as doubtful and 2 were dropped." in text


def test_nothing_verified_is_not_claimed(tmp_path: Path) -> None:
    assert outline.verification(make(tmp_path, verification=Verification()).report) == ""


def test_facts_name_what_is_missing(tmp_path: Path) -> None:
    assert "no picture" in outline.facts(make(tmp_path / "a", picture_stream=False).report)
    assert "no sound" in outline.facts(make(tmp_path / "b", sound=False).report)
