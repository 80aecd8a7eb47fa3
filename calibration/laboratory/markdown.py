"""The laboratory's report as Markdown, for docs and diffs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evalverse.calibration.laboratory.report import LabReport
from evalverse.calibration.laboratory.response import Level
from evalverse.calibration.laboratory.words import known, percent, signed, span, summary, why_unnoticed
from evalverse.report.markdown import safe
from evalverse.report.names import name


def markdown(report: LabReport) -> str:
    """The whole report without the matrix's blank cells."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: LabReport) -> Iterator[str]:
    yield f"# What does {safe(report.run.judge or '')} notice?"
    yield ""
    yield f"Written by `evalverse lab report`; do not edit. Calibration: {safe(report.run.calibration or 'none')}. "
    yield f"{report.faulted_clips} faulted and {report.clean_clips} clean clips of {len(report.sources)} sources."
    yield ""
    yield from (f"- {line}" for line in summary(report))
    yield from ("", "## Each sub-dimension and its own faults", "")
    yield "Area under ROC of faulted against clean clips, 95 % interval over sources, share of faulted clips scored."
    yield "Clean footage has faults of its own and differs; **beside its own** is how often a clip with a fault of"
    yield f"{report.main} strength scores below the same clip without it, ties half."
    yield ""
    yield from _table(
        ("Sub-dimension", *report.levels, "beside its own", "correlation with strength", "noticed from"),
        (
            (
                name(r.path),
                *(_level(level) for level in r.levels),
                f"{known(r.at(report.main).paired.value)} {span(r.at(report.main).paired)}".strip(),
                f"{known(r.spearman.value)} {span(r.spearman)}".strip(),
                r.noticed or "not at all",
            )
            for r in report.responses
        ),
    )
    yield from ("", "## Unrelated sub-dimensions that move", "")
    yield from _table(
        ("strength", "scores looked at", "beyond what clean clips differ by", "by more than 0.1"),
        ((u.level, str(u.pairs), percent(u.moved), percent(u.moved_plainly)) for u in report.unrelated),
    )
    yield from ("", f"## What reacts to each fault at {report.main} strength", "")
    yield "Mean fall of the score where it is more than 0.10 either way; bold is what the fault is about."
    yield ""
    at = report.levels.index(report.main)
    yield from _table(
        ("fault", "reactions"),
        (
            (
                f.name,
                "; ".join(
                    f"**{name(path)} {signed(drop)}**" if path in f.own else f"{name(path)} {signed(drop)}"
                    for path, drops in f.drops.items()
                    if (drop := drops[at]) is not None and abs(drop) > 0.1
                )
                or "none",
            )
            for f in report.families
        ),
    )
    yield from ("", "## Faults that nobody notices", "")
    yield from (f"- {f.name}: {why_unnoticed(f)}" for f in report.unnoticed)
    for title, paths in (
        ("Sub-dimensions that no fault here is about", report.no_fault),
        ("Sub-dimensions that no operator speaks to", report.no_measure),
        ("Sub-dimensions that this judge never scored here", report.never_scored),
    ):
        yield from ("", f"## {title}", "", ", ".join(name(path) for path in paths) or "None.")


def _level(level: Level) -> str:
    if level.auc.value is None:
        return f"– ({100 * level.assessed:.0f} % of {level.clips})"
    return f"{known(level.auc.value)} {span(level.auc)} ({100 * level.assessed:.0f} % of {level.clips})"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(heads)
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    yield from ("| " + " | ".join(row) + " |" for row in rows)
