"""Options that several verbs share, and how they become a brief."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from evalverse.errors import MediaError, UsageError
from evalverse.report.brief import Brief

_F = TypeVar("_F", bound=Callable[..., Any])


def brief_options(command: _F) -> _F:
    """--prompt, --brief and --focus."""
    for option in (
        click.option("--focus", metavar="QUESTION", help='Narrow the critique, e.g. "is the lighting consistent?"'),
        click.option("--brief", "brief_file", type=click.Path(path_type=Path), help="YAML: prompt, intent, shots ..."),
        click.option("--prompt", metavar="TEXT", help="What the clip was made from."),
    ):
        command = option(command)
    return command


cuts_option = click.option(
    "--cuts", "cut_list", type=click.Path(path_type=Path), help="Cut list of the clip: EDL, CSV or OTIO."
)


def judge_options(command: _F) -> _F:
    """--judge, --budget and --depth."""
    for option in (
        click.option(
            "--depth",
            type=click.Choice(["quick", "standard", "deep"]),
            default="standard",
            show_default=True,
            help="quick: few frames, cheap operators; deep: more frames, tool calls and samples.",
        ),
        click.option(
            "--budget", metavar="AMOUNT", help="e.g. 30s of measuring; 50000tok or 0.5usd of a judge; commas join."
        ),
        click.option(
            "--judge",
            default="evidence",
            show_default=True,
            metavar="JUDGE",
            help="evidence, local:MODEL, or remote:URL#MODEL.",
        ),
    ):
        command = option(command)
    return command


def brief_from(
    brief_file: Path | None,
    prompt: str | None,
    focus: str | None,
    cut_list: Path | None = None,
    clips: Sequence[Path] = (),
) -> Brief:
    """The brief that the options describe, which win over the file.

    Raises:
        UsageError: the brief or the cut list is wrong, or one cut list is to fit several clips.
    """
    given = {"prompt": prompt, "focus": focus, "cuts": None if cut_list is None else _cuts(cut_list, clips)}
    if brief_file is not None:
        return Brief.read(brief_file, **given)
    return Brief.make("options", **given)


def _cuts(path: Path, clips: Sequence[Path]) -> tuple[float, ...]:
    from evalverse.tools.media.probe import probe
    from evalverse.tools.shots.cut_list import read_cuts

    if len(clips) != 1:
        raise UsageError("--cuts belongs to a single clip")
    picture = probe(clips[0]).picture
    if picture is None:
        raise MediaError(clips[0], "has no picture, and so no cuts")
    return read_cuts(path, picture.rate)
