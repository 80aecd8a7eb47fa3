"""Options that several verbs share, and how they become a brief."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

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


def judge_options(command: _F) -> _F:
    """--judge and --budget."""
    for option in (
        click.option(
            "--budget", metavar="AMOUNT", help="e.g. 30s of measuring; 50000tok or 0.5usd of a judge; commas join."
        ),
        click.option(
            "--judge", default="evidence", show_default=True, metavar="JUDGE", help="evidence, or remote:URL#MODEL."
        ),
    ):
        command = option(command)
    return command


def brief_from(brief_file: Path | None, prompt: str | None, focus: str | None) -> Brief:
    """The brief that the options describe; --prompt and --focus win over the file. Raises BriefError."""
    if brief_file is not None:
        return Brief.read(brief_file, prompt=prompt, focus=focus)
    return Brief.make("options", prompt=prompt, focus=focus)
