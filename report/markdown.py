"""The report as Markdown, for reading as text, for issues and for diffs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evalverse.report import joins, outline
from evalverse.report.model import Answer, Finding, Report, State, Step, Verdict
from evalverse.report.names import name
from evalverse.report.text import count, one_line, plain
from evalverse.tools.evidence import Evidence, number
from evalverse.tools.media.timecode import clock

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&]|:(?=//)|(?<=www)\.)")
"""Marks, and what makes a bare address a link."""

SAID = ("Shot", "From", "To", "Length", "Begins with")
"""Columns of the table of shots that are always there."""


def markdown(report: Report) -> str:
    """The whole report; text from outside is escaped and cannot form headings, links or HTML."""
    known = {e.id: e for e in report.evidence}
    lines: list[str] = []
    for part in (_head(report), _findings(report, known), _verdicts(report, known), _omissions(report)):
        lines += [*part, ""]
    lines += [*_history(report), *_evidence(report), "", *_manifest(report)]
    return "\n".join(lines).rstrip() + "\n"


def safe(text: str) -> str:
    """``text`` as one line of Markdown that shows it as it is."""
    line = SPECIAL.sub(r"\\\1", one_line(text))
    return re.sub(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=]))", r"\1\\", line)


def code(text: str) -> str:
    """``text`` as a fenced block; the fence is longer than any run of backticks in it."""
    inside = plain(text)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", inside)), default=0))
    return f"{fence}text\n{inside}\n{fence}"


def _head(report: Report) -> Iterator[str]:
    yield f"# {safe(report.clip.name)}"
    yield ""
    yield safe(outline.facts(report))
    yield ""
    yield safe(outline.summary(report))
    for title, text in (("Intent", report.brief.intent), ("Genre", report.brief.genre), ("Focus", report.brief.focus)):
        if text:
            yield from ("", f"**{title}:** {safe(text)}")
    if report.brief.prompt:
        yield from ("", "**Prompt:**", "", code(report.brief.prompt))
    if report.clip.notes or report.notes:
        yield ""
        yield from (f"- Note: {safe(note)}" for note in (*report.clip.notes, *report.notes))
    yield from _shots(report)
    yield from _continuity(report)


def _shots(report: Report) -> Iterator[str]:
    known = joins.table(report)
    more = [] if known is None else [i for i, title in enumerate(known.columns) if title not in SAID]
    if report.shots:
        titles = [*SAID, *(known.columns[i] for i in more if known)]
        yield from ("", f"| {' | '.join(map(safe, titles))} |", f"|---:{'|---' * (len(titles) - 1)}|")
    for shot in report.shots:
        cells = [str(shot.index + 1), safe(shot.timecode) or clock(shot.span.start), clock(shot.span.end)]
        cells += [f"{number(shot.span.seconds)} s", f"{safe(shot.begins_with)} ({shot.confidence:.2f})"]
        cells += [safe(known.rows[shot.index][i]) for i in more if known]
        yield f"| {' | '.join(cells)} |"


def _continuity(report: Report) -> Iterator[str]:
    """The matrix of joins: a row per measure, a column per place where two shots of a scene meet."""
    found = joins.matrix(report)
    if found is None:
        return
    places = [f"{j.old}{'↩' if j.returns else '→'}{j.new}" for j in found.joins]
    yield from ("", "## What changes over the cuts", "")
    yield from (
        "Only cuts within one scene. ↩ marks a shot held against an earlier one; ▲ marks what should be looked at.",
        "",
    )
    yield from (f"| From shot to shot | {' | '.join(places)} |", f"|---{'|---:' * len(places)}|")
    for line in found.lines:
        unit = f" ({line.unit})" if line.unit else ""
        cells = [("▲ " if c.pointed else "") + c.text if c else "·" for c in line.cells]
        yield f"| {safe(line.title + unit)} | {' | '.join(map(safe, cells))} |"


def _findings(report: Report, known: dict[str, Evidence]) -> Iterator[str]:
    for title, found in (("Problems", outline.problems(report)), ("Strengths", outline.strengths(report))):
        yield from (f"## {title}", "", *([] if found else ["None was found.", ""]))
        for finding in found:
            yield from _finding(finding, known)


def _finding(finding: Finding, known: dict[str, Evidence]) -> Iterator[str]:
    word = f"{finding.severity.value.capitalize()}: " if finding.kind == "problem" else ""
    where = [safe(finding.timecode), "" if finding.shot is None else f"shot {finding.shot + 1}"]
    yield f"### {word}{safe(finding.title)}"
    yield ""
    at = ", ".join(w for w in where if w) or "whole clip"
    yield f"{at} · score {finding.score:.2f} · {finding.stage.value} · {safe(name(finding.check))}"
    yield ""
    yield from _steps(finding.steps, known)
    if finding.fix:
        yield from ("", f"**Fix:** {safe(finding.fix)}")
    if finding.prompt_patch:
        yield from ("", "**Prompt patch:**", "", code(finding.prompt_patch))
    yield ""


def _steps(steps: Sequence[Step], known: dict[str, Evidence], indent: str = "") -> Iterator[str]:
    for i, step in enumerate(steps, 1):
        cited = "; ".join(
            f"{safe(known[e].title)} {safe(known[e].value_text())}" if e in known else f"{safe(e)} is not in the ledger"
            for e in step.evidence
        )
        yield f"{indent}{i}. {safe(step.text)}{f' ({cited})' if cited else ''}"
        if step.doubt:
            yield f"{indent}   **Doubtful:** {safe(step.doubt)}"


def _verdicts(report: Report, known: dict[str, Evidence]) -> Iterator[str]:
    yield "## Verdicts"
    for stage, aspects in outline.tree(outline.scored(report)).items():
        for aspect, dimensions in aspects.items():
            yield from ("", f"### {stage.value.capitalize()}: {safe(name(aspect))}", "")
            yield from ("| Verdict | Score | Interval | Checks answered | Credibility |", "|---|---:|---|---|---|")
            verdicts = [(dimension, v) for dimension, group in dimensions.items() for v in group]
            yield from (_row(dimension, verdict) for dimension, verdict in verdicts)
            for _, verdict in verdicts:
                if verdict.answers:
                    yield from ("", f"**{safe(verdict.name)}.** {safe(verdict.why)}", "")
                for answer in verdict.answers:
                    yield from _answer(answer, known)


def _row(dimension: str, verdict: Verdict) -> str:
    band = f"{verdict.interval.low:.2f}–{verdict.interval.high:.2f}" if verdict.interval else ""
    covered = f"{verdict.answered} of {verdict.applicable}"
    title = f"{safe(name(dimension))}: {safe(verdict.name)}"
    return f"| {title} | {verdict.score or 0:.2f} | {band} | {covered} | {safe(verdict.credibility)} |"


def _answer(answer: Answer, known: dict[str, Evidence]) -> Iterator[str]:
    said = f"{answer.value:.2f}" if answer.value is not None else f"{answer.state.value}: {safe(answer.why)}"
    yield f"- {safe(name(answer.check))} **{said}**"
    yield from _steps(answer.steps, known, "  ")


def _omissions(report: Report) -> Iterator[str]:
    groups = outline.omissions(report)
    for state in (State.NOT_APPLICABLE, State.NOT_ASSESSABLE):
        found = [o for o in groups if o.state is state]
        if found:
            yield from (f"## {state.value.capitalize()}", "")
        for group in found:
            enable = f" To enable: {safe(group.enable)}" if group.enable else ""
            yield f"- **{safe(group.why)}**{enable} ({', '.join(safe(name(what)) for what in group.what)})"
        if found:
            yield ""


def _history(report: Report) -> Iterator[str]:
    if report.history:
        yield from ("## History", "")
    for change in report.history:
        stood, stands = (
            at.state.value if at.score is None else f"{at.score:.2f}" for at in (change.before, change.after)
        )
        yield f"- **{safe(name(change.path))}** {stood} → {stands} ({safe(change.at)}, {safe(change.judge)})"
        yield f"  - {safe(change.by)}: {safe(change.said)}"
        yield f"  - {safe(change.why)}"
    if report.history:
        yield ""


def _evidence(report: Report) -> Iterator[str]:
    yield from ("## Evidence", "", "| Id | Measure | Value | Where | In words |", "|---|---|---|---|---|")
    for item in report.evidence:
        where = [] if item.shot is None else [f"shot {item.shot + 1}"]
        where += [f"{clock(item.span.start)} to {clock(item.span.end)}"] if item.span else []
        cells = (item.id, item.title, item.value_text(), ", ".join(where) or item.scope.value, item.words)
        yield f"| {' | '.join(safe(cell) for cell in cells)} |"


def _manifest(report: Report) -> Iterator[str]:
    made = report.manifest
    yield from ("## How this was made", "")
    yield f"- Judge {safe(made.judge)}, calibration {safe(made.calibration)}, created {safe(made.created)}"
    yield f"- EvalVerse {safe(made.evalverse)}, taxonomy {safe(made.taxonomy)}, prompts {safe(made.prompts)}"
    yield f"- Clip sha256 {report.clip.sha256}, {count(report.clip.bytes, 'byte')}"
    yield f"- Operators: {', '.join(f'{safe(k)} {safe(v)}' for k, v in sorted(made.operators.items())) or 'none'}"
