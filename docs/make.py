"""Makes the generated pages: docs/taxonomy.md, docs/operators.md, docs/architecture.svg, docs/report.schema.json.

Run by ``make docs``; ``pages()`` is compared with what is committed by tests/test_docs.py.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("taxonomy", "prompts", "tools", "report", "agent", "calibration", "evalverse")


def pages() -> dict[Path, str]:
    """Every generated file with its content."""
    from evalverse.report.schema import schema

    docs = ROOT / "docs"
    return {
        docs / "taxonomy.md": taxonomy_page(),
        docs / "operators.md": operators_page(),
        docs / "architecture.svg": picture(),
        docs / "report.schema.json": json.dumps(schema(), indent=1, sort_keys=True) + "\n",
    }


def taxonomy_page() -> str:
    from evalverse.taxonomy import load
    from evalverse.taxonomy.show import as_markdown

    film, rightness = load("film"), load("rightness")
    subs, checks = list(film.subdimensions()), list(film.checks())
    measured = sum(bool(c.operators) for c in checks)
    return (
        "# The taxonomy\n\nGenerated from `taxonomy/*/*.yaml` by `make docs`. Names of stages, aspects, dimensions and "
        "sub-dimensions are those of EvalVerse (arXiv 2605.23271) unless marked *(ours)*; the checks are ours.\n\n"
        f"{len(film.aspects)} aspects, {len(list(film.dimensions()))} dimensions, {len(subs)} sub-dimensions, "
        f"{len(checks)} checks, of which operators speak to {measured}.\n\n"
        f"# The film tree\n\n{as_markdown(film)}\n# The rightness tree\n\nFoundational dimensions under the names that "
        f"VBench (arXiv 2311.17982) uses.\n\n{as_markdown(rightness)}"
    )


def operators_page() -> str:
    from evalverse.tools.operator import operators

    lines = ["# The operators", "", "Generated from the code by `make docs`. One file each under `tools/`.", ""]
    for name, kind in operators().items():
        source = "/".join(kind.__module__.split(".")[1:]) + ".py"
        needs = [n for n, given in (("picture", kind.needs.picture), ("sound", kind.needs.sound)) if given]
        lines += [f"## {name}: {kind.title}", "", (kind.__doc__ or "").strip().splitlines()[0], ""]
        lines += [f"`{source}`, version {kind.version}; needs {' and '.join(needs)}.", ""]
        lines += ["| measure | unit | range | direction | definition | source |", "|---|---|---|---|---|---|"]
        for m in kind.measures:
            low, high = ("" if bound is None else f"{bound:g}" for bound in (m.low, m.high))
            span = f"{low} … {high}" if low or high else "unbounded"
            cells = (f"`{name}.{m.name}` {m.title}", m.unit or "ratio", span, m.direction, m.definition, m.source)
            lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def imports() -> set[tuple[str, str]]:
    """(folder, folder it imports from), read from the sources."""
    found: set[tuple[str, str]] = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for module in _modules(ast.parse(path.read_text(encoding="utf-8"))):
                parts = module.split(".")
                other = parts[1] if len(parts) > 1 and parts[1] in FOLDERS else "evalverse"
                if other != folder and module not in ("evalverse.errors", "evalverse.settings"):
                    found.add((folder, other))
    return found


def _modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("evalverse."):
            yield node.module


def picture() -> str:
    """One SVG: the graph as it is wired above, the folders and what they import below."""
    from evalverse.agent.graph import compiled

    drawn = compiled().get_graph()
    order = ["probe", "survey", "plan", "gather", "question", "examine", "reflect", "score", "compose"]
    nodes = order + sorted(n for n in drawn.nodes if n not in order and not n.startswith("__"))
    step, top = 104, 60
    x = {name: 20 + step * i for i, name in enumerate(nodes)}
    parts = ['<text x="20" y="24" class="h">One critique: the graph as wired</text>']
    for edge in sorted(drawn.edges, key=lambda e: (e.source, e.target)):
        if edge.source in x and edge.target in x:
            parts.append(_edge(x[edge.source], x[edge.target], top, edge.conditional))
    parts += [_box(x[name], top, name) for name in nodes]
    parts.append('<text x="20" y="204" class="h">Folders: an arrow points to what is imported</text>')
    at = {name: 20 + 156 * i for i, name in enumerate(FOLDERS)}
    for source, target in sorted(imports()):
        parts.append(_edge(at[source], at[target], 250, False, width=120))
    parts += [_box(at[name], 250, name + "/", width=120) for name in FOLDERS]
    width = max(20 + step * len(nodes), 20 + 156 * len(FOLDERS)) + 20
    style = (
        "text{font:13px system-ui,sans-serif;fill:#222}.h{font-weight:600}rect{fill:#f3f1ec;stroke:#555}"
        "path{fill:none;stroke:#777}.c{stroke-dasharray:4 3}"
    )
    arrow = (
        '<marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" style="fill:#777;stroke:none"/></marker>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 400" width="{width}" height="400" role="img">'
        f"<title>EvalVerse: graph and imports</title><style>{style}</style><defs>{arrow}</defs>"
        f'<rect width="{width}" height="400" style="fill:#fff;stroke:none"/>{"".join(parts)}</svg>\n'
    )


def _box(x: int, y: int, name: str, width: int = 84) -> str:
    label = f'<text x="{x + width // 2}" y="{y + 22}" text-anchor="middle">{escape(name)}</text>'
    return f'<rect x="{x}" y="{y}" width="{width}" height="34" rx="6"/>{label}'


def _edge(x1: int, x2: int, y: int, conditional: bool, width: int = 84) -> str:
    """Neighbours get a straight arrow, others an arc: above when it runs forwards, below when back."""
    kind = ' class="c"' if conditional else ""
    if 0 < x2 - x1 <= width + 40:
        path = f"M{x1 + width} {y + 17}H{x2 - 2}"
    else:
        side, bend = (y, -1) if x2 > x1 else (y + 34, 1)
        a, b = x1 + width // 2 + (8 if x2 > x1 else -8), x2 + width // 2 - (8 if x2 > x1 else -8)
        lift = side + bend * (14 + abs(x2 - x1) // 12)
        path = f"M{a} {side}C{a} {lift} {b} {lift} {b} {side}"
    return f'<path d="{path}" marker-end="url(#a)"{kind}/>'


if __name__ == "__main__":
    for target, text in pages().items():
        target.write_text(text, encoding="utf-8")
        print(target.relative_to(ROOT))
    sys.exit(0)
