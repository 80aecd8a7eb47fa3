"""evalverse credibility: how far verdicts agree with ratings of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalverse.errors import UsageError

if TYPE_CHECKING:
    from evalverse.calibration.credibility.study import Study


@click.command()
@click.option("--ratings", "table", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.csv")
@click.option("--clips", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR")
@click.option("--judge", default="evidence", show_default=True, metavar="JUDGE", help="evidence, remote:URL#MODEL ...")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME[=PATH]",
    help="A column of ratings; with the sub-dimension that it rates. May be repeated.  [default: all with numbers]",
)
@click.option("--clip-column", default="clip", show_default=True, metavar="NAME", help="Column with the clips' files.")
@click.option("--group", metavar="NAME", help="Column within which clips can be compared, e.g. the prompt.")
@click.option("--prompt-column", metavar="NAME", help="Column with the prompt; the judge is told it.")
@click.option("--size", metavar="WxH", help="Bring all pictures to one size first; leaves the sound out.")
@click.option("--without", multiple=True, metavar="NAME=VALUE", help="Leave out rows that hold VALUE in this column.")
@click.option("--readings", is_flag=True, help="Compare every single operator as well.")
@click.option("--workers", type=click.IntRange(min=1), help="Clips side by side.  [default: one per core, at most 4]")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="credibility", show_default=True)
@click.option(
    "--credibility",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.json",
    help="Note there what columns with a PATH show; critiques heed it as EVALVERSE_CREDIBILITY_FILE.",
)
@click.option(
    "--truth", default="own ratings", show_default=True, metavar="WORDS", help="What reports call the ratings."
)
def credibility(
    table: Path,
    folder: Path,
    judge: str,
    columns: tuple[str, ...],
    clip_column: str,
    group: str | None,
    prompt_column: str | None,
    size: str | None,
    without: tuple[str, ...],
    readings: bool,
    workers: int | None,
    out: Path,
    file: Path | None,
    truth: str,
) -> None:
    """Have JUDGE look at the rated clips in DIR and measure how far its verdicts agree with FILE.csv.

    FILE.csv holds a row per clip: its file below DIR, columns of ratings (several raters in a cell, split by blanks;
    higher is better). Writes credibility.json and credibility.md.
    """
    from rich.console import Console
    from rich.progress import Progress

    from evalverse.agent.credibility import write_credibility
    from evalverse.calibration.credibility.markdown import markdown
    from evalverse.calibration.credibility.ratings import read_ratings
    from evalverse.calibration.credibility.run import judge_ratings
    from evalverse.calibration.credibility.study import credibility_of
    from evalverse.taxonomy import SubDimension, find, load
    from evalverse.tools.ledger import write_file

    about: dict[str, str] = {}
    for name, _, path in (column.partition("=") for column in columns):
        if path:
            node = find(load(), path)
            if not isinstance(node, SubDimension):
                raise UsageError(f"--column {name}={path} must name a sub-dimension, such as lens/exposure")
            about[name] = node.path
    if file and not about:
        raise UsageError("--credibility needs --column NAME=PATH: which sub-dimension do the ratings speak of?")
    names = [column.partition("=")[0] for column in columns]
    left_out = dict(pair.split("=", 1) for pair in without if "=" in pair)
    if len(left_out) != len(without):
        raise UsageError(f"--without takes a column and a value, as in source=real, not {', '.join(without)}")
    ratings = read_ratings(table, folder, names, clip=clip_column, group=group, prompt=prompt_column, without=left_out)
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("judged", total=len(ratings.clips))
        found = judge_ratings(
            ratings,
            judge,
            out,
            size=_size(size),
            readings=readings,
            workers=workers,
            tell=lambda done, total: bar.update(task, completed=done, total=total),
        )
    write_file(out / "credibility.json", (found.model_dump_json(indent=1) + "\n").encode())
    write_file(out / "credibility.md", markdown(found).encode())
    _show(found)
    click.echo(f"\n{out / 'credibility.md'}")
    if file:
        rows = credibility_of(found, about, truth)
        write_credibility(file, rows)
        click.echo(f"{file}: {len(rows)} rows, {sum(row.is_chance for row in rows)} no better than chance")


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise UsageError(f"--size is WxH in pixels, such as 160x120, not {text}")
    return int(width), int(height)


def _show(found: Study) -> None:
    from rich.console import Console
    from rich.table import Table

    from evalverse.calibration.credibility.markdown import known, spanned, title

    for people in found.people:
        rows = [a for a in found.agreements if a.column == people.column and a.srcc.value is not None]
        table = Table(title=people.column, title_justify="left", box=None, padding=(0, 2, 0, 0))
        for head in ("what", "scored", "SRCC", "within groups", "pairs", "pairs within"):
            table.add_column(head)
        for row in rows:
            pairs = (known(row.pairs_decided), known(row.pairs_within))
            table.add_row(title(row), str(row.scored), spanned(row.srcc), spanned(row.srcc_within), *pairs)
        Console().print(table)
        if people.raters > 1:
            said = f"alpha {known(people.alpha)}, one against the others {known(people.one_against_others)}"
            click.echo(f"{people.raters} raters: {said}")
        if people.luck is not None:
            click.echo(f"the best of {len(rows)} rows would reach {known(people.luck)} overall by luck")
    for clip, why in found.failed.items():
        click.echo(f"failed: {clip}: {why}")
