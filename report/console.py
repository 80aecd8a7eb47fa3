"""The report on a terminal: what was found, the verdicts, what was left out, and where to read on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalverse.report import outline
from evalverse.report.model import Report, Severity, State, Verdict
from evalverse.report.names import name
from evalverse.report.text import count, one_line
from evalverse.tools.evidence import number

if TYPE_CHECKING:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from evalverse.report.write import Written

STYLE = {Severity.CRITICAL: "bold red", Severity.MAJOR: "red", Severity.MINOR: "yellow", Severity.NOTE: "green"}
CELLS = 12
MOST_EXAMPLES = 4
LONGEST_NAME = 120


def summary(report: Report, console: Console, written: Written | None = None) -> None:
    """Prints ``report`` to ``console``; readable at 80 columns, and without colour when piped.

    Args:
        report: what to print.
        console: a rich console; text of the report is never read as its markup.
        written: where the files are, to be named at the end.
    """
    from rich.text import Text

    console.print(Text(one_line(report.clip.name), style="bold"), Text(outline.facts(report), style="dim"), sep="\n")
    for note in (*report.clip.notes, *report.notes):
        console.print(Text(f"! {one_line(note)}", style="yellow"))
    console.print(Text(f"\n{one_line(outline.summary(report))}"))
    _findings(report, console)
    _verdicts(report, console)
    _omissions(report, console)
    console.print(Text(f"\nTook {number(outline.seconds(report))} s.", style="dim"))
    if written is not None:
        for path in (written.html, written.markdown, written.json):
            console.print(Text(str(path)), soft_wrap=True)
        if written.missing:
            console.print(Text(f"! {count(len(written.missing), 'picture or curve', 'pictures or curves')} had gone"))


def _findings(report: Report, console: Console) -> None:
    from rich.text import Text

    for title, found in (("Problems", outline.problems(report)), ("Strengths", outline.strengths(report))):
        if found:
            console.print(Text(f"\n{title}", style="bold"))
        for finding in found:
            word = finding.severity.value if finding.kind == "problem" else "strength"
            where = [finding.timecode, "" if finding.shot is None else f"shot {finding.shot + 1}"]
            at = one_line(", ".join(w for w in where if w)) or "whole clip"
            head = Text.assemble((word, STYLE[finding.severity]), f", score {finding.score:.2f}, {at}")
            console.print(_indented(head, 2))
            console.print(_indented(Text(one_line(finding.title), style="bold"), 4))
            if finding.kind == "problem" and finding.fix:
                console.print(_indented(Text(f"Fix: {one_line(finding.fix)}", style="dim"), 4))


def _verdicts(report: Report, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    for stage, aspects in outline.tree(outline.scored(report)).items():
        table = Table(box=None, padding=(0, 1), show_header=False, expand=True)
        table.add_column(ratio=1, overflow="fold")
        table.add_column(width=CELLS, no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(justify="right", no_wrap=True, style="dim")
        for dimensions in aspects.values():
            for dimension, verdicts in dimensions.items():
                for verdict in verdicts:
                    title = Text(one_line(f"{name(dimension)}: {verdict.name}", LONGEST_NAME))
                    table.add_row(title, *_cells(verdict, console.options.ascii_only))
        console.print(Text(f"\n{stage.value.capitalize()}", style="bold"))
        console.print(table)


def _cells(verdict: Verdict, ascii_only: bool) -> tuple[Text, str, str]:
    from rich.text import Text

    score = verdict.score or 0.0
    full = round(score * CELLS)
    on, off = ("#", ".") if ascii_only else ("█", "░")
    style = "red" if score < 0.4 else "yellow" if score < 0.6 else "green"
    band = f"{verdict.interval.low:.2f}–{verdict.interval.high:.2f}" if verdict.interval else ""
    coverage = f"{verdict.answered} of {verdict.applicable}"
    return Text(on * full + off * (CELLS - full), style=style), f"{score:.2f} {band}".rstrip(), coverage


def _omissions(report: Report, console: Console) -> None:
    from rich.text import Text

    for state in (State.NOT_APPLICABLE, State.NOT_ASSESSABLE):
        groups = [o for o in outline.omissions(report) if o.state is state]
        if groups:
            console.print(Text(f"\n{state.value.capitalize()}", style="bold"))
        for group in groups:
            shown = ", ".join(one_line(name(what)) for what in group.what[:MOST_EXAMPLES])
            rest = len(group.what) - MOST_EXAMPLES
            console.print(_indented(Text(f"{len(group.what)} × {one_line(group.why)}"), 2))
            console.print(_indented(Text(shown + (f" and {rest} more" if rest > 0 else ""), style="dim"), 4))
            if group.enable:
                console.print(_indented(Text(f"To enable: {one_line(group.enable)}"), 4))


def _indented(text: Text, by: int) -> Padding:
    from rich.padding import Padding

    return Padding(text, (0, 0, 0, by), expand=False)
