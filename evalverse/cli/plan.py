"""evalverse plan: what would be inspected and why."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from evalverse.cli.options import brief_from, brief_options, cuts_option, judge_options


@click.command()
@click.argument("clip", type=click.Path(path_type=Path))
@brief_options
@cuts_option
@judge_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(
    clip: Path,
    prompt: str | None,
    brief_file: Path | None,
    focus: str | None,
    cut_list: Path | None,
    judge: str,
    budget: str | None,
    depth: str,
    as_json: bool,
) -> None:
    """Show what would be inspected in CLIP and why, without judging."""
    from evalverse.api import plan as make

    made = make(clip, brief_from(brief_file, prompt, focus, cut_list, (clip,)), judge=judge, budget=budget, depth=depth)
    if as_json:
        click.echo(made.model_dump_json(indent=1))
        return
    console = Console()
    table = Table(title=f"Plan for {clip.name}", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("", "sub-dimension", "why"):
        table.add_column(column, overflow="fold")
    for sub in made.subdimensions:
        table.add_row("✓" if sub.inspect else "–", sub.path, sub.why, style=None if sub.inspect else "dim")
    console.print(table)
    console.print()
    operators = Table(title="Operators", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("", "operator", "≈ s", "why"):
        operators.add_column(column, overflow="fold")
    for chosen in made.operators:
        operators.add_row("✓" if chosen.run else "–", chosen.name, f"{chosen.seconds:.1f}", chosen.why)
    console.print(operators)
    for note in made.notes:
        console.print(f"note: {note}", style="yellow")
