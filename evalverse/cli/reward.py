"""evalverse reward: sub-scores of clips, for scripts and trainers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import click

from evalverse.cli.options import brief_from, brief_options, judge_options
from evalverse.cli.wanted import wanted_options, weights_of


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CLIP...")
@brief_options
@judge_options
@wanted_options
@click.option("--allow-missing", is_flag=True, help="Make the total from what could be judged.")
@click.option("--processes", type=click.IntRange(1), help="Clips that are judged at once.  [default: one per core]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per clip and line.")
def reward(
    clips: tuple[Path, ...],
    prompt: str | None,
    brief_file: Path | None,
    focus: str | None,
    judge: str,
    budget: str | None,
    depth: str,
    wanted: tuple[str, ...],
    weights: tuple[str, ...],
    means: Literal["mean", "geometric"],
    allow_missing: bool,
    processes: int | None,
    as_json: bool,
) -> None:
    """Score each CLIP on the wanted sub-dimensions: 0 (fault) to 1 (flawless), or why it could not be judged.

    Only what these need is measured, and nothing twice. One brief holds for all clips.
    """
    from evalverse.agent.feedback.reward import reward as scores
    from evalverse.report.text import plain

    found = scores(
        clips,
        [brief_from(brief_file, prompt, focus)] * len(clips),
        wanted=wanted,
        weights=weights_of(weights),
        means=means,
        allow_missing=allow_missing,
        judge=judge,
        budget=budget,
        depth=depth,
        processes=processes,
    )
    for got in found:
        if as_json:
            click.echo(json.dumps(got.model_dump(mode="json"), ensure_ascii=False))
            continue
        click.echo(plain(got.clip))
        for path, score in got.scores.items():
            why = "" if score is not None else f"  ({plain(got.reasons[path])})"
            click.echo(f"  {'    -' if score is None else f'{score:.3f}'}  {path}{why}")
        click.echo(f"  total {'none' if got.total is None else f'{got.total:.3f}'}: {got.aggregation}")
