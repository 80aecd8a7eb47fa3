"""Options of reward and refine: what is wanted, and how the total is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from evalverse.errors import UsageError

_F = TypeVar("_F", bound=Callable[..., Any])


def wanted_options(command: _F) -> _F:
    """--wanted, --weight and --means."""
    for option in (
        click.option(
            "--means",
            type=click.Choice(["mean", "geometric"]),
            default="mean",
            show_default=True,
            help="How the total is made.",
        ),
        click.option("--weight", "weights", multiple=True, metavar="PATH=NUMBER", help="1 where none is given."),
        click.option(
            "--wanted", multiple=True, metavar="PATH", help="Sub-dimension, dimension or aspect; repeat for several."
        ),
    ):
        command = option(command)
    return command


def weights_of(given: Iterable[str]) -> dict[str, float]:
    """Weights by path from words such as ``lens/exposure=2``. Raises UsageError."""
    found: dict[str, float] = {}
    for part in given:
        path, _, number = part.rpartition("=")
        try:
            found[path.strip()] = float(number)
        except ValueError:
            raise UsageError(f"a weight is written PATH=NUMBER, not {part!r}") from None
    return found
