"""Fitted rules: what `evalverse lab fit` found in the laboratory, read from a calibration file.

For each kind of fault that can break a check, a rule adds up how far the readings of the check's operators speak for it
(in log-odds, by broken lines that only rise towards the bad side of clean footage); the worst kind makes the answer. A
line counts only while its operator has the version that it was fitted to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evalverse.agent.judges.base import Case
from evalverse.agent.judges.reading import deciding
from evalverse.agent.judges.rule import Decision, Passed, Points, Share, along, unread
from evalverse.errors import UsageError
from evalverse.report.model import Interval
from evalverse.tools.evidence import Evidence
from evalverse.tools.operator import operators

PACKAGED = "evidence-1.json"
ENOUGH = 0.5
"""Share of the reach of all lines that must have been measured before a rule answers."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Strict):
    """What one reading adds."""

    reading: str = Field(description="a name of agent.judges.reading.features")
    points: Points = Field(min_length=2, description="(value, log-odds of a fault); straight between, flat outside")

    @property
    def operator(self) -> str:
        return self.reading.split(".")[0]

    @property
    def measure(self) -> str:
        return self.reading.partition("@")[0]

    def known(self, read: Container[str]) -> bool:
        """Whether it was measured; where a clip was and has no such moment, it adds nothing, and that is known."""
        return self.reading in read or ("@moment" in self.reading and self.measure in read)

    @property
    def reach(self) -> float:
        """The most that it can add."""
        return max(y for _, y in self.points)


class Band(_Strict):
    """Of answers (or scores) up to ``up_to``: how far from the truth nine in ten of them were, on held-out sources."""

    up_to: float = Field(ge=0, le=1)
    off: float = Field(ge=0, le=1)


Bands = tuple[Band, ...]


def interval(bands: Bands, value: float) -> Interval:
    """Where the truth lies nine times in ten."""
    off = next((b.off for b in bands if value <= b.up_to), bands[-1].off)
    return Interval(low=round(max(0.0, value - off), 4), high=round(min(1.0, value + off), 4))


class Held(_Strict):
    """How answers did on sources that had no part in them."""

    auroc: float = Field(description="faults of medium strength and more against clips without one, half of them clean")
    auroc_low: float = Field(description="95 % interval, sources drawn with replacement")
    auroc_high: float
    auroc_curve: float | None = Field(None, description="the same of the documented curves")
    auroc_single: float | None = Field(None, description="the same of the best single reading, fitted alike")
    calibration_error: float = Field(description="mean distance of answer and truth over five bins")
    false_alarms: float = Field(description="share of clean clips answered below one half, sources counting alike")
    coverage: float = Field(description="share of intervals that hold the truth, by bands of the other sources")
    faulted: int = Field(description="clips of medium strength and more")
    clean: int
    sources: int = Field(description="of the faulted clips")


class Kind(_Strict):
    """One kind of fault: answer = 1 / (1 + exp(start + sum of lines))."""

    faults: tuple[str, ...] = Field(min_length=1, description="families of the laboratory")
    start: float
    lines: tuple[Line, ...] = Field(min_length=1)

    @property
    def words(self) -> str:
        return " or ".join(name.replace("-", " ") for name in self.faults)


class Fit(_Strict):
    """The rule of one check: the lowest answer of its kinds."""

    kinds: tuple[Kind, ...] = Field(min_length=1)
    bands: Bands = Field(min_length=1)
    held: Held


class Spread(_Strict):
    """How far scores of a sub-dimension were from the truth."""

    bands: Bands = Field(min_length=1)
    coverage: float = Field(description="on sources that had no part in the bands")
    clips: int
    sources: int


class Calibration(_Strict):
    """A calibration file."""

    name: str
    taxonomy: str = Field(description="version it was fitted to")
    judge: str = "evidence"
    seed: int
    manifest: str = Field(description="SHA-256 of the laboratory's manifest")
    sources: dict[str, str] = Field(description="name: SHA-256 of the footage")
    clips: int
    operators: dict[str, str] = Field(description="name: version that measured")
    checks: dict[str, Fit] = Field(description="by path")
    curves_kept: dict[str, str] = Field(description="checks left to their documented curves: why")
    silent: dict[str, str] = Field(description="checks that no reading can tell: why")
    verdicts: dict[str, Spread] = Field(description="by path of the sub-dimension")

    @property
    def id(self) -> str:
        """Its name and the hash of its content."""
        digest = hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]
        return f"{self.name}:{digest} ({len(self.checks)} checks fitted, the others on documented curves)"


def read_calibration(path: Path) -> Calibration:
    """A calibration file. Raises UsageError."""
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; evalverse lab fit LAB_DIR --out FILE writes one") from error
    except ValidationError as error:
        raise UsageError(f"{path} is no calibration file: {error.errors()[0]['msg']}") from error


@cache
def packaged() -> Calibration | None:
    """The calibration that comes with EvalVerse; None when there is none."""
    file = files("evalverse.agent.judges").joinpath("calibrations", PACKAGED)
    return Calibration.model_validate_json(file.read_bytes()) if file.is_file() else None


@dataclass(frozen=True)
class Fitted:
    """The rule that a fit makes for one check, with the versions of operators that it was fitted to."""

    fit: Fit
    versions: dict[str, str]

    @property
    def operators(self) -> Sequence[str]:
        return list(dict.fromkeys(line.operator for line in self._lines))

    @property
    def _lines(self) -> list[Line]:
        return [line for kind in self.fit.kinds for line in kind.lines]

    def decide(self, case: Case) -> Decision | Passed:
        read = deciding(case.evidence.values())
        found = [told for kind in self.fit.kinds if (told := self._look(kind, read)) is not None]
        if len(found) < ENOUGH * len(self.fit.kinds) - 1e-9:
            return self._missing(read, case)
        return min(found, key=lambda decision: decision.value)

    def _look(self, kind: Kind, read: Mapping[str, Evidence]) -> Decision | None:
        """What one kind of fault makes of the readings; None when too little of it was measured."""
        known = [line for line in kind.lines if self._current(line) and line.known(read)]
        reach = sum(line.reach for line in kind.lines)
        if sum(line.reach for line in known) < ENOUGH * reach - 1e-9:
            return None
        there = [(line, read[line.reading]) for line in known if line.reading in read]
        adds = [along(line.points, e.value or 0.0) for line, e in there]
        value = 1 / (1 + exp(min(kind.start + sum(adds), 700.0)))
        lost = (1 - value) / (sum(adds) or 1.0)
        shares = [Share(e, lost * add, line.points) for (line, e), add in zip(there, adds, strict=True)]
        shares = shares or [Share(read[line.measure], 0.0, line.points) for line in known]
        shares.sort(key=lambda s: -s.lost)
        by = f"clips with and without {kind.words}"
        return Decision(value, interval(self.fit.bands, value), tuple(shares), by, weighed=True)

    def _current(self, line: Line) -> bool:
        kind = operators().get(line.operator)
        return kind is not None and kind.version == self.versions.get(line.operator)

    def _missing(self, read: Container[str], case: Case) -> Passed:
        stale = sorted({line.operator for line in self._lines if not self._current(line)})
        if stale:
            return Passed(f"fitted to another version of {', '.join(stale)}, so the fit is not used")
        return unread(case, dict.fromkeys(line.measure for line in self._lines if not line.known(read)))
