"""evalverse vbench: VBench's dimensions over a folder of clips, in and out of VBench's own files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalverse.errors import EvalVerseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalverse.report.vbench import Details, Job, Result
    from evalverse.settings import Settings


@click.command()
@click.argument("videos", type=click.Path(path_type=Path), metavar="VIDEOS_DIR")
@click.option("--full-info", type=click.Path(path_type=Path), help="VBench's list of prompts, dimensions and clips.")
@click.option(
    "--dimension", "names", multiple=True, metavar="NAME", help="Only this one; may be repeated.  [default: all]"
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("vbench"), show_default=True, help="Where to write."
)
@click.option("--name", default="evalverse", show_default=True, help="How the written files begin.")
def vbench(videos: Path, full_info: Path | None, names: tuple[str, ...], out: Path, name: str) -> int:
    """Measure VBench's dimensions on every clip in VIDEOS_DIR, whatever its name.

    Without --full-info every clip is measured on every dimension; a name like "a cat on a roof-0.mp4" gives the prompt.
    Each clip is decoded once. A call that was stopped goes on where it was.

    Exit codes: 0 ok, 2 bad usage, or a clip that could not be read (the others are measured).
    """
    from evalverse.report.vbench import DIMENSIONS, clips_in, details, jobs, jobs_asked, read_full_info, write_results
    from evalverse.settings import Settings

    for unknown in (n for n in names if n not in DIMENSIONS):
        raise UsageError(f"{unknown} is none of the VBench dimensions that fit any clip: {', '.join(DIMENSIONS)}")
    dimensions = [d for d in DIMENSIONS if d in names or not names]
    notes: list[str] = []
    if full_info is None:
        asked = jobs(clips_in(videos), dimensions)
    else:
        asked, notes = jobs_asked(read_full_info(full_info), videos, dimensions)
    console, settings = Console(), Settings.load()
    found: dict[str, list[Result]] = {dimension: [] for dimension in dimensions}
    unread = 0
    for number, job in enumerate(asked, start=1):
        console.print(f"[{number}/{len(asked)}] {Path(job.path).name}: ", end="", markup=False, highlight=False)
        results, said, read = _measured(job, settings)
        unread += not read
        for dimension, result in results.items():
            found[dimension].append(result)
        console.print(said, markup=False, highlight=False)
    table = [details(dimension, found[dimension]) for dimension in dimensions]
    written = write_results(table, asked, out, name)
    _show(table, notes, console)
    for path in written:
        console.print(str(path), soft_wrap=True, markup=False, highlight=False)
    return 2 if unread else 0


def _measured(job: Job, settings: Settings) -> tuple[dict[str, Result], str, bool]:
    """The results of one clip by dimension, a line about them, and whether the clip could be read."""
    from evalverse.agent.case import ledger_of
    from evalverse.report.vbench import DIMENSIONS, failure, result
    from evalverse.tools.media.probe import probe
    from evalverse.tools.operator import Wishes, operator
    from evalverse.tools.schedule import measure

    names: list[str] = []
    for dimension in job.dimensions:
        spec = DIMENSIONS[dimension]
        names.append(spec.measure.split(".")[0])
        if spec.stand_in and operator(names[-1]).lacks() is not None:
            names.append(spec.stand_in.split(".")[0])
    tuned = {n: made for n in names if (made := operator(n).tune(Wishes(prompt=job.prompt))) is not None}
    try:
        done = measure(probe(Path(job.path), settings), names, ledger_of(settings), settings=settings, tuned=tuned)
    except EvalVerseError as error:
        return {d: failure(job, str(error)) for d in job.dimensions}, f"error: {error}", False
    evidence = [e for rows in done.evidence.values() for e in rows]
    results = {d: result(job, d, evidence) for d in job.dimensions}
    valued = sum(r.value is not None for r in results.values())
    ran = any(operator(n).lacks() is None for n in done.fresh)
    kept = "" if ran else ", kept from an earlier call"
    return results, f"{valued} of {len(results)} dimensions{kept}", True


def _show(table: Sequence[Details], notes: Sequence[str], console: Console) -> None:
    """The means, how many clips they rest on, and why a dimension has none."""
    from evalverse.tools.evidence import number

    shown = Table(box=None, padding=(0, 2, 0, 0))
    for column, justify in (("dimension", "left"), ("mean", "right"), ("clips", "right"), ("why not", "left")):
        shown.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for one in table:
        reasons = dict.fromkeys(r.reason for r in one.results if r.reason)
        mean = "null" if one.mean is None else number(one.mean)
        style = "dim" if one.mean is None else None
        why = Text("; ".join(list(reasons)[:2]))  # never read as markup
        shown.add_row(one.dimension, mean, f"{one.clips} of {one.of}", why, style=style)
    console.print()
    console.print(shown)
    for note in notes:
        console.print(f"note: {note}", style="yellow", markup=False)
    if any(one.mean is None for one in table):
        console.print(
            "Dimensions without a mean are not in the results; VBench's score scripts count them as 0.", style="yellow"
        )
