"""The shots of a clip as a table, and its continuity as a matrix of readings by cuts; both from the evidence alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evalverse.report.model import Report
from evalverse.tools.evidence import Direction, Evidence, Scope, number
from evalverse.tools.media.timecode import clock

OPERATORS = ("continuity", "cast", "views")
"""Whose readings over cuts make the matrix."""
PER_SHOT = (("subject_motion.amount", "Motion"), ("exposure.mean_luma", "Brightness"))
"""Readings of single shots that the table shows."""


@dataclass(frozen=True)
class Table:
    """The shots: titles of the columns that have something to say, and one row of texts per shot."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Cell:
    """One reading over one cut; ``pointed`` when the evidence shows it as a moment."""

    text: str
    pointed: bool
    evidence: str


@dataclass(frozen=True)
class Line:
    """One measure over all cuts; None where it says nothing."""

    title: str
    unit: str
    direction: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Join:
    """A column of the matrix: from one shot to another, counted from 1, across a cut or when a set-up returns."""

    old: int
    new: int
    at: str
    returns: bool


@dataclass(frozen=True)
class Matrix:
    """Readings of continuity: a column for every place where two shots of one scene meet."""

    joins: tuple[Join, ...]
    lines: tuple[Line, ...]


def table(report: Report) -> Table | None:
    """The shots and what is known of each; None for a single shot."""
    if len(report.shots) < 2:
        return None
    numbers = range(len(report.shots))
    columns: dict[str, list[str]] = {
        "Shot": [str(n + 1) for n in numbers],
        "From": [shot.timecode or clock(shot.span.start) for shot in report.shots],
        "Length": [f"{number(shot.span.seconds)} s" for shot in report.shots],
        "Begins with": [shot.begins_with for shot in report.shots],
    }
    viewed = _whole(report, "viewing_time.tightest")
    if viewed is not None:
        columns["Needs"] = [f"{number(row['needs'])} s" for row in viewed.data.get("shots", ())]
    doubts = _doubts(report)
    if any(doubts):
        columns["In doubt"] = [text or "–" for text in doubts]
    grouped = _whole(report, "scenes.count")
    if grouped is not None:
        columns["Scene"] = [str(n + 1) for n in grouped.data.get("scene_of", ())]
        columns["View"] = list(grouped.data.get("letters", ()))
    people = _whole(report, "cast.people")
    if people is not None:
        columns["Faces"] = [", ".join(f"P{p + 1}" for p in who) or "–" for who in people.data.get("shots", ())]
    asked = _whole(report, "asked_shots.missing")
    if asked is not None and asked.data.get("aligned"):
        wanted = {row["shot"]: str(row["asked"]) for row in asked.data["aligned"]}
        columns["Asked for as"] = [wanted.get(n + 1, "–") for n in numbers]
    for measure, title in PER_SHOT:
        read = {
            e.shot: e for e in report.evidence if e.measure == measure and e.scope is Scope.SHOT and e.value is not None
        }
        if read:
            columns[title] = [read[n].value_text() if n in read else "–" for n in numbers]
    kept = {title: texts for title, texts in columns.items() if len(texts) == len(report.shots)}
    return Table(tuple(kept), tuple(zip(*kept.values(), strict=True)))


def matrix(report: Report) -> Matrix | None:
    """What jumps where; None when nothing could be compared."""
    read = [e for e in report.evidence if e.operator in OPERATORS and e.scope is Scope.CLIP and e.data.get("joins")]
    if not read:
        return None
    places = {_key(row): row for item in read for row in item.data["joins"]}
    keys = sorted(places, key=lambda k: (k[1], k[0]))
    moments = {
        (e.measure, e.data.get("old"), e.data.get("new"))
        for e in report.evidence
        if e.operator in OPERATORS and e.scope is Scope.MOMENT
    }
    lines = []
    for item in sorted(read, key=lambda e: e.direction is Direction.NEUTRAL):
        rows: dict[tuple[int, int], dict[str, Any]] = {}
        for row in item.data["joins"]:  # of several people at one cut the one who changes most
            rows[_key(row)] = max(rows.get(_key(row), row), row, key=lambda r: abs(r["value"]))
        cells = tuple(
            Cell(number(rows[key]["value"]), (item.measure, *key) in moments, item.id) if key in rows else None
            for key in keys
        )
        lines.append(Line(item.title, item.unit, item.direction.value, cells))
    joins = tuple(Join(*key, clock(places[key]["at"]), bool(places[key]["returns"])) for key in keys)
    return Matrix(joins, tuple(lines))


def _doubts(report: Report) -> list[str]:
    """Per shot, what is in doubt about where it begins or whether it is cut, and what a judge that looked says."""
    said = {e.data["at"]: e for e in report.evidence if e.measure == "cut_replies.settled" and e.scope is Scope.MOMENT}
    told: list[list[str]] = [[] for _ in report.shots]
    for doubt in report.evidence:
        if doubt.measure == "cut_doubts.count" and doubt.scope is Scope.MOMENT:
            at = doubt.data["at"]
            shot = max((s.index for s in report.shots if s.span.start <= at + 1e-3), default=0)
            what = "the cut to it" if doubt.data["counts"] else f"a cut at {clock(at)}?"
            if at in said:
                what += f" ({said[at].data['by']}: {'cut' if said[at].value else 'no cut'})"
            told[shot].append(what)
    return ["; ".join(texts) for texts in told]


def _whole(report: Report, measure: str) -> Evidence | None:
    found = (e for e in report.evidence if e.measure == measure and e.scope is Scope.CLIP and e.value is not None)
    return next(found, None)


def _key(row: dict[str, Any]) -> tuple[int, int]:
    return int(row["old"]), int(row["new"])
