"""evalverse lab fit: the evidence judge fitted to the readings of a laboratory."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("lab", type=click.Path(path_type=Path), metavar="LAB_DIR")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The calibration file to write."
)
@click.option(
    "--page", type=click.Path(path_type=Path, dir_okay=False), help="Also write what it is worth, as Markdown."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the intervals by resampling."
)
def fit(lab: Path, out: Path, page: Path | None, seed: int) -> None:
    """Fit the evidence judge to LAB_DIR, which `lab run` has measured.

    Every check is tried on sources that its model never saw; only what proves itself goes into the file. Use it with
    --judge evidence:FILE.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from evalverse.calibration.fit.data import read
    from evalverse.calibration.fit.page import page as told
    from evalverse.calibration.fit.run import fit_judge, write
    from evalverse.tools.ledger import write_file

    table = read(lab)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("checks", total=None)
        result = fit_judge(table, seed, lambda _, done, total: bar.update(task, completed=done, total=total))
    write(result.calibration, out)
    if page:
        write_file(page, told(result).encode())
    if table.stale:
        stale = ", ".join(table.stale)
        click.echo(
            f"left out, measured with other versions than those installed: {stale}; run: evalverse lab run {lab}"
        )
    found = result.calibration
    click.echo(f"{found.id}: {out}")
    click.echo(
        f"{len(found.checks)} checks fitted, {len(found.curves_kept)} left to their curves, {len(found.silent)} that "
        f"no reading tells; {found.clips} clips of {len(found.sources)} sources"
    )
