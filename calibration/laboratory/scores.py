"""A judge's scores on a laboratory's clips as arrays, faulted beside clean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.credibility.rank import Labels, Values
from evalverse.calibration.faults.fault import LEVELS
from evalverse.calibration.faults.lab import Row, read_manifest
from evalverse.calibration.laboratory.judgements import FAILED, read_verdicts
from evalverse.errors import UsageError
from evalverse.taxonomy import load

NOISE = 0.1
"""A change of a score up to this is no change."""


@dataclass(frozen=True)
class Scores:
    """F faulted and C clean clips on S sub-dimensions; nan where there is no score."""

    paths: tuple[str, ...]
    """(S,) sub-dimensions of the film tree."""
    faulted: tuple[Row, ...]
    clean: tuple[Row, ...]
    after: Values
    """(F, S) scores of the faulted clips."""
    before: Values
    """(C, S) scores of the clean clips."""
    failed: int = 0
    """Clips on which the judge failed; they are left out."""

    @cached_property
    def counterpart(self) -> NDArray[np.intp]:
        """(F,) index of each faulted clip's clean counterpart."""
        place = {row.clip: k for k, row in enumerate(self.clean)}
        return np.array([place[row.clean] for row in self.faulted], np.intp)

    @cached_property
    def drop(self) -> Values:
        """(F, S) by how much a fault lowers the score of its own clean clip."""
        return np.asarray(self.before[self.counterpart] - self.after)

    @cached_property
    def own(self) -> NDArray[np.bool_]:
        """(F, S) whether the fault is one that the sub-dimension should react to."""
        place = {path: k for k, path in enumerate(self.paths)}
        found = np.zeros((len(self.faulted), len(self.paths)), bool)
        for f, row in enumerate(self.faulted):
            found[f, [place[sub] for sub in own_paths(row.checks) if sub in place]] = True
        return found

    @cached_property
    def level(self) -> Labels:
        """(F,) faint, medium, strong, or the strength as ordered."""
        return np.array([row.level for row in self.faulted], np.str_)

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """All levels, weakest first: by name, then by number."""
        found = set(self.level.tolist())
        return (*(name for name in LEVELS if name in found), *sorted(found - set(LEVELS), key=float))

    @cached_property
    def source(self) -> Labels:
        """(F,) hash of the clip that each faulted clip was made from."""
        return np.array([row.source_sha256 for row in self.faulted], np.str_)

    @cached_property
    def clean_source(self) -> Labels:
        """(C,) the same of the clean clips."""
        return np.array([row.source_sha256 for row in self.clean], np.str_)

    @cached_property
    def usual(self) -> Values:
        """(S,) by how much scores of clean clips of different sources differ: 95th percentile, at least NOISE."""
        i, j = np.triu_indices(len(self.clean), 1)
        apart = self.clean_source[i] != self.clean_source[j]
        differ = np.abs(self.before[i[apart]] - self.before[j[apart]])
        known = [column[np.isfinite(column)] for column in differ.T]
        return np.array([max(NOISE, float(np.percentile(c, 95))) if len(c) else NOISE for c in known])

    @cached_property
    def spread(self) -> Values:
        """(S,) standard deviation of the scores of clean clips, at least half of NOISE."""
        known = [column[np.isfinite(column)] for column in self.before.T]
        return np.array([max(NOISE / 2, float(np.std(c))) if len(c) else NOISE / 2 for c in known])


def own_paths(checks: tuple[str, ...]) -> tuple[str, ...]:
    """Sub-dimensions of the film tree that hold ``checks``; checks of the rightness tree are left out."""
    film = {sub.path for sub in load().subdimensions()}
    return tuple(dict.fromkeys(sub for c in checks if (sub := c.rsplit("/", 1)[0]) in film))


def read_scores(lab: Path, judge: str) -> Scores:
    """The scores of ``judge`` on the clips of ``lab`` that it was asked about.

    Raises:
        UsageError: it was not asked yet, or about no faulted clip with its counterpart.
    """
    told: dict[str, dict[str, float | None]] = {}
    failed = set()
    for row in read_verdicts(lab, judge).to_pylist():
        if row["state"] == FAILED:
            failed.add(row["clip"])
        else:
            told.setdefault(row["clip"], {})[row["path"]] = row["score"]
    rows = [row for row in read_manifest(lab) if row.id in told]
    clean = [row for row in rows if row.family is None]
    there = {row.clip for row in clean}
    faulted = [row for row in rows if row.family is not None and row.clean in there]
    if not faulted:
        raise UsageError(f"{lab}: {judge} judged no faulted clip together with its clean one; run: evalverse lab run")
    paths = tuple(sub.path for sub in load().subdimensions())

    def scores(rows: list[Row]) -> Values:
        found = [[told[row.id].get(path) for path in paths] for row in rows]
        return np.array([[np.nan if v is None else v for v in line] for line in found], np.float64)

    return Scores(paths, tuple(faulted), tuple(clean), scores(faulted), scores(clean), len(failed))
