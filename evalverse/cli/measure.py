"""evalverse measure: evidence only."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from evalverse.cli.options import brief_from, cuts_option


@click.command()
@click.argument("clip", type=click.Path(path_type=Path))
@click.option("--brief", "brief_file", type=click.Path(path_type=Path), help="YAML: prompt, genre, shots ...")
@cuts_option
@click.option("--operator", "names", multiple=True, metavar="NAME", help="Only this operator; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Also readings of single shots and moments.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def measure(
    clip: Path,
    brief_file: Path | None,
    cut_list: Path | None,
    names: tuple[str, ...],
    everything: bool,
    as_json: bool,
) -> None:
    """Measure CLIP: evidence only, no judging."""
    from evalverse.api import measure as run
    from evalverse.tools.evidence import Scope
    from evalverse.tools.media.timecode import clock

    found = run(clip, names or None, brief_from(brief_file, None, None, cut_list, (clip,)))
    if as_json:
        click.echo(json.dumps({n: [e.model_dump(mode="json") for e in rows] for n, rows in found.items()}, indent=1))
        return
    console = Console()
    for name, rows in found.items():
        table = Table(title=name, title_justify="left", box=None, padding=(0, 2, 0, 0), show_header=False)
        for column in ("measure", "value", "where", "words"):
            table.add_column(column, overflow="fold")
        for item in rows:
            if item.scope is Scope.CLIP or everything:
                where = f"{clock(item.span.start)}–{clock(item.span.end)}" if item.span else ""
                style = "dim" if item.unmeasured else None
                table.add_row(item.title, item.value_text(), where, item.words, style=style)
        console.print(table)
        console.print()
