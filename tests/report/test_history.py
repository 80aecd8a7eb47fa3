"""The report's history: who disputed what, and what came of it, in every rendering."""

from __future__ import annotations

from pathlib import Path

from evalverse.report.html import html
from evalverse.report.markdown import markdown
from evalverse.report.model import Change, Interval, Report, Standing, State
from evalverse.report.write import read, write
from tests.report._example import HOSTILE, SCRIPT, make

CHANGE = Change(
    at="2026-11-22T12:30:00+00:00",
    by="Ada",
    said=f"The sky is meant to burn out. {HOSTILE}",
    path="cinematography/lens/exposure",
    before=Standing(state=State.SCORED, score=0.25, interval=Interval(low=0.1, high=0.5)),
    after=Standing(state=State.NOT_ASSESSABLE),
    judge="evidence",
    why="No reading tells burnt from meant.",
    replaced="2026-11-22T12:00:00Z",
)


def test_a_change_is_told_in_every_form_and_does_no_harm(tmp_path: Path) -> None:
    example = make(tmp_path)
    report = example.report.model_copy(update={"history": (CHANGE,)})
    for text in (html(report, example.ledger), markdown(report)):
        assert "History" in text and "Ada" in text
        assert "0.25" in text and "not assessable" in text
        told = text.rpartition("History")[2]
        assert SCRIPT not in told and "\x1b" not in text
    plain = html(example.report, example.ledger) + markdown(example.report)
    assert 'id="history"' not in plain and "## History" not in plain


def test_a_change_survives_the_disk_and_reports_of_before_have_none(tmp_path: Path) -> None:
    example = make(tmp_path / "a")
    report = example.report.model_copy(update={"history": (CHANGE,)})
    write(report, example.ledger, tmp_path / "out")
    assert read(tmp_path / "out").history == (CHANGE,)
    old = example.report.model_dump(mode="json")
    del old["history"]
    assert Report.model_validate(old).history == ()
