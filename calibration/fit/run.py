"""The whole fit: every check on held-out sources, what is chosen for it, and the calibration file that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evalverse.agent.judges.fitted import Calibration
from evalverse.calibration.fit.choose import Choice, choose
from evalverse.calibration.fit.data import Table
from evalverse.calibration.fit.held import hold
from evalverse.calibration.fit.verdicts import Scored, scored, spread
from evalverse.taxonomy import load
from evalverse.tools.ledger import write_file

NAME = "evidence-1"

Progress = Callable[[str, int, int], None]
"""Called with (check, done, in all)."""


@dataclass(frozen=True)
class Result:
    """What a fit came to."""

    table: Table
    choices: dict[str, Choice]
    """By check; checks without a fault or a reading in the laboratory are missing."""
    scored: dict[str, Scored]
    """By sub-dimension."""
    calibration: Calibration


def fit_judge(table: Table, seed: int = 0, progress: Progress | None = None) -> Result:
    """Fits the evidence judge to a laboratory's readings. The same table and seed give the same file."""
    tree, choices = load(), dict[str, Choice]()
    checks = list(tree.checks())
    for number, check in enumerate(checks, start=1):
        held = hold(table, check)
        choice = choose(held, seed) if held is not None else None
        # what was measured with other versions says nothing against the readings of today
        if choice is not None and (choice.by == "fit" or not set(check.operators) & set(table.stale)):
            choices[check.path] = choice
        if progress:
            progress(check.path, number, len(checks))
    found = {sub.path: of for sub in tree.subdimensions() if (of := scored(table, sub, choices)) is not None}
    used = {name for choice in choices.values() if choice.by == "fit" for name in choice.held.check.operators}
    calibration = Calibration(
        name=NAME,
        taxonomy=tree.version,
        seed=seed,
        manifest=table.manifest,
        sources={c.row.source: c.row.source_sha256 for c in sorted(table.clips, key=lambda c: c.row.source)},
        clips=len(table.clips),
        operators={name: version for name, version in table.versions.items() if name in used},
        checks={path: choice.fit() for path, choice in choices.items() if choice.by == "fit"},
        curves_kept={path: choice.why for path, choice in choices.items() if choice.by == "curves"},
        silent={path: choice.why for path, choice in choices.items() if choice.by == "nothing"},
        verdicts={path: spread(table, of) for path, of in found.items()},
    )
    return Result(table, choices, found, calibration)


def write(calibration: Calibration, out: Path) -> None:
    """Writes the calibration file, one line per key, so that two of them can be compared."""
    write_file(out, (calibration.model_dump_json(indent=1) + "\n").encode())
