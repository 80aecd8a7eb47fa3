"""evalverse calibrate: fits the numbers that operators and judges rest on."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def calibrate() -> None:
    """Fit the numbers that operators and judges rest on."""


HEADS = click.option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True, metavar="DIR"
)
SAME = click.option(
    "--same", multiple=True, metavar="CLIP=CLIP", help="These two clips show one speaker; may be repeated."
)


@calibrate.command()
@HEADS
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.safetensors")
@SAME
def lipsync(data: Path, out: Path, same: tuple[str, ...]) -> None:
    """Train the audio-to-lip model on talking heads in DIR; sound files there serve as foreign voices.

    Each clip counts as a speaker of its own unless --same says otherwise. Writes FILE and, beside it, a card that tells
    the data and the fitted numbers. EVALVERSE_LIP_SYNC=FILE makes the operator use it. Needs the extras faces and
    neural.
    """
    from evalverse.calibration.lipsync.run import calibrate as run
    from evalverse.calibration.lipsync.train import Recipe
    from evalverse.settings import Settings
    from evalverse.tools.ledger import Ledger

    run(data, out, Ledger(Settings.load().cache_dir), _speakers(same), Recipe(), click.echo)


@calibrate.command()
@HEADS
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.md")
@SAME
def lipsync_proof(data: Path, page: Path, same: tuple[str, ...]) -> None:
    """Measure what the audio-to-lip model reaches on speakers that it never saw, through files and the operator.

    Trains it once per speaker left out (kept for the next run), imposes delays, drifts, frame rates and foreign voices
    on the talking heads in DIR, and lays the tables into FILE between its marks. Needs the extras faces and neural.
    """
    from evalverse.calibration.lipsync.run import prove
    from evalverse.calibration.lipsync.train import Recipe
    from evalverse.settings import Settings
    from evalverse.tools.ledger import Ledger

    prove(data, page, Ledger(Settings.load().cache_dir), _speakers(same), Recipe(), click.echo)


@calibrate.command()
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.md")
@click.argument("clips", type=click.Path(path_type=Path, exists=True, dir_okay=False), nargs=-1, required=True)
def sound_proof(page: Path, clips: tuple[Path, ...]) -> None:
    """Put one known fault after the other on the sound of CLIPS and tabulate which sound operators answer.

    Lays the table into FILE between its marks.
    """
    from evalverse.calibration.marked import lay
    from evalverse.calibration.sound_truth import prove
    from evalverse.settings import Settings
    from evalverse.tools.ledger import Ledger

    lay(page, prove(clips, Ledger(Settings.load().cache_dir), click.echo), "evalverse calibrate sound-proof")


def _speakers(same: tuple[str, ...]) -> dict[str, str]:
    from evalverse.errors import UsageError

    pairs = dict(pair.split("=", 1) for pair in same if "=" in pair)
    if len(pairs) != len(same):
        raise UsageError(f"--same takes two names of clips, as in a=b, not {', '.join(same)}")
    return pairs
