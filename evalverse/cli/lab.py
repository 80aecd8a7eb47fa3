"""evalverse lab: known truth. Clean footage in, the same footage with one known fault out."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalverse.cli.lab_fit import fit

if TYPE_CHECKING:
    from rich.progress import TaskID

    from evalverse.calibration.faults.fault import Fault


@click.group()
def lab() -> None:
    """Make clips with known faults, to test and calibrate judges on."""


@lab.command("list")
@click.argument("names", nargs=-1, metavar="[FAMILY|GROUP]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_families(names: tuple[str, ...], as_json: bool) -> None:
    """List the families of faults, their strengths in physical units, and the checks they should move."""
    from evalverse.calibration.faults.lab import Order

    chosen = Order(families=names).chosen()
    if as_json:
        click.echo(json.dumps([_as_json(f) for f in chosen], indent=1))
        return
    for fault in chosen:
        click.secho(fault.name, bold=True, nl=False)
        click.echo(f"  ({fault.medium}, {fault.group})  {fault.words}")
        amount = fault.amount
        needs = f"; needs {' and '.join(sorted(fault.needs))}" if fault.needs else ""
        click.echo(f"    {amount.faint:g} / {amount.medium:g} / {amount.strong:g} {amount.unit}{needs}")
        for path in (*fault.checks, *fault.measures):
            click.echo(f"    > {path}")
    click.echo(f"\n{len(chosen)} families; amounts are faint / medium / strong; > marks what should react")


@lab.command()
@click.argument("clips", type=click.Path(path_type=Path), metavar="CLIPS_DIR")
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Decides everything left to chance."
)
@click.option("--families", metavar="NAME,...", help="Families, groups or media.  [default: all]")
@click.option(
    "--strengths", default="faint,medium,strong", show_default=True, help="Levels, or numbers above 0 and up to 1."
)
@click.option("--per-family", type=click.IntRange(min=1), default=4, show_default=True, help="Sources per family.")
@click.option("--seconds", type=click.FloatRange(min=1.5), default=5.0, show_default=True, help="Length of a clip.")
@click.option("--height", type=click.IntRange(144, 540), default=540, show_default=True, help="Pixels, at most.")
def make(
    clips: Path,
    out: Path,
    seed: int,
    families: str | None,
    strengths: str,
    per_family: int,
    seconds: float,
    height: int,
) -> None:
    """Put known faults into the clean clips of CLIPS_DIR; write clips and manifest.jsonl to OUT.

    Each family is put into PER_FAMILY sources at every strength; the whole of each source is kept as a clean clip. A
    call that was stopped goes on where it was.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from evalverse.calibration.faults.lab import Order, read_manifest
    from evalverse.calibration.faults.lab import make as run

    order = Order(
        seed=seed,
        families=_split(families or ""),
        strengths=tuple(_number(s) for s in _split(strengths)),
        per_family=per_family,
        seconds=seconds,
        height=height,
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks = {kind: bar.add_task(kind, total=None, visible=False) for kind in ("looking", "made")}

        def tell(what: str, done: int, total: int) -> None:
            bar.update(tasks[what.split()[0]], description=what, completed=done, total=total, visible=True)

        manifest = run(clips, out, order, progress=tell)
    rows = read_manifest(out)
    unfit = sorted({row.family for row in rows if row.unfit and row.family})
    click.echo(f"{sum(r.family is not None and r.clip is not None for r in rows)} faulted clips: {manifest}")
    if unfit:
        click.echo(f"no fit source for some of: {', '.join(unfit)} (the manifest says why)")


@lab.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="LAB_DIR")
@click.option("--judge", metavar="JUDGE", help="Also judge each clip: evidence, remote:URL#MODEL ...")
@click.option("--families", metavar="NAME,...", help="Families, groups or media.  [default: all]")
@click.option("--workers", type=click.IntRange(min=1), help="Clips side by side.  [default: one per core, at most 4]")
def run(folder: Path, judge: str | None, families: str | None, workers: int | None) -> None:
    """Measure and judge the clips of LAB_DIR; write readings, answers and verdicts as Parquet.

    A call that was stopped goes on where it was; what depends on an operator or judge that changed is done again.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from evalverse.calibration.laboratory.run import run as work

    speed = TextColumn("{task.fields[speed]}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), speed, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), speed_estimate_period=600) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total, completed=done, speed="")
            task = bar.tasks[tasks[what]]
            speed = f"{task.speed * 60:.1f} clips/min" if task.speed else ""
            bar.update(tasks[what], completed=done, speed=speed)

        told = work(folder, judge, _split(families or ""), workers, progress=tell)
    for what, passed in told.passes.items():
        rate = f", {passed.worked / passed.seconds * 60:.1f} clips per minute" if passed.worked else ""
        click.echo(f"{passed.clips} clips {what}, {passed.worked} of them now{rate}")
        for clip, why in passed.failed.items():
            click.echo(f"    failed: {clip}: {why}")


lab.add_command(fit)


@lab.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="LAB_DIR")
@click.option("--judge", default="evidence", show_default=True, metavar="JUDGE", help="One that lab run has asked.")
@click.option("--held-out", is_flag=True, help="The evidence judge, each clip scored by a fit to the other sources.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="[default: LAB_DIR]")
@click.option(
    "--credibility",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.json",
    help="Also note there what this shows of each sub-dimension; critiques heed it as EVALVERSE_CREDIBILITY_FILE.",
)
def report(folder: Path, judge: str, held_out: bool, out: Path | None, credibility: Path | None) -> None:
    """Show what JUDGE notices of the faults in LAB_DIR, and what else moves: lab.html, lab.md and lab.json."""
    from evalverse.agent.credibility import write_credibility
    from evalverse.calibration.laboratory.report import credibility_of, held_out_report, lab_report
    from evalverse.calibration.laboratory.words import summary
    from evalverse.calibration.laboratory.write import write
    from evalverse.errors import UsageError

    if held_out and judge != "evidence":
        raise UsageError("--held-out fits the evidence judge anew; another judge has nothing that is fitted here")
    found = held_out_report(folder) if held_out else lab_report(folder, judge)
    rows = credibility_of(found) if credibility else []
    page = write(found, out or folder)
    for line in summary(found):
        click.echo(line)
    click.echo(f"\n{page}")
    if credibility:
        write_credibility(credibility, rows)
        chance = [row.sub_dimension for row in rows if row.is_chance]
        click.echo(f"{credibility}: {len(rows)} sub-dimensions, {len(chance)} no better than chance")


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in (p.strip() for p in text.split(",")) if part)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _as_json(fault: Fault) -> dict[str, object]:
    shown = {name: getattr(fault, name) for name in ("name", "words", "medium", "group", "checks", "measures")}
    return {**shown, "needs": sorted(fault.needs), "amount": asdict(fault.amount)}
