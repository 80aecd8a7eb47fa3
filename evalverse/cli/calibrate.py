"""evalverse calibrate: fits the numbers that operators and judges rest on."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def calibrate() -> None:
    """Fit the numbers that operators and judges rest on."""


@calibrate.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True, metavar="DIR")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.safetensors")
@click.option("--same", multiple=True, metavar="CLIP=CLIP", help="These two clips show one speaker; may be repeated.")
def lipsync(data: Path, out: Path, same: tuple[str, ...]) -> None:
    """Train the audio-to-lip model on talking heads in DIR; sound files there serve as foreign voices.

    Each clip counts as a speaker of its own unless --same says otherwise. Writes FILE and, beside it, a card that tells
    the data and what the model reaches on speakers left out. Needs the extras faces and neural.
    """
    from evalverse.calibration.lipsync.run import calibrate as run
    from evalverse.calibration.lipsync.train import Recipe
    from evalverse.errors import UsageError
    from evalverse.settings import Settings
    from evalverse.tools.ledger import Ledger

    pairs = dict(pair.split("=", 1) for pair in same if "=" in pair)
    if len(pairs) != len(same):
        raise UsageError(f"--same takes two names of clips, as in a=b, not {', '.join(same)}")
    run(data, out, Ledger(Settings.load().cache_dir), pairs, Recipe(), click.echo)
