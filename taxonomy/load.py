"""Reads the packaged YAML files, checks them against each other and stamps a version on the whole."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from evalverse.errors import TaxonomyError, UnknownName
from evalverse.taxonomy.models import Aspect, Node, Taxonomy

Tree = Literal["film", "rightness"]


@cache
def load(tree: Tree = "film") -> Taxonomy:
    """The packaged taxonomy.

    ``film`` is the tree of the EvalVerse paper (arXiv 2605.23271); ``rightness`` holds the foundational
    dimensions that users know from VBench (arXiv 2311.17982).
    """
    folder = files("evalverse.taxonomy").joinpath(tree)
    return read(sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name))


def read(sources: Iterable[Traversable]) -> Taxonomy:
    """A taxonomy from YAML files, one aspect each, in the order given.

    Raises:
        TaxonomyError: a file does not parse, has an unknown key, or an id occurs twice under one parent.
    """
    digest, aspects = hashlib.sha256(), []
    for source in sources:
        text = source.read_text(encoding="utf-8")
        digest.update(text.encode())
        aspects.append(_aspect(source.name, text))
    _unique("the tree", (a.id for a in aspects))
    return Taxonomy(version=digest.hexdigest()[:12], aspects=tuple(aspects))


def find(taxonomy: Taxonomy, path: str) -> Node:
    """The node at ``path``: whole, or the tail of one if no other path ends so (``lens/exposure``).

    Raises:
        UnknownName: no path, or more than one, ends with it.
    """
    nodes = taxonomy.nodes()
    path = path.strip("/").lower()
    if path in nodes:
        return nodes[path]
    tails = [p for p in nodes if p.endswith("/" + path)]
    if len(tails) == 1:
        return nodes[tails[0]]
    raise UnknownName("path of the taxonomy", path, tails or list(nodes))


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where the package has it: ten times as fast, and the taxonomy is read at every start."""


class _NoDuplicates(_Loader):  # type: ignore[misc]
    """YAML in which a key that stands twice is an error: the last one would win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands twice", node.start_mark)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def _aspect(name: str, text: str) -> Aspect:
    try:
        raw = yaml.load(text, _NoDuplicates)
    except yaml.YAMLError as error:
        raise TaxonomyError(f"{name}: not valid YAML: {error}") from error
    if not isinstance(raw, dict):
        raise TaxonomyError(f"{name}: must hold one aspect (a mapping)")
    try:
        return Aspect.model_validate(_with_paths(raw))
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise TaxonomyError(f"{name}: " + "; ".join(lines)) from error


def _with_paths(raw: dict[str, Any]) -> dict[str, Any]:
    """The same mapping with the path of every node filled in; YAML must not carry paths itself."""

    def below(node: dict[str, Any], prefix: str, levels: tuple[str, ...]) -> dict[str, Any]:
        if not levels or not isinstance(node.get(levels[0]), list):
            return node
        children = node[levels[0]]
        _unique(prefix, (str(c.get("id")) for c in children if isinstance(c, dict)))
        return {**node, levels[0]: [stamp(c, prefix, levels[1:]) for c in children]}

    def stamp(child: Any, prefix: str, levels: tuple[str, ...]) -> Any:
        if not isinstance(child, dict):  # refused by the model, with its place
            return child
        if "path" in child:
            raise TaxonomyError(f"{prefix}/{child.get('id')}: paths are derived, do not write one")
        path = f"{prefix}/{child.get('id')}"
        return below({**child, "path": path}, path, levels)

    return below(raw, str(raw.get("id")), ("dimensions", "subdimensions", "checks"))


def _unique(where: str, ids: Iterator[str]) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise TaxonomyError(f"{where}: id {name!r} occurs twice")
        seen.add(name)
