"""What a path of the taxonomy is called. A path that the packaged taxonomy does not know is read from its last id."""

from __future__ import annotations

import re
from functools import cache

from evalverse.taxonomy import Check, Node, load


@cache
def _nodes() -> dict[str, Node]:
    return {**load("rightness").nodes(), **load("film").nodes()}


def name(path: str) -> str:
    """The name of an aspect, dimension or sub-dimension, the statement of a check; anything else as it is."""
    node = _nodes().get(path)
    if node is not None:
        return node.statement if isinstance(node, Check) else node.name
    known_form = re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)*", path)
    return path.rsplit("/", 1)[-1].replace("-", " ").capitalize() if known_form else path


def subdimensions() -> list[str]:
    """The paths of every sub-dimension that the packaged taxonomies know."""
    return [sub.path for tree in (load("film"), load("rightness")) for sub in tree.subdimensions()]
