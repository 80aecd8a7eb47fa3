"""What a page draws over time: one row per measure that has a curve, all on one axis, the findings above them."""

from __future__ import annotations

from dataclasses import dataclass

from evalverse.report import outline, plots
from evalverse.report.model import Finding, Report
from evalverse.report.text import count
from evalverse.tools.evidence import Evidence, number
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.timecode import clock

WHOLE = 0.95
"""From this share of the clip on, a finding is about all of it and shading it would say nothing."""

NARROWEST = 4.0
"""Percent of the axis that the mark of a moment takes up."""


@dataclass(frozen=True)
class Row:
    """One small plot with its labels."""

    title: str
    unit: str
    direction: str
    low: str
    high: str
    scale: plots.Scale
    svg: str
    note: str
    cited: bool
    """Whether a finding rests on it."""


@dataclass(frozen=True)
class Bar:
    """A finding's stretch of time, in percent of the axis."""

    finding: Finding
    left: float
    width: float


def rows(report: Report, ledger: Ledger) -> list[Row]:
    """One row per measure with a curve: those that findings cite come first, else in the order of the evidence."""
    measures: dict[str, list[Evidence]] = {}
    for item in report.evidence:
        if item.curve is not None:
            measures.setdefault(item.measure, []).append(item)
    found = [row for items in measures.values() if (row := _row(report, ledger, items)) is not None]
    return sorted(found, key=lambda row: not row.cited)


def bars(report: Report) -> list[list[Bar]]:
    """The findings that have a place, in as few lanes as keep them from overlapping."""
    lanes: list[list[Bar]] = []
    seconds = report.clip.duration
    placed = [f for f in outline.findings(report) if f.span is not None and seconds > 0]
    for finding in sorted(placed, key=lambda f: f.span.start if f.span else 0.0):
        assert finding.span is not None
        left = 100 * min(1.0, max(0.0, finding.span.start / seconds))
        width = min(100 - left, max(0.0, 100 * finding.span.seconds / seconds))
        bar = Bar(finding, left, width)
        lane = next((lane for lane in lanes if lane[-1].left + max(lane[-1].width, NARROWEST) <= left), None)
        if lane is None:
            lanes.append([bar])
        else:
            lane.append(bar)
    return lanes


def _row(report: Report, ledger: Ledger, items: list[Evidence]) -> Row | None:
    """The plot of one measure, or None if its curves are gone from the ledger."""
    first, seconds = items[0], report.clip.duration
    series = []
    for item in items:
        assert item.curve is not None
        try:
            series.append(ledger.get_curve(item.curve))
        except FileNotFoundError:
            continue
    reach = plots.extent(series)
    if not series:
        return None
    ids = {e.id for e in report.evidence if e.measure == first.measure}
    citing = [f for f in outline.findings(report) if any(ids & set(step.evidence) for step in f.steps)]
    on = plots.scale(series, first.low, first.high)
    low, high = (number(reach[0]), number(reach[1])) if reach else ("", "")
    unit = f" {first.unit}" if first.unit else ""
    said = f"{first.title} over {number(seconds)} s: " + (f"from {low} to {high}{unit}" if reach else "no value")
    marks = [(s.span.start, f"shot {s.index + 1} at {clock(s.span.start)}") for s in report.shots[1:]]
    shades = [
        plots.Shade(f.span.start, f.span.end, f"{f.title} ({f.timecode})", f.kind)
        for f in citing
        if f.span is not None and f.span.seconds < WHOLE * seconds
    ]
    lost = len(items) - len(series)
    return Row(
        title=first.title,
        unit=first.unit,
        direction=first.direction.value,
        low=low,
        high=high,
        scale=on,
        svg=plots.plot(series, on, seconds, said, marks, shades),
        note=f"{count(lost, 'curve')} no longer stored" if lost else "",
        cited=bool(citing),
    )
