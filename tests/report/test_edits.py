"""The edit list as text, CSV and EDL."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from evalverse.report.edits import COLUMNS, as_csv, as_edl, edits, table
from evalverse.report.model import Report
from evalverse.tools.evidence import Span
from tests.report import _example as example


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return example.make(tmp_path).report


def test_every_problem_is_on_the_list_and_no_strength(report: Report) -> None:
    problems = {f.title for f in report.findings if f.kind == "problem"}
    assert {e.what for e in edits(report)} == problems


def test_a_finding_across_a_cut_stands_at_both_shots_and_only_inside_them(report: Report) -> None:
    problem = next(f for f in report.findings if f.kind == "problem")
    first, second = report.shots[:2]
    span = Span(start=first.span.end - 0.5, end=second.span.start + 0.25)
    rows = edits(report.model_copy(update={"findings": (problem.model_copy(update={"span": span}),)}))
    assert [(e.shot, e.span.start, e.span.end) for e in rows] == [
        (1, first.span.end - 0.5, first.span.end),
        (2, second.span.start, second.span.start + 0.25),
    ]


def test_an_instant_on_a_cut_stands_at_the_shot_that_it_begins(report: Report) -> None:
    problem = next(f for f in report.findings if f.kind == "problem")
    cut = report.shots[1].span.start
    at = problem.model_copy(update={"span": Span(start=cut, end=cut)})
    (row,) = edits(report.model_copy(update={"findings": (at,)}))
    assert (row.shot, row.span.start, row.span.end) == (2, cut, cut)


def test_what_holds_for_the_whole_clip_comes_first(report: Report) -> None:
    problem = next(f for f in report.findings if f.kind == "problem")
    (row,) = edits(report.model_copy(update={"findings": (problem.model_copy(update={"span": None}),)}))
    assert row.shot is None and row.span.end == report.clip.duration
    assert table(report).count("Fix: ") == len(edits(report))


def test_the_csv_reads_back_and_runs_no_formula(report: Report) -> None:
    problem = next(f for f in report.findings if f.kind == "problem")
    hostile = problem.model_copy(update={"title": '=HYPERLINK("http://x")\nnext'})
    rows = list(csv.reader(io.StringIO(as_csv(report.model_copy(update={"findings": (hostile,)})))))
    assert tuple(rows[0]) == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert all(row[4].startswith("'=") and "\n" not in row[4] for row in rows[1:])


def test_the_edl_has_an_event_per_shot_and_its_cuts_read_back(report: Report, tmp_path: Path) -> None:
    from evalverse.tools.shots.cut_list import read_cuts

    path = tmp_path / "edits.edl"
    path.write_text(as_edl(report), encoding="utf-8")
    assert report.clip.picture is not None
    rate = report.clip.picture.rate
    cuts = [row.span.start for row in report.shots][1:]
    assert read_cuts(path, rate) == pytest.approx(cuts, abs=float(1 / rate) + 1e-6)
    assert as_edl(report).count("* LOC: ") == len(edits(report))


def test_nothing_to_do_is_said(report: Report) -> None:
    assert "nothing to change" in table(report.model_copy(update={"findings": ()}))
