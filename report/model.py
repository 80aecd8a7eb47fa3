"""What a critique ends in: answers, verdicts, findings, and the report that holds them with their evidence.

Scores run from 0 (fault or absence) over 0.5 to 1 (flawless or excellent). They are comparable only within one
(taxonomy version, prompt hash, judge id, calibration id); the manifest stores all four.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evalverse.report.brief import Brief
from evalverse.taxonomy import Stage
from evalverse.tools.evidence import Blob, Evidence, Span
from evalverse.tools.media.clip import Clip

SCHEMA_VERSION = "1.0"
"""Of the JSON form; the first number changes when a reader of the old form would break."""

Unit = Field(None, ge=0, le=1)


class State(StrEnum):
    """The three values of a judgement. Only ``scored`` carries a number."""

    SCORED = "scored"
    NOT_APPLICABLE = "not applicable"
    NOT_ASSESSABLE = "not assessable"


class Severity(StrEnum):
    """How much a problem costs the film; strengths are ``note``."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    NOTE = "note"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(_Strict):
    """Where the score may lie, 0 <= low <= high <= 1."""

    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if self.low > self.high:
            raise ValueError(f"an interval runs upwards, not from {self.low} to {self.high}")
        return self


class Step(_Strict):
    """One claim of a line of reasoning, with the evidence that it rests on."""

    text: str
    evidence: tuple[str, ...] = Field((), description="evidence ids")
    doubt: str | None = Field(None, description="what the verifier could not find in the ledger; None if all was")


class Answer(_Strict):
    """What a judge says to one check."""

    check: str = Field(description="path in the taxonomy")
    state: State
    value: float | None = Unit
    interval: Interval | None = None
    why: str = Field("", description="the reason, when there is no value")
    steps: tuple[Step, ...] = ()
    span: Span | None = Field(None, description="where it shows most")
    judge: str
    contested: str = Field("", description="how it stood against the instruments, where they disagreed")

    @model_validator(mode="after")
    def _value_iff_scored(self) -> Answer:
        if (self.state is State.SCORED) != (self.value is not None):
            raise ValueError(f"{self.check}: a value belongs to a scored answer and to no other")
        if self.state is not State.SCORED and not self.why:
            raise ValueError(f"{self.check}: {self.state} needs its reason")
        return self

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids cited in the steps, each once, in order."""
        return tuple(dict.fromkeys(i for step in self.steps for i in step.evidence))


class Verdict(_Strict):
    """One sub-dimension, fused from its answers."""

    path: str
    name: str
    stage: Stage
    state: State
    score: float | None = Unit
    interval: Interval | None = Field(None, description="where the truth of the answered checks may lie")
    bounds: Interval | None = Field(
        None, description="the interval, were the checks that apply but were not answered all failed, or all met"
    )
    why: str = Field(description="how the score came about, or why there is none")
    answers: tuple[Answer, ...] = ()
    applicable: int = Field(0, ge=0, description="checks that apply")
    answered: int = Field(0, ge=0, description="checks that got a value")
    credibility: str = Field("not measured", description="agreement with people or lab truth, and which")


class Finding(_Strict):
    """A strength or problem that somebody can act on."""

    id: str
    kind: Literal["problem", "strength"]
    severity: Severity
    check: str
    title: str
    stage: Stage
    span: Span | None
    timecode: str = Field("", description="where to look, as the clip counts")
    shot: int | None = Field(None, description="0-based")
    steps: tuple[Step, ...]
    score: float = Field(ge=0, le=1)
    fix: str
    prompt_patch: str
    picture: Blob | None = None


class Skip(_Strict):
    """Something that was not inspected or not measured, why, and what would enable it."""

    what: str
    state: State
    why: str
    enable: str = ""


class ShotRow(_Strict):
    """One shot of the strip."""

    index: int
    span: Span
    begins_with: str
    confidence: float
    timecode: str
    thumbnail: Blob | None = None


class Verification(_Strict):
    """What the verifier did to the claims of this report."""

    claims: int = Field(0, description="steps that were checked")
    marked: int = Field(0, description="kept with a doubt: a number or timecode is not in the ledger")
    dropped: int = Field(0, description="removed: the evidence that it cites does not exist")


class Standing(_Strict):
    """Where a verdict stood at one time."""

    state: State
    score: float | None = Unit
    interval: Interval | None = None


class Change(_Strict):
    """One verdict that was disputed in conversation, and what came of it: changed, or looked at again and kept."""

    at: str = Field(description="UTC, ISO 8601")
    by: str = Field(description="who disputed it")
    said: str = Field(description="the reason, in their words")
    path: str = Field(description="of the verdict")
    before: Standing
    after: Standing
    judge: str = Field(description="who examined it again")
    why: str = Field(description="how it came out, in words")
    evidence: tuple[str, ...] = Field((), description="ids of what was gathered for it")
    replaced: str = Field(description="when the report that this one replaces was made, UTC, ISO 8601")


class Manifest(_Strict):
    """Everything that a score depends on, and what the run took."""

    evalverse: str
    taxonomy: str
    prompts: str
    judge: str
    calibration: str
    operators: dict[str, str] = Field(description="name: version")
    packages: dict[str, str]
    settings: dict[str, Any]
    seconds: dict[str, float] = Field(description="per stage of the run")
    usage: dict[str, float] = Field(default_factory=dict, description="tokens, calls, money of the judge")
    calls: tuple[str, ...] = Field((), description="tools that the judge called, and what each call came to")
    created: str = Field(description="UTC, ISO 8601")
    tape: Blob | None = Field(None, description="what the judge's model said, for evalverse replay")


class Report(_Strict):
    """The whole critique. ``ledger`` beside the report file holds the blobs that it names."""

    schema_version: str = SCHEMA_VERSION
    clip: Clip
    brief: Brief
    shots: tuple[ShotRow, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[Skip, ...]
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...] = Field((), description="e.g. how much of a damaged file was lost")
    verification: Verification
    manifest: Manifest
    history: tuple[Change, ...] = Field((), description="disputes since the first critique, oldest first")

    def verdict(self, path: str) -> Verdict:
        """The verdict on one sub-dimension, by path or its tail. Raises KeyError."""
        for verdict in self.verdicts:
            if verdict.path == path or verdict.path.endswith("/" + path):
                return verdict
        raise KeyError(path)
