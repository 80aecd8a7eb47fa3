"""A user's ratings from a CSV file.

One row per clip: its file below the folder of clips, one or more columns of numbers (several raters in one cell, split
by blanks or semicolons; higher is better), and if there is one, a column that names the group within which clips can be
compared: the prompt, the scene, the shot.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evalverse.calibration.credibility.rank import Labels, Values
from evalverse.errors import UsageError

CLIP = "clip"


@dataclass(frozen=True)
class Ratings:
    """Ratings of N clips."""

    clips: tuple[Path, ...]
    columns: dict[str, Values]
    """By column (N, raters); nan where a rater gave none."""
    group: Labels
    """(N,); each clip its own where no groups were named."""
    grouped: bool
    prompts: tuple[str | None, ...]

    def mean(self, column: str) -> Values:
        """(N,) mean over raters; nan where nobody rated."""
        rated = self.columns[column]
        count = np.isfinite(rated).sum(1)
        return np.where(count > 0, np.nansum(rated, axis=1) / np.maximum(count, 1), np.nan)


def read_ratings(
    table: Path,
    folder: Path,
    columns: Sequence[str] = (),
    *,
    clip: str = CLIP,
    group: str | None = None,
    prompt: str | None = None,
    without: Mapping[str, str] | None = None,
) -> Ratings:
    """Ratings from ``table`` on the clips in ``folder``; all columns of numbers when no ``columns`` are named.

    Rows that hold the value of ``without`` in one of its columns are left out.

    Raises:
        UsageError: the file or a column is missing, a cell is no number, or a clip is not there.
    """
    rows = _rows(table)
    without = without or {}
    named = [name for name in (clip, group, prompt, *columns, *without) if name]
    if missing := [name for name in named if name not in rows[0]]:
        raise UsageError(f"{table} has no column {', '.join(missing)}; it has {', '.join(rows[0])}")
    rows = [row for row in rows if not any(row[name] == value for name, value in without.items())]
    clips = tuple(folder / row[clip] for row in rows)
    if absent := [str(path) for path in clips if not path.is_file()]:
        raise UsageError(f"{table} names clips that are not there: {', '.join(absent[:3])}")
    aside = {clip, group, prompt}
    chosen = list(columns) or [n for n in rows[0] if n not in aside and not n.endswith("id") and _numeric(rows, n)]
    if not rows or not chosen:
        raise UsageError(f"{table} has no ratings to compare with; name their column with --column")
    return Ratings(
        clips,
        {name: _numbers(table, rows, name) for name in chosen},
        np.array([row[group] if group else str(k) for k, row in enumerate(rows)], np.str_),
        group is not None,
        tuple((row[prompt] or None) if prompt else None for row in rows),
    )


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = [{k: v or "" for k, v in row.items() if k is not None} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{table}: the ratings cannot be read: {error}") from error
    if not rows:
        raise UsageError(f"{table} holds no ratings")
    return rows


def _parts(cell: str) -> list[str]:
    return [part for part in re.split(r"[\s;]+", cell.strip()) if part]


def _numeric(rows: Sequence[Mapping[str, str]], name: str) -> bool:
    try:
        found = [float(part) for row in rows for part in _parts(row[name])]
    except ValueError:
        return False
    return bool(found)


def _numbers(table: Path, rows: Sequence[Mapping[str, str]], name: str) -> Values:
    """(N, raters) of one column; cells with fewer ratings are filled with nan."""
    cells: list[list[float]] = []
    for number, row in enumerate(rows, start=2):
        try:
            cells.append([float(part) for part in _parts(row[name])])
        except ValueError as error:
            raise UsageError(f"{table}, line {number}: {name} holds {row[name]!r}, which is no number") from error
    width = max(1, max(len(cell) for cell in cells))
    return np.array([cell + [np.nan] * (width - len(cell)) for cell in cells], np.float64)
