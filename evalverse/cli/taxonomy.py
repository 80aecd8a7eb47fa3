"""evalverse taxonomy: the tree, or a part of it, and what of it can be measured."""

from __future__ import annotations

import json

import click


@click.command()
@click.argument("path", required=False)
@click.option(
    "--format", "form", type=click.Choice(["tree", "json", "md"]), default="tree", show_default=True, help="Form."
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--rightness", is_flag=True, help="The foundational tree instead of the film tree.")
@click.option("--coverage", "covered", is_flag=True, help="Which operators speak to each check, and who can answer it.")
def taxonomy(path: str | None, form: str, as_json: bool, rightness: bool, covered: bool) -> None:
    """Print the taxonomy, or the part at PATH (e.g. cinematography/lens, or just exposure)."""
    from evalverse.taxonomy import find, load
    from evalverse.taxonomy.show import as_markdown, as_tree

    whole = load("rightness" if rightness else "film")
    node = find(whole, path) if path else whole
    if as_json:
        form = "json"
    if covered:
        from evalverse.taxonomy.coverage import as_data, as_lines, coverage

        if form == "md":
            raise click.UsageError("--coverage comes as lines or, with --json, as JSON")
        subs = coverage(node, _rules())
        click.echo(json.dumps(as_data(subs), indent=1) if form == "json" else as_lines(subs))
    elif form == "json":
        click.echo(node.model_dump_json(indent=1, by_alias=True))
    else:
        click.echo((as_markdown if form == "md" else as_tree)(node))


def _rules() -> dict[str, tuple[str, list[str]]]:
    """By check, what the evidence judge answers it by, and from which measures."""
    from evalverse.agent.judges.documented import proxies
    from evalverse.agent.judges.fitted import packaged

    found = {check: ("documented curve", [p.measure for p in curves]) for check, curves in proxies().items()}
    if calibration := packaged():
        for check, fit in calibration.checks.items():
            lines = [line for kind in fit.kinds for line in kind.lines]
            found[check] = ("fitted rule", sorted({line.reading.partition("@")[0] for line in lines}))
    return found
