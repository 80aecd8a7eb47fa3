"""evalverse taxonomy: the tree, or a part of it."""

from __future__ import annotations

import click


@click.command()
@click.argument("path", required=False)
@click.option(
    "--format", "form", type=click.Choice(["tree", "json", "md"]), default="tree", show_default=True, help="Form."
)
@click.option("--rightness", is_flag=True, help="The foundational tree instead of the film tree.")
def taxonomy(path: str | None, form: str, rightness: bool) -> None:
    """Print the taxonomy, or the part at PATH (e.g. cinematography/lens, or just exposure)."""
    from evalverse.taxonomy import find, load
    from evalverse.taxonomy.show import as_markdown, as_tree

    whole = load("rightness" if rightness else "film")
    node = find(whole, path) if path else whole
    if form == "json":
        click.echo(node.model_dump_json(indent=1, by_alias=True))
    else:
        click.echo((as_markdown if form == "md" else as_tree)(node))
