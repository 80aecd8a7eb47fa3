"""The taxonomy to read: an indented tree for the terminal, Markdown for docs/taxonomy.md."""

from __future__ import annotations

from collections.abc import Iterator

from evalverse.taxonomy.models import Aspect, Check, Dimension, Node, SubDimension, Taxonomy

ORIGIN = {"paper": "", "vbench": "", "ours": " (ours)"}


def as_tree(node: Taxonomy | Node) -> str:
    """An indented tree; a single sub-dimension or check is shown whole."""
    return "\n".join(_tree(node, 0, whole=isinstance(node, SubDimension | Check)))


def as_markdown(node: Taxonomy | Node) -> str:
    """Headings down to the sub-dimension, one table row per check."""
    return "\n".join(_markdown(node)).strip() + "\n"


def _children(node: Taxonomy | Node) -> tuple[Node, ...]:
    match node:
        case Taxonomy():
            return node.aspects
        case Aspect():
            return node.dimensions
        case Dimension():
            return node.subdimensions
        case SubDimension():
            return node.checks
        case _:
            return ()


def _tree(node: Taxonomy | Node, depth: int, whole: bool) -> Iterator[str]:
    pad = "  " * depth
    match node:
        case Taxonomy():
            depth -= 1
        case Check() if whole:
            yield f"{pad}{node.id} [{node.kind}]: {node.statement}"
            yield f"{pad}  needs   {', '.join(node.needs)}"
            yield f"{pad}  applies {node.gate}"
            yield f"{pad}  by      {', '.join(node.operators) or 'a vision-language model'}"
            yield from (
                f"{pad}  {value:<7} {text}"
                for value, text in (("0", node.anchors.none), ("0.5", node.anchors.half), ("1", node.anchors.full))
            )
            yield f"{pad}  fix     {node.fix}"
            yield f"{pad}  prompt  {node.prompt_patch}"
        case Check():
            yield f"{pad}{node.id} [{node.kind}]: {node.statement}"
        case SubDimension():
            yield f"{pad}{node.name}{ORIGIN[node.origin]}: {node.summary}"
        case Aspect():
            yield f"{pad}{node.name} ({node.stage})"
        case _:
            yield f"{pad}{node.name}"
    for child in _children(node):
        yield from _tree(child, depth + 1, whole)


def _markdown(node: Taxonomy | Node) -> Iterator[str]:
    match node:
        case Aspect():
            yield from (f"## {node.name}", "", f"*{node.stage}*. {node.summary}", "")
        case Dimension():
            yield from (f"### {node.name}", "", node.summary, "")
        case SubDimension():
            yield from (f"#### {node.name}{ORIGIN[node.origin]}", "", f"`{node.path}` {node.summary}", "")
            yield "| check | kind | statement | applies when | evidence | 0 / 0.5 / 1 | fix |"
            yield "|---|---|---|---|---|---|---|"
        case Check():
            anchors = " / ".join((node.anchors.none, node.anchors.half, node.anchors.full))
            by = ", ".join(f"`{name}`" for name in node.operators) or "vision-language model"
            cells = (f"`{node.id}`", node.kind, node.statement, node.gate, by, anchors, node.fix)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        case _:
            pass
    for child in _children(node):
        yield from _markdown(child)
    if isinstance(node, SubDimension):
        yield ""
