"""Two reports side by side: what is called a difference, what is not, and a page that says so without harm."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from evalverse.errors import UsageError
from evalverse.report.compare import Comparison, Relation, compare, html, relation, show, write_comparison
from evalverse.report.model import Interval, Report, State, Verdict
from evalverse.taxonomy import Stage
from tests.report._example import SCRIPT, Example, make
from tests.report.test_html import Page

EXPOSURE = "cinematography/lens/exposure"


def verdict(score: float | None, low: float = 0.0, high: float = 1.0, interval: bool = True) -> Verdict:
    return Verdict(
        path=EXPOSURE,
        name="Exposure",
        stage=Stage.PRODUCTION,
        state=State.NOT_ASSESSABLE if score is None else State.SCORED,
        score=score,
        interval=Interval(low=low, high=high) if interval and score is not None else None,
        why="why",
    )


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (verdict(0.9, 0.8, 1.0), verdict(0.3, 0.1, 0.7), Relation.A_HIGHER),
        (verdict(0.3, 0.1, 0.7), verdict(0.9, 0.8, 1.0), Relation.B_HIGHER),
        (verdict(0.9, 0.5, 1.0), verdict(0.3, 0.1, 0.6), Relation.NOT_APART),
        (verdict(0.9, 0.6, 1.0), verdict(0.3, 0.1, 0.6), Relation.NOT_APART),  # touching is overlapping
        (verdict(0.9, interval=False), verdict(0.1, 0.1, 0.1), Relation.NOT_APART),
        (verdict(0.9), verdict(None), Relation.ONLY_A),
        (verdict(None), verdict(0.9), Relation.ONLY_B),
        (None, verdict(0.9), Relation.ONLY_B),
        (verdict(0.9), None, Relation.ONLY_A),
    ],
)
def test_only_intervals_apart_are_a_difference(a: Verdict | None, b: Verdict | None, wanted: Relation) -> None:
    assert relation(a, b) is wanted


@pytest.fixture
def example(tmp_path: Path) -> Example:
    return make(tmp_path / "run")


def changed(report: Report, score: float, low: float, high: float, **more: Any) -> Report:
    """The report of another clip, whose exposure was judged differently and whose flicker reads 0.99."""
    band = Interval(low=low, high=high)
    verdicts = tuple(
        v.model_copy(update={"score": score, "interval": band, "answers": ()}) if v.path == EXPOSURE else v
        for v in report.verdicts
    )
    evidence = tuple(
        e.model_copy(update={"value": 0.99, "id": "exposure.flicker:other"}) if e.measure == "exposure.flicker" else e
        for e in report.evidence
    )
    clip = report.clip.model_copy(update={"sha256": "f" * 64, "path": Path("other.mp4")})
    return report.model_copy(update={"verdicts": verdicts, "evidence": evidence, "clip": clip, **more})


def test_a_report_beside_itself_differs_in_nothing(example: Example) -> None:
    found = compare(example.report, example.report)
    assert {p.relation for p in found.pairs} == {Relation.NOT_APART}
    assert found.notes == ("A and B are the same file.",)
    assert not found.readings and not any(p.checks or p.readings for p in found.pairs)
    assert found.summary == "Of 5 sub-dimensions: 5 not told apart."


def test_the_verdict_the_answers_and_the_evidence_that_differ(example: Example) -> None:
    found = compare(example.report, changed(example.report, 0.9, 0.7, 1.0))
    (pair,) = found.of(Relation.B_HIGHER)
    assert (pair.path, pair.gap) == (EXPOSURE, pytest.approx(0.68))
    assert [c.check.rsplit("/", 1)[-1] for c in pair.checks if c.a and c.b is None][:1] == ["no-flicker"]
    (reading,) = pair.readings
    assert reading.measure == "exposure.flicker"
    assert (reading.a and reading.a.value, reading.b and reading.b.value) == (0.31, 0.99)
    assert [r.measure for r in found.readings] == ["exposure.flicker"]
    assert found.summary == "Of 5 sub-dimensions: 1 higher in B and 4 not told apart."


def test_other_versions_make_scores_incomparable(example: Example) -> None:
    manifest = example.report.manifest.model_copy(update={"judge": "remote", "calibration": "c2"})
    found = compare(example.report, changed(example.report, 0.9, 0.7, 1.0, manifest=manifest))
    assert {p.relation for p in found.pairs} == {Relation.NOT_COMPARABLE}
    assert sum(note.startswith("Scores are not comparable") for note in found.notes) == 2
    assert "“evidence” for A and “remote” for B" in " ".join(found.notes)


def test_other_briefs_are_said(example: Example) -> None:
    brief = example.report.brief.model_copy(update={"prompt": "something else"})
    found = compare(example.report, changed(example.report, 0.2, 0.1, 0.6, brief=brief))
    assert any("briefs differ in prompt" in note for note in found.notes)
    assert not found.of(Relation.A_HIGHER, Relation.B_HIGHER)


def test_reports_without_verdicts(example: Example) -> None:
    empty = example.report.model_copy(update={"verdicts": ()})
    assert compare(empty, empty).summary == "Neither report scored anything."
    found = compare(example.report, empty)
    assert {p.relation for p in found.pairs} == {Relation.ONLY_A}


def test_the_page_says_it_and_runs_nothing(example: Example, tmp_path: Path) -> None:
    other = changed(example.report, 0.9, 0.7, 1.0)
    found = compare(example.report, other)
    page, listing = write_comparison(found, (example.report, example.ledger), (other, example.ledger), tmp_path)
    read = Page(page.read_text(encoding="utf-8"))
    assert read.open == [] and SCRIPT in read.text  # as text
    assert read.text.index("Higher in B") < read.text.index("Not told apart")
    assert "Higher in A" not in read.text and "0.31%" in read.text and "0.99%" in read.text
    assert Comparison.model_validate_json(listing.read_text(encoding="utf-8")) == found
    assert json.loads(listing.read_text(encoding="utf-8"))["pairs"][0]["relation"] in set(Relation)
    assert html(found, (example.report, example.ledger), (other, example.ledger)) == page.read_text(encoding="utf-8")


def test_the_terminal_shows_both_scores(example: Example) -> None:
    out = StringIO()
    show(compare(example.report, changed(example.report, 0.9, 0.7, 1.0)), Console(width=80, file=out))
    text = out.getvalue()
    assert "Higher in B" in text and "0.22 0.10–0.64" in text and "0.90 0.70–1.00" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_folder_that_cannot_be_written(example: Example, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    side = (example.report, example.ledger)
    with pytest.raises(UsageError, match="cannot be written"):
        write_comparison(compare(example.report, example.report), side, side, tmp_path / "file")
