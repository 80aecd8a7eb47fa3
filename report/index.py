"""One page over many reports, worst clip first.

The order: more critical problems, then more major ones, then more minor ones, then the lowest single verdict, then the
name. Clips that could not be judged have nothing to be ordered by and stand in a group of their own at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from evalverse.errors import UsageError
from evalverse.report import outline
from evalverse.report.html import page
from evalverse.report.model import Report, Severity
from evalverse.report.pictures import Pictures
from evalverse.report.text import count
from evalverse.report.write import put_text
from evalverse.tools.ledger import Ledger

LOWEST = 3
"""Verdicts that a row names."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Low(_Strict):
    """One of the lowest verdicts of a clip."""

    path: str
    name: str
    score: float


class Row(_Strict):
    """One clip: what its report comes to, or why there is none. Small, so that a batch stays small in memory."""

    name: str
    href: str | None = Field(None, description="path of its report.html, relative to the index")
    error: str | None = Field(None, description="why the clip could not be judged")
    problems: dict[Severity, int] = Field(default_factory=dict)
    strengths: int = 0
    worst: str = Field("", description="title of the worst problem")
    timecode: str = ""
    lowest: tuple[Low, ...] = ()
    scored: int = 0
    verdicts: int = 0
    thumbnail: str | None = Field(None, description="a data: address", exclude=True)

    @classmethod
    def of(cls, report: Report, ledger: Ledger, href: str) -> Row:
        """The row of a judged clip. Its picture is that of the worst problem, else of the first shot."""
        problems = outline.problems(report)
        pictures = [f.picture for f in problems[:1]] + [s.thumbnail for s in report.shots[:1]]
        found = (Pictures(ledger).uri(blob) for blob in pictures)
        return cls(
            name=report.clip.name,
            href=href,
            problems=outline.by_severity(report),
            strengths=len(outline.strengths(report)),
            worst=problems[0].title if problems else "",
            timecode=problems[0].timecode if problems else "",
            lowest=tuple(Low(path=v.path, name=v.name, score=v.score or 0.0) for v in outline.lowest(report)[:LOWEST]),
            scored=len(outline.scored(report)),
            verdicts=len(report.verdicts),
            thumbnail=next((uri for uri in found if uri), None),
        )

    @classmethod
    def failed(cls, name: str, error: str) -> Row:
        """The row of a clip that could not be judged."""
        return cls(name=name, error=error)


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """``rows`` in the order of this module's docstring."""

    def key(row: Row) -> tuple[bool, int, int, int, float, str]:
        critical, major, minor = (-row.problems.get(s, 0) for s in list(Severity)[:3])
        lowest = row.lowest[0].score if row.lowest else 2.0
        return row.error is not None, critical, major, minor, lowest, row.name

    return sorted(rows, key=key)


def write_index(rows: Iterable[Row], out_dir: Path | str) -> Path:
    """Writes index.html and index.json to ``out_dir``; returns the path of the page. Raises UsageError."""
    out, ordered = Path(out_dir), worst_first(rows)
    judged, failed = [r for r in ordered if r.error is None], [r for r in ordered if r.error is not None]
    total = {s: sum(r.problems.get(s, 0) for r in judged) for s in list(Severity)[:3]}
    title = f"{count(len(ordered), 'clip')}, worst first"
    try:
        put_text(out / "index.html", page("index.html.j2", title=title, judged=judged, failed=failed, total=total))
        listing = json.dumps([r.model_dump(mode="json") for r in ordered], indent=2, ensure_ascii=False)
        put_text(out / "index.json", listing + "\n")
    except OSError as error:
        raise UsageError(f"{out}: the index cannot be written: {error.strerror or error}") from error
    return out / "index.html"
