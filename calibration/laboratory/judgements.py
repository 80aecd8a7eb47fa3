"""answers.JUDGE.parquet and verdicts.JUDGE.parquet: what a judge said of every clip of a laboratory.

A clip on which the judge failed is one row without a path, in the state ``failed``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalverse.calibration.laboratory.tables import Columns, read_table, write_table
from evalverse.calibration.laboratory.work import Done
from evalverse.report.model import Answer, Interval, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

FAILED = "failed"
ANSWERS: Columns = {
    "clip": str, "check": str, "state": str, "value": float, "low": float, "high": float, "why": str,
}  # fmt: skip
VERDICTS: Columns = {
    "clip": str, "path": str, "state": str, "score": float, "low": float, "high": float,
    "applicable": int, "answered": int, "why": str,
}  # fmt: skip


def slug(judge: str) -> str:
    """A judge's name as a part of a file's name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", judge).strip("-")


def answer_rows(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """The rows of one clip, without its id."""
    return [
        {"check": a.check, "state": a.state.value, "value": a.value, "why": a.why or None, **_ends(a.interval)}
        for a in answers
    ]


def verdict_rows(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """The rows of one clip, without its id."""
    return [
        {"path": v.path, "state": v.state.value, "score": v.score, **_ends(v.interval)}
        | {"applicable": v.applicable, "answered": v.answered, "why": v.why}
        for v in verdicts
    ]


def _ends(interval: Interval | None) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high} if interval else {}


def write_judgements(lab: Path, judge: str, results: Mapping[str, Done]) -> None:
    """Writes both tables of a run's results."""
    for kind, columns in (("answers", ANSWERS), ("verdicts", VERDICTS)):
        write_table(lab / f"{kind}.{slug(judge)}.parquet", list(_rows(results, kind)), columns)


def _rows(results: Mapping[str, Done], kind: str) -> Iterator[dict[str, Any]]:
    for key, done in results.items():
        if done.failed is not None:
            yield {"clip": key, "state": FAILED, "why": done.failed}
        yield from ({"clip": key, **row} for row in done.found.get(kind, ()))


def read_answers(lab: Path, judge: str) -> pa.Table:
    """The table of answers. Raises UsageError when the judge was not asked yet."""
    return _read(lab, judge, "answers")


def read_verdicts(lab: Path, judge: str) -> pa.Table:
    """The table of verdicts. Raises UsageError when the judge was not asked yet."""
    return _read(lab, judge, "verdicts")


def _read(lab: Path, judge: str, kind: str) -> pa.Table:
    return read_table(lab / f"{kind}.{slug(judge)}.parquet", f"evalverse lab run {lab} --judge {judge}")
