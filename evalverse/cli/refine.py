"""evalverse refine: a generator, a critic and a prompt that gets better."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from rich.console import Console

from evalverse.cli.options import brief_from, brief_options, judge_options
from evalverse.cli.show import progress
from evalverse.cli.wanted import wanted_options, weights_of
from evalverse.errors import GeneratorError, UsageError

if TYPE_CHECKING:
    from evalverse.agent.feedback.tries import Refined


@click.command()
@click.option(
    "--generator",
    required=True,
    metavar="COMMAND",
    help="Makes a clip: {prompt} and {out} stand for prompt and target file, {seed} for the number of the try.",
)
@brief_options
@judge_options
@wanted_options
@click.option("--tries", type=int, default=6, show_default=True, help="Clips that may be generated.")
@click.option("--target", type=float, default=0.95, show_default=True, help="Total at which a clip is good enough.")
@click.option("--patience", type=int, default=3, show_default=True, help="Tries without gain after which it ends.")
@click.option("--seconds", type=float, help="Time after which no further try begins.")
@click.option("--same-prompt", type=int, default=2, show_default=True, help="How often one prompt may be tried.")
@click.option("--per-try", type=click.IntRange(1), default=4, show_default=True, help="Patches that a try may add.")
@click.option("--suffix", default=".mp4", show_default=True, help="Of the clips.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("refined"), show_default=True, help="Folder.")
def refine(
    generator: str,
    prompt: str | None,
    brief_file: Path | None,
    focus: str | None,
    judge: str,
    budget: str | None,
    depth: str,
    wanted: tuple[str, ...],
    weights: tuple[str, ...],
    means: Literal["mean", "geometric"],
    tries: int,
    target: float,
    patience: int,
    seconds: float | None,
    same_prompt: int,
    per_try: int,
    suffix: str,
    out: Path,
) -> None:
    """Generate, critique and patch the prompt until the clip is good enough or nothing helps.

    Clips, reports and refined.json go to the folder; a call that was stopped goes on where it was.

    \b
    evalverse refine --generator "python make.py --prompt {prompt} --seed {seed} --out {out}" \\
        --prompt "a boat on a lake" --wanted lens/exposure --wanted temporal-consistency
    """
    from pydantic import ValidationError

    from evalverse.agent.feedback.refine import stream_refine
    from evalverse.agent.feedback.stop import Stop
    from evalverse.agent.feedback.tries import Refined

    try:
        stop = Stop(target=target, tries=tries, seconds=seconds, patience=patience, same_prompt=same_prompt)
    except ValidationError as error:
        raise UsageError("; ".join(f"--{e['loc'][0]}: {e['msg']}" for e in error.errors())) from error
    out.mkdir(parents=True, exist_ok=True)
    brief, console = brief_from(brief_file, prompt, focus), Console(stderr=True)
    done: Refined | None = None
    with progress(console) as shown:
        for item in stream_refine(
            command(generator, out, suffix),
            brief,
            judge,
            stop,
            wanted=list(wanted),
            weights=weights_of(weights),
            means=means,
            per_try=per_try,
            budget=budget,
            depth=depth,
            out=out,
        ):
            if isinstance(item, Refined):
                done = item
            elif item["event"] in ("try", "tried", "resumed"):
                console.print(item["words"], markup=False, highlight=False)
            else:
                shown.event(item)
    assert done is not None
    tell(done, Console())


def command(template: str, out: Path, suffix: str) -> Callable[[str, int], Path]:
    """A generator out of a command line. It is never given to a shell, so that a prompt cannot act as one.

    Raises:
        UsageError: the command has no place for the prompt or the target.
    """
    parts = shlex.split(template)
    for place, what in (("{prompt}", "the prompt"), ("{out}", "the file to write")):
        if not any(place in part for part in parts):
            raise UsageError(f"--generator needs {place}, which stands for {what}")

    def generate(prompt: str, number: int) -> Path:
        target = out / f"try-{number + 1:02d}{suffix}"
        given = {"{prompt}": prompt, "{out}": str(target), "{seed}": str(number)}
        # each place is filled once: a prompt that contains {out} stays as it is
        filled = [re.sub(r"\{(?:prompt|out|seed)\}", lambda hit: given[hit[0]], part) for part in parts]
        try:
            ended = subprocess.run(filled, capture_output=True, text=True, check=False)
        except OSError as error:
            raise UsageError(f"--generator: {parts[0]}: {error.strerror}") from error
        if ended.returncode:
            last = (ended.stderr.strip().splitlines() or ["nothing on its error output"])[-1]
            raise GeneratorError(f"the generator ended with code {ended.returncode}: {last}")
        return target

    return generate


def tell(done: Refined, console: Console) -> None:
    """The tries as a table, and what came out."""
    from rich.table import Table

    from evalverse.report.text import plain

    table = Table("try", "total", "problems", "patches", "report")
    for made in done.tries:
        mark = " *" if made.number == done.best else ""
        total = "-" if made.total is None else f"{made.total:.3f}"
        table.add_row(f"{made.number + 1}{mark}", total, str(len(made.problems)), str(len(made.patches)), made.report)
    console.print(table)
    for path, why in done.set_aside.items():
        console.print(f"set aside: {path}: {plain(why)}", style="dim", markup=False, highlight=False)
    console.print(f"stopped: {done.stopped}", markup=False, highlight=False)
    if done.best is not None:
        console.print(f"best clip: {done.clip}\nprompt: {plain(done.prompt or '')}", markup=False, highlight=False)
