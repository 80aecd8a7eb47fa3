"""What the judge is fitted on: the readings of a laboratory's clips, and what is true of each clip.

The truth of a check on a clip follows from the manifest: 1 when no fault is in it, and 0.75, 0.4 and 0 when it bears
a faint, medium or strong fault that names the check (in between by straight lines over strength). A clip with a fault
that names another check of the same sub-dimension says nothing certain; one with any other fault holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evalverse.agent.facts import Facts, known
from evalverse.calibration.faults.fault import fault_named
from evalverse.calibration.faults.lab import MANIFEST, Row, read_manifest
from evalverse.errors import UsageError
from evalverse.taxonomy import Check
from evalverse.tools.operator import operators

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

TRUTH = {"faint": 0.75, "medium": 0.4, "strong": 0.0}
"""What a check is worth under a fault of each strength: faint is found by a trained eye that is told to look, medium
is what a reviewer notes unprompted, strong what any viewer objects to (see Amount in calibration/faults/fault.py)."""


@dataclass(frozen=True)
class Seen:
    """One measured clip."""

    row: Row
    features: Mapping[str, float]
    facts: Facts

    @property
    def clean(self) -> bool:
        return self.row.family is None

    @cached_property
    def plain(self) -> bool:
        """At least as strong as a fault that a reviewer notes unprompted."""
        return self.row.family is not None and self.row.strength >= _strengths(self.row.family)[1] - 1e-9


@dataclass(frozen=True)
class Table:
    """All clips that were measured, in the order of their ids, and with which versions."""

    clips: tuple[Seen, ...]
    versions: Mapping[str, str]
    """Operator: version."""
    manifest: str
    """SHA-256 of the manifest."""
    stale: tuple[str, ...] = ()
    """Operators with readings of another version than the one installed, which were left out."""

    @property
    def sources(self) -> NDArray[np.str_]:
        return np.array([c.row.source for c in self.clips])

    def column(self, reading: str) -> Vector:
        """(N,) one reading of all clips; nan where it could not be measured."""
        return np.array([c.features.get(reading, np.nan) for c in self.clips], np.float64)

    def truth(self, check: Check) -> Vector:
        """(N,) what is true of ``check``, in 0..1; nan where it does not apply or is not certain."""
        return np.array([truth(c, check) for c in self.clips], np.float64)

    def mask(self, of: Callable[[Seen], bool]) -> Mask:
        return np.array([of(c) for c in self.clips], bool)


def applicable(clip: Seen, check: Check) -> bool:
    """Whether ``check`` is asked of the clip."""
    return not clip.facts.against(check) and all(clip.facts.has(need) is not None for need in check.needs)


def truth(clip: Seen, check: Check) -> float:
    """What is true of ``check`` on one clip; nan where the check does not apply or nothing certain is known."""
    if not applicable(clip, check):
        return float("nan")
    family = clip.row.family
    if family is None:
        return 1.0
    if check.path in clip.row.checks:
        return float(np.interp(clip.row.strength, (0, *_strengths(family)), (1, *TRUTH.values())))
    same = check.path.rsplit("/", 1)[0] in {path.rsplit("/", 1)[0] for path in clip.row.checks}
    return float("nan") if same else 1.0


@cache
def _strengths(family: str) -> tuple[float, ...]:
    return tuple(fault_named(family).amount.strengths().values())


def read(lab: Path) -> Table:
    """The table of a laboratory that was measured. Raises UsageError when it was not, or without clean clips."""
    from evalverse.calibration.laboratory.readings import features_by_clip, read_readings

    found = read_readings(lab)
    versions: dict[str, dict[str, str]] = {}
    for clip, name, version in zip(*(found[c].to_pylist() for c in ("clip", "operator", "version")), strict=True):
        if name is not None:
            versions.setdefault(clip, {})[name] = version
    return table(lab, features_by_clip(found), versions)


def table(lab: Path, readings: Mapping[str, Mapping[str, float]], versions: Mapping[str, Mapping[str, str]]) -> Table:
    """The manifest of ``lab`` joined with features and with versions of operators, both by the clip's id.

    A reading counts only in the version of its operator that is installed, since no other will be read with the fit.
    """
    current = {name: kind.version for name, kind in operators().items()}
    measured = {pair for mine in versions.values() for pair in mine.items()}
    clips = []
    for row in sorted(read_manifest(lab), key=lambda r: r.id):
        if row.clip is None or row.id not in readings:
            continue
        valid = {name for name, version in versions[row.id].items() if version == current.get(name)}
        found = {k: v for k, v in readings[row.id].items() if k.split(".")[0] in valid}
        clips.append(Seen(row, found, _facts(row, readings[row.id])))
    if not any(c.clean for c in clips):
        raise UsageError(f"{lab} holds no readings of clean clips; run: evalverse lab run {lab}")
    return Table(
        tuple(clips),
        {name: version for name, version in sorted(current.items()) if (name, version) in measured},
        hashlib.sha256((lab / MANIFEST).read_bytes()).hexdigest(),
        tuple(sorted({name for name, version in measured if version != current.get(name)})),
    )


def _facts(row: Row, features: Mapping[str, float]) -> Facts:
    """The facts that a critique of the clip would find; sound is there when an operator of sound read anything."""
    heard = any(operators()[name].needs.sound for name in {k.split(".")[0] for k in features} & operators().keys())
    return known(features, picture=True, sound=heard, seconds=row.seconds, prompt=row.prompt is not None)
