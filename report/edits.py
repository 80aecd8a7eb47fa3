"""What to do to the clip, shot by shot: the findings as a list that an editor works through, as text, CSV or EDL."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from evalverse.report import outline
from evalverse.report.model import Finding, Report
from evalverse.report.text import one_line
from evalverse.tools.evidence import Span
from evalverse.tools.media.timecode import Timecode, clock

COLUMNS = ("shot", "from", "to", "severity", "what", "fix", "check", "evidence")

NO_PICTURE = Fraction(25)
"""Frames per second that an EDL of a clip without picture counts in."""


@dataclass(frozen=True)
class Edit:
    """One thing to do. ``shot`` is 1-based; None is the whole clip."""

    shot: int | None
    span: Span
    severity: str
    what: str
    fix: str
    check: str
    evidence: tuple[str, ...]


def edits(report: Report) -> list[Edit]:
    """The problems of a report: those of the whole clip first, then shot by shot, in a shot the worst first.

    A finding that spans several shots stands at each of them.
    """
    return sorted(_edits(report), key=lambda e: e.shot or 0)


def table(report: Report) -> str:
    """The list to read."""
    lines, shown = [], ""
    for edit in edits(report):
        head = f"Shot {edit.shot}, {_stretch(_shot(report, edit.shot))}" if edit.shot else "Whole clip"
        if head != shown:
            lines.append(head)
            shown = head
        at = f"{_stretch(edit.span)}: " if edit.shot and edit.span != _shot(report, edit.shot) else ""
        lines.append(f"- {edit.severity}: {at}{edit.what}")
        lines.append(f"  Fix: {edit.fix} [{', '.join(edit.evidence)}]")
    return "\n".join(lines) or "No problem was found, so there is nothing to change."


def as_csv(report: Report) -> str:
    """The list as a table for a spreadsheet; cells that a spreadsheet would run as a formula are quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for e in edits(report):
        times = (clock(e.span.start), clock(e.span.end))
        row = (str(e.shot or "all"), *times, e.severity, e.what, e.fix, e.check, " ".join(e.evidence))
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in map(one_line, row)])
    return out.getvalue()


def as_edl(report: Report) -> str:
    """A CMX 3600 list: one event per shot, each thing to do as a locator on it, as editing programs read markers."""
    rate = report.clip.picture.rate if report.clip.picture else NO_PICTURE
    title = one_line(report.clip.name, 60)
    lines = [f"TITLE: {title}", "FCM: NON-DROP FRAME", ""]
    todo = edits(report)
    spans = [row.span for row in report.shots] or [Span(start=0.0, end=report.clip.duration)]
    for number, span in enumerate(spans, start=1):
        start, end = (str(Timecode.at(max(0.0, t), rate)) for t in (span.start, span.end))
        lines.append(f"{number:03d}  AX       V     C        {start} {end} {start} {end}")
        lines.append(f"* FROM CLIP NAME: {title}")
        for edit in todo:
            if edit.shot == number or (edit.shot is None and number == 1):
                at = Timecode.at(max(span.start, edit.span.start if edit.shot else span.start), rate)
                lines.append(f"* LOC: {at} RED     {one_line(f'{edit.severity}: {edit.what} Fix: {edit.fix}')}")
        lines.append("")
    return "\n".join(lines)


def _edits(report: Report) -> Iterator[Edit]:
    for finding in outline.problems(report):
        shots = [row for row in report.shots if finding.span is not None and row.span.overlaps(finding.span)]
        if len(shots) in (0, len(report.shots)) and len(report.shots) != 1:
            yield _edit(finding, None, finding.span or Span(start=0.0, end=report.clip.duration))
            continue
        for row in shots:
            assert finding.span is not None
            start, end = max(row.span.start, finding.span.start), min(row.span.end, finding.span.end)
            yield _edit(finding, row.index + 1, Span(start=start, end=end))
        if not shots:
            yield _edit(finding, None, Span(start=0.0, end=report.clip.duration))


def _edit(finding: Finding, shot: int | None, span: Span) -> Edit:
    ids = tuple(dict.fromkeys(i for step in finding.steps for i in step.evidence))
    return Edit(shot, span, finding.severity.value, finding.title, finding.fix, finding.check, ids)


def _shot(report: Report, number: int | None) -> Span:
    return next(row.span for row in report.shots if row.index + 1 == number)


def _stretch(span: Span) -> str:
    return f"{clock(span.start)} to {clock(span.end)}"
