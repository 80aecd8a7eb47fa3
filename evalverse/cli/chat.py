"""evalverse chat: talk about a finished critique."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from evalverse.conversation import Conversation

HINT = (
    "Ask why, “look at 3.2 s”, “compare shots 1 and 2”, “edit list”, “revised prompt”, or dispute. An empty line ends."
)


@click.command()
@click.argument("report_dir", type=click.Path(path_type=Path), metavar="REPORT_DIR")
@click.option("--say", "said", multiple=True, metavar="TEXT", help="Say this and end; may be given several times.")
@click.option("--judge", default="evidence", show_default=True, metavar="JUDGE", help="Who answers: see critique.")
@click.option("--clip", type=click.Path(path_type=Path), help="Where the clip is now, if it has moved.")
@click.option("--as", "by", default="user", show_default=True, metavar="NAME", help="Who you are, in the history.")
@click.option("--json", "as_json", is_flag=True, help="Print each turn as one line of JSON.")
def chat(report_dir: Path, said: tuple[str, ...], judge: str, clip: Path | None, by: str, as_json: bool) -> None:
    """Talk about the critique in REPORT_DIR: why, what is to be seen, what to change, and what you doubt.

    With the evidence judge it tells what was measured and judged; a vision-language model looks as well. A dispute
    gathers more, examines the verdict again and writes a new report; the old one stays as report.1.json.
    """
    from evalverse.conversation import open_chat

    talk = open_chat(report_dir, judge=judge, clip=clip)
    remarks = iter(said) if said else _typed(talk, quiet=as_json)
    for remark in remarks:
        _answer(talk, remark, by, as_json, echo=not sys.stdin.isatty() or len(said) > 1)


def _answer(talk: Conversation, remark: str, by: str, as_json: bool, echo: bool) -> None:
    from rich.console import Console

    from evalverse.cli.show import progress
    from evalverse.conversation import Turn
    from evalverse.conversation import as_json as line
    from evalverse.report.text import plain

    turn: Turn | None = None
    with progress(Console(stderr=True, quiet=not sys.stderr.isatty())) as shown:
        for item in talk.stream(remark, by):
            if isinstance(item, Turn):
                turn = item
            else:
                shown.event(item)
    assert turn is not None
    if as_json:
        click.echo(line(turn))
        return
    if echo:
        click.secho(f"> {plain(turn.said)}", bold=True)
    click.echo(plain(turn.reply))
    for picture in turn.pictures:
        click.echo(f"{picture['id']}: {picture['path']}")
    for path in turn.files:
        click.echo(f"written: {path}")
    if turn.changed:
        click.echo(f"written: {talk.folder / 'report.json'} (its history tells of this; the report before is kept)")
    click.echo()


def _typed(talk: Conversation, quiet: bool) -> Iterator[str]:
    """Lines from the terminal or a pipe, until an empty one."""
    if not sys.stdin.isatty():
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    if not quiet:
        held = len(talk.turns)
        click.echo(f"{talk.report.clip.name}, answered by {talk.judge}{f'; {held} turns before this' if held else ''}")
        click.echo(HINT)
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            return
        if not line or line.lower() in ("quit", "exit"):
            return
        yield line
