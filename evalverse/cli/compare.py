"""evalverse compare: two reports, or two clips of one brief, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from evalverse.cli.critique import Question, one
from evalverse.cli.options import brief_from, brief_options, judge_options

if TYPE_CHECKING:
    from evalverse.report.model import Report
    from evalverse.tools.ledger import Ledger


@click.command()
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@brief_options
@judge_options
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the comparison.  [default: A-vs-B]")
def compare(
    a: Path,
    b: Path,
    prompt: str | None,
    brief_file: Path | None,
    focus: str | None,
    judge: str,
    budget: str | None,
    depth: str,
    out: Path | None,
) -> None:
    """Put A and B side by side: verdict by verdict, with intervals and the evidence that differs.

    A and B are folders of reports, their report.json, or clips. A clip is critiqued first, by the brief in the options,
    or by that of the other report; its report is put in a folder of its own below the comparison.
    """
    from evalverse.report.compare import compare as set_beside
    from evalverse.report.compare import show, write_comparison
    from evalverse.settings import Settings

    folder = out or Path(f"{a.stem}-vs-{b.stem}")
    given = brief_from(brief_file, prompt, focus)
    ready = _report(a), _report(b)
    other = next((report[0].brief for report in ready if report is not None), given)
    brief = other if prompt is None and brief_file is None and focus is None else given
    asked = Question(brief, judge, Settings.load(), budget, depth)
    sides = [
        report or _critiqued(clip, asked, folder / letter)
        for clip, report, letter in zip((a, b), ready, "ab", strict=True)
    ]
    found = set_beside(sides[0][0], sides[1][0])
    written = write_comparison(found, sides[0], sides[1], folder)
    console = Console()
    show(found, console)
    console.print()
    for path in written:
        console.print(str(path), soft_wrap=True, markup=False, highlight=False)


def _report(path: Path) -> tuple[Report, Ledger] | None:
    """The report at ``path`` with the ledger beside it; None for anything else, which is taken for a clip."""
    from evalverse.report.write import LEDGER, read
    from evalverse.tools.ledger import Ledger

    if not path.is_dir() and path.suffix.lower() != ".json":
        return None
    return read(path), Ledger((path if path.is_dir() else path.parent) / LEDGER)


def _critiqued(clip: Path, asked: Question, out: Path) -> tuple[Report, Ledger]:
    from evalverse.report.write import LEDGER
    from evalverse.tools.ledger import Ledger

    return one(clip, asked, out, brief_summary=True).report, Ledger(out / LEDGER)
