"""What a path of the taxonomy is called. What the packaged taxonomy does not know is read from its id."""

from __future__ import annotations

from functools import cache

from evalverse.taxonomy import Check, Node, load


@cache
def _nodes() -> dict[str, Node]:
    return {**load("rightness").nodes(), **load("film").nodes()}


def name(path: str) -> str:
    """The name of an aspect, dimension or sub-dimension, the statement of a check."""
    node = _nodes().get(path)
    if node is None:
        return path.rsplit("/", 1)[-1].replace("-", " ").replace("_", " ").capitalize()
    return node.statement if isinstance(node, Check) else node.name


def subdimensions() -> list[str]:
    """The paths of every sub-dimension that the packaged taxonomies know."""
    return [sub.path for tree in (load("film"), load("rightness")) for sub in tree.subdimensions()]
