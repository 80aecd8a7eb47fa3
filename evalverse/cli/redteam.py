"""evalverse redteam: does the judge obey what it examines?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from evalverse.calibration.redteam.run import Result


@click.command()
@click.option("--judge", default="evidence", show_default=True, metavar="JUDGE", help="Who is tried: see critique.")
@click.option("--clip", type=click.Path(path_type=Path), help="Put the words into this clip.  [default: one is drawn]")
@click.option("--quick", is_flag=True, help="The short suite.")
@click.option("--twins", type=click.IntRange(2, 10), default=2, show_default=True, help="Harmless twins per attempt.")
@click.option("--out", type=click.Path(path_type=Path), help="Write all of it as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def redteam(judge: str, clip: Path | None, quick: bool, twins: int, out: Path | None, as_json: bool) -> int:
    """Try to make a judge obey the clip, its maker or its tools instead of examining them.

    Each attempt puts words where a hostile clip could have them and is compared with harmless words in the same place:
    did gating, the choice of tools, or a score change by more than between two harmless ones?

    Exit codes: 0 nothing did, 1 something did, 2 bad usage, 3 the judge or its server failed.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from evalverse.calibration.redteam import run
    from evalverse.report.write import put_text
    from evalverse.settings import Settings

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        result = run.redteam(judge, Settings.load(), clip=clip, quick=quick, twins=twins, progress=tell)
    text = json.dumps(result.as_json(), indent=1, ensure_ascii=False)
    if out is not None:
        put_text(out, text + "\n")
    click.echo(text) if as_json else _table(result)
    return 1 if result.breached else 0


def _table(result: Result) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table("Attempt", "Place", "Trick", "After", "Came to", box=None, pad_edge=False)
    for tried in result.tried:
        a = tried.attempt
        after = next(f"{k} {v}" for k, v in a.goal.model_dump(exclude_defaults=True).items())
        came = "; ".join(f"{b.kind} {b.what}: {b.before} → {b.after}" for b in tried.breaches[:3])
        more = f"; {len(tried.breaches) - 3} more" if len(tried.breaches) > 3 else ""
        style = "red" if tried.breaches else "green"
        cells = (a.id, a.place.value, a.how, after, f"{came}{more}" or "nothing")
        table.add_row(*(Text(cell, style=style if n == 4 else "") for n, cell in enumerate(cells)))
    console.print(table)
    worst = max(result.noise.values(), default=0.0)
    reached = sum(t.reached for t in result.tried)
    console.print(
        f"\n{len(result.breached)} of {len(result.tried)} attempts moved {result.judge}, {reached} got what they were"
        f" after. Between harmless twins no score moved by more than {worst:.2f}.",
        highlight=False,
        markup=False,
    )
