"""evalverse demo: the sample film, critiqued."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from evalverse.cli.critique import Question, one


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Where to write.")
def demo(out: Path) -> None:
    """Cut a sample film from packaged footage and critique it."""
    from evalverse.demo import film
    from evalverse.report.brief import Brief
    from evalverse.settings import Settings

    path = film(out / "sample-film.mp4")
    Console(stderr=True).print(f"The sample film is {path}", highlight=False)
    one(path, Question(Brief(), "evidence", Settings.load()), out)
    click.echo(f"\nOpen {out / 'report.html'} in a browser.")
