"""evalverse replay: is a stored report what this installation would say, given the same words of the model?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from rich.console import Console

from evalverse.cli.show import progress


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="REPORT_DIR")
@click.option("--clip", type=click.Path(path_type=Path), help="Where the clip lies now.  [default: where it lay]")
@click.option("--out", type=click.Path(path_type=Path), help="Write the new report here as well.")
@click.option("--fresh", is_flag=True, help="Measure everything anew, ignoring the evidence cache.")
def replay(run: Path, clip: Path | None, out: Path | None, fresh: bool) -> int:
    """Run the critique in REPORT_DIR again, with its model's recorded answers in place of the model.

    Needs the clip, but no server and no network. Exit code 0: the same report, byte for byte apart from times and the
    use of the model; 1: it differs, and where.
    """
    from evalverse.agent.case import ledger_of
    from evalverse.agent.replay import changed, differences
    from evalverse.agent.replay import replay as again
    from evalverse.errors import UsageError
    from evalverse.report.model import Report
    from evalverse.report.write import LEDGER, read, write
    from evalverse.settings import Settings
    from evalverse.tools.ledger import Ledger

    if not run.is_dir():
        raise UsageError(f"{run}: name the folder that critique wrote, with report.json and ledger/ in it")
    old, settings, new = read(run), Settings.load(), None
    for line in changed(old):
        click.echo(f"not as it was then: {line}", err=True)
    with tempfile.TemporaryDirectory() as empty:
        if fresh:
            settings = settings.model_copy(update={"cache_dir": Path(empty)})
        with progress(Console(stderr=True)) as shown:
            for item in again(old, Ledger(run / LEDGER), settings, clip):
                if isinstance(item, Report):
                    new = item
                else:
                    shown.event(item)
        assert new is not None
        if out is not None:
            click.echo(f"written: {write(new, ledger_of(settings), out).html}")
    found = differences(old, new)
    if not found:
        click.echo("the same report, apart from times and the use of the model")
        return 0
    click.echo("the report differs:")
    for line in found:
        click.echo(f"  {line}")
    return 1
