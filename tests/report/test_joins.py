"""The table of shots and the matrix of continuity, from evidence that is handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evalverse.report import joins
from evalverse.report.html import html
from evalverse.report.markdown import markdown
from evalverse.report.model import Report
from evalverse.tools.evidence import Direction, Evidence, Scope, Span
from tests.report._example import HOSTILE, SCRIPT, make


def told(measure: str, value: float, direction: Direction = Direction.LOWER, **data: Any) -> Evidence:
    fields = dict(operator=measure.split(".")[0], version="1", measure=measure, title=measure.split(".")[1], unit="dB")
    return Evidence(**fields, value=value, direction=direction, scope=Scope.CLIP, data=data).with_id()  # type: ignore[arg-type]


def row(old: int, new: int, value: float, returns: bool = False) -> dict[str, Any]:
    return {"at": new * 1.0, "old": old, "new": new, "returns": returns, "value": value}


def example(folder: Path, *evidence: Evidence) -> tuple[Report, Any]:
    made = make(folder)
    return made.report.model_copy(update={"evidence": (*made.report.evidence, *evidence)}), made.ledger


def evidence() -> list[Evidence]:
    moment = told("continuity.level_step", 9, old=2, new=3).model_copy(
        update={"scope": Scope.MOMENT, "span": Span(start=3, end=3)}
    )
    return [
        told("continuity.exposure_step", 2, Direction.NEUTRAL, joins=[row(1, 2, 2), row(2, 3, 1)]),
        told("continuity.level_step", 9, joins=[row(1, 2, 0.5), row(2, 3, 9)]),
        told("continuity.returning_grade", 4, joins=[row(1, 3, 4, returns=True)]),
        moment,
    ]


def test_the_matrix_holds_every_reading_in_its_place(tmp_path: Path) -> None:
    report, _ = example(tmp_path, *evidence())
    found = joins.matrix(report)
    assert found is not None
    assert [(j.old, j.new, j.returns) for j in found.joins] == [(1, 2, False), (1, 3, True), (2, 3, False)]
    lines = {line.title: line.cells for line in found.lines}
    assert list(lines)[-1] == "exposure_step", "what only describes comes last"
    assert [c and (c.text, c.pointed) for c in lines["level_step"]] == [("0.5", False), None, ("9", True)]
    assert [c and c.text for c in lines["returning_grade"]] == [None, "4", None]


def test_of_several_people_at_one_cut_the_one_who_changes_most(tmp_path: Path) -> None:
    report, _ = example(tmp_path, told("cast.clothes_step", 30, joins=[row(1, 2, 3), row(1, 2, 30), row(1, 2, 4)]))
    found = joins.matrix(report)
    assert found is not None and [c and c.text for c in found.lines[0].cells] == ["30"]


def test_the_table_shows_what_is_known_and_nothing_else(tmp_path: Path) -> None:
    plain, _ = example(tmp_path)
    found = joins.table(plain)
    assert found is not None and "Scene" not in found.columns and len(found.rows) == len(plain.shots)
    count = len(plain.shots)
    grouped = told("scenes.count", 1, scene_of=[0] * count, letters=["A", "B", "A", "C", "D"][:count])
    asked = told("asked_shots.missing", 0, aligned=[{"asked": 1, "shot": 2}])
    full = joins.table(example(tmp_path, grouped, asked)[0])
    assert full is not None
    assert [r[full.columns.index("View")] for r in full.rows][:3] == ["A", "B", "A"]
    assert [r[full.columns.index("Asked for as")] for r in full.rows][:2] == ["–", "1"]
    stale = told("scenes.count", 1, scene_of=[0], letters=["A"])
    assert "Scene" not in (joins.table(example(tmp_path, stale)[0]) or found).columns, "made for other shots"


def test_the_page_shows_both_only_for_several_shots(tmp_path: Path) -> None:
    report, ledger = example(tmp_path, *evidence())
    page = html(report, ledger)
    assert 'id="continuity"' in page and 'class="pointed"' in page and "1↩3" in page
    single = report.model_copy(update={"shots": report.shots[:1], "evidence": ()})
    assert "Table of shots" not in html(single, ledger) and 'id="continuity"' not in html(single, ledger)


def test_markdown_holds_the_table_and_the_matrix(tmp_path: Path) -> None:
    grouped = told("scenes.count", 1, scene_of=[0, 0, 0], letters=["A", "B", "A"])
    report, _ = example(tmp_path, *evidence(), grouped)
    text = markdown(report.model_copy(update={"shots": report.shots[:3]}))
    assert "| Shot | From | To | Length | Begins with | Scene | View |" in text
    assert "| From shot to shot | 1→2 | 1↩3 | 2→3 |" in text
    assert "| level\\_step (dB) | 0.5 | · | ▲ 9 |" in text
    assert "What changes over the cuts" not in markdown(example(tmp_path)[0])


def test_text_in_readings_stays_text(tmp_path: Path) -> None:
    item = told("continuity.level_step", 1, joins=[row(1, 2, 1)]).model_copy(update={"title": HOSTILE})
    assert SCRIPT not in html(*example(tmp_path, item))
