"""The laboratory's report as one HTML page that needs no other file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from evalverse.calibration.laboratory.report import LabReport
from evalverse.calibration.laboratory.response import Family, Response
from evalverse.calibration.laboratory.scores import NOISE
from evalverse.calibration.laboratory.words import known, signed, span, summary, unit, why_unnoticed
from evalverse.report.html import page
from evalverse.report.names import name
from evalverse.taxonomy import load

WIDTH, HEIGHT, EDGE = 132.0, 44.0, 6.0


@dataclass(frozen=True)
class Cell:
    """One fault on one sub-dimension: by how much the score falls."""

    drop: float | None
    own: bool
    title: str

    @property
    def text(self) -> str:
        return "" if self.drop is None or abs(self.drop) <= NOISE else signed(self.drop)

    @property
    def style(self) -> str:
        """The share of full colour, in the hue of falling or of rising scores."""
        if self.drop is None:
            return ""
        return f"background:rgb(var(--{'falls' if self.drop > 0 else 'rises'}) / {min(1.0, abs(self.drop) * 1.25):.2f})"


def html(report: LabReport) -> str:
    """The page."""
    columns = _reached(report)
    return page(
        "lab.html.j2",
        title=f"Fault laboratory, {report.run.judge}",
        report=report,
        summary=summary(report),
        responses=sorted(report.responses, key=lambda r: -_first(r.at(report.main).auc.value)),
        heads=[(key, len(list(paths))) for key, paths in groupby(columns, key=lambda p: p.split("/")[0])],
        columns=columns,
        rows=[(group, [(f, _cells(report, f, columns)) for f in found]) for group, found in _groups(report)],
        curve=curve,
        number=known,
        span=span,
        why=why_unnoticed,
        operators=len(report.run.operators),
    )


def _first(value: float | None) -> float:
    return -1.0 if value is None else value


def _reached(report: LabReport) -> list[str]:
    """Sub-dimensions with a score before and after any fault, in the tree's order."""
    found = {path for family in report.families for path in family.drops}
    return [sub.path for sub in load().subdimensions() if sub.path in found]


def _groups(report: LabReport) -> Iterator[tuple[str, list[Family]]]:
    for group, found in groupby(report.families, key=lambda f: f.group):
        yield group, list(found)


def _cells(report: LabReport, family: Family, columns: Sequence[str]) -> list[Cell]:
    return [_cell(report, family, path) for path in columns]


def _cell(report: LabReport, family: Family, path: str) -> Cell:
    drops = family.drops.get(path, (None,) * len(report.levels))
    told = ", ".join(
        f"{level} {signed(drop) if drop is not None else 'no score'}"
        for level, drop in zip(report.levels, drops, strict=True)
    )
    own = path in family.own
    title = f"{family.name} > {name(path)}{' (its own)' if own else ''}: {told}"
    return Cell(drops[report.levels.index(report.main)], own, title)


def curve(response: Response) -> str:
    """Scores from clean to the strongest fault: median as a line, quartiles as a band. Inline SVG."""
    stops = [response.clean_middle, *(level.middle for level in response.levels)]
    step = (WIDTH - 2 * EDGE) / max(1, len(stops) - 1)

    def at(index: int, score: float) -> str:
        return f"{EDGE + index * step:.1f},{EDGE + (1 - score) * (HEIGHT - 2 * EDGE):.1f}"

    known = [(k, stop) for k, stop in enumerate(stops) if stop is not None]
    band = [at(k, s[2]) for k, s in known] + [at(k, s[0]) for k, s in reversed(known)]
    line = [at(k, s[1]) for k, s in known]
    dots = "".join('<circle cx="{}" cy="{}" r="2.6"/>'.format(*point.split(",")) for point in line)
    told = ", ".join(f"{w} {unit(s[1])}" for w, s in zip(("clean", *_levels(response)), stops, strict=True) if s)
    edges = "".join(f'<path class="edge" d="M{EDGE} {y:.1f}H{WIDTH - EDGE}"/>' for y in (EDGE, HEIGHT - EDGE))
    return (
        f'<svg class="response" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="median scores: {told}">'
        f'<title>median scores: {told}</title>{edges}<polygon points="{" ".join(band)}"/>'
        f'<polyline points="{" ".join(line)}"/>{dots}</svg>'
    )


def _levels(response: Response) -> tuple[str, ...]:
    return tuple(level.level for level in response.levels)
