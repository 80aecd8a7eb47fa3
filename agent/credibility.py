"""Credibility: how far the verdicts of a judge on one sub-dimension were shown to hold, and against which truth.

It counts only for the judge and calibration that it was measured with. A verdict that was measured to be no better than
chance is withheld.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from evalverse.errors import BriefError
from evalverse.report.model import State, Verdict
from evalverse.settings import Settings
from evalverse.tools.ledger import write_file

LAB, RATINGS = "lab truth", "public ratings"

LUCKY_AUC = 0.6
"""An area under ROC below this whose interval holds one half shows nothing."""


class Statistic(StrEnum):
    """What was measured; the first is 1/2 by chance, the second 0."""

    AUC = "area under ROC"
    SRCC = "rank correlation"


class Credibility(BaseModel):
    """One measured credibility. ``low`` and ``high`` are its 95 % interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sub_dimension: str = Field(description="path in the taxonomy")
    judge: str
    calibration: str
    truth: str = Field(description="what the verdicts were held against: lab truth, public ratings, own ratings ...")
    statistic: Statistic
    value: float
    low: float
    high: float
    n_clips: int = Field(ge=1)
    n_sources: int = Field(ge=1, description="groups that intervals were drawn over: source clips, prompts ...")
    about: str = Field("", description="what the truth says: a column of ratings, a strength of faults")

    @model_validator(mode="after")
    def _ordered(self) -> Credibility:
        if self.low > self.high:
            raise ValueError(f"{self.sub_dimension}: an interval runs upwards, not from {self.low} to {self.high}")
        return self

    @property
    def is_chance(self) -> bool:
        """Whether it was measured to be no better than chance."""
        if self.statistic is Statistic.AUC:
            return self.high < 0.5 or (self.low <= 0.5 and self.value < LUCKY_AUC)
        return self.low <= 0


_ROWS = TypeAdapter(tuple[Credibility, ...])


def told(rows: Sequence[Credibility]) -> str:
    """Measurements in words, without the last full stop; several strengths of faults share one sentence."""
    groups: dict[tuple[str, str], list[Credibility]] = {}
    for row in rows:
        about = row.about or "the ratings"
        said = {
            Statistic.AUC: "tells its own faults from clean footage with an area under ROC of",
            Statistic.SRCC: f"ranks clips like {about} with a correlation of",
        }[row.statistic]
        groups.setdefault((row.truth, said), []).append(row)
    return "; ".join(f"{truth}: {said} {_spans(mine)}" for (truth, said), mine in groups.items())


def _spans(rows: Sequence[Credibility]) -> str:
    """'.70 [.53, .83] at medium strength and .74 [.59, .86] at strong strength, 57 and 58 clips of 11 sources'."""

    def span(row: Credibility) -> str:
        at = f" at {row.about}" if row.about and row.statistic is Statistic.AUC else ""
        return f"{_short(row.value)} [{_short(row.low)}, {_short(row.high)}]{at}"

    clips = " and ".join(dict.fromkeys(str(row.n_clips) for row in rows))
    return f"{' and '.join(map(span, rows))}, {clips} clips of {max(row.n_sources for row in rows)} sources"


def _short(value: float) -> str:
    """Two decimals without the leading zero, as correlations are printed."""
    return f"{value:.2f}".replace("0.", ".", 1)


@cache
def packaged() -> tuple[Credibility, ...]:
    """What was measured for the judges and calibrations that come with the package."""
    source = files("evalverse.agent.judges").joinpath("calibrations", "credibility.json")
    return _ROWS.validate_json(source.read_text(encoding="utf-8"))


def read_credibility(path: Path) -> tuple[Credibility, ...]:
    """A file of measured credibility. Raises BriefError when it is missing or holds something else."""
    try:
        return _ROWS.validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BriefError(f"{path}: the credibility file cannot be read: {error}") from error
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])
        raise BriefError(f"{path}: not a list of measured credibilities: {where}") from error


def write_credibility(path: Path, rows: Sequence[Credibility]) -> None:
    """Adds ``rows`` to the file; a row on the same sub-dimension, judge, calibration, truth and subject is replaced."""

    def key(row: Credibility) -> tuple[str, ...]:
        return row.sub_dimension, row.judge, row.calibration, row.truth, row.about

    kept = {key(row): row for row in (read_credibility(path) if path.is_file() else ())}
    kept.update({key(row): row for row in rows})
    content = [kept[name].model_dump(mode="json") for name in sorted(kept)]
    write_file(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def known(settings: Settings) -> tuple[Credibility, ...]:
    """Packaged credibility and that of ``settings.credibility_file``. Raises BriefError for a bad file."""
    own = read_credibility(settings.credibility_file) if settings.credibility_file else ()
    return (*packaged(), *own)


def lookup(rows: Sequence[Credibility], sub_dimension: str, judge: str, calibration: str) -> tuple[Credibility, ...]:
    """What was measured for exactly this judge and calibration; none when nothing was."""
    return tuple(
        row for row in rows if (row.sub_dimension, row.judge, row.calibration) == (sub_dimension, judge, calibration)
    )


def weighed(verdict: Verdict, measured: Sequence[Credibility]) -> Verdict:
    """The verdict with its credibility in words; withheld if every measurement found it no better than chance."""
    if not measured:
        return verdict
    weighty = verdict.model_copy(update={"credibility": told(measured)})
    if verdict.state is not State.SCORED or not all(row.is_chance for row in measured):
        return weighty
    why = f"measured to be no better than chance ({weighty.credibility})"
    return weighty.model_copy(update={"state": State.NOT_ASSESSABLE, "score": None, "interval": None, "why": why})
