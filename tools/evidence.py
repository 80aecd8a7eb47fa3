"""Evidence: what an operator hands over. One reading, with its unit, direction, place and picture, or a reason why not.

An :class:`Evidence` is frozen and names its blobs (curve, picture) by hash, so that state and reports stay small.
"""

from __future__ import annotations

import hashlib
import json
import math
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Direction(StrEnum):
    """Which way a value is better for the viewer; ``neutral`` describes without judging."""

    HIGHER = "higher is better"
    LOWER = "lower is better"
    NEUTRAL = "describes"


class Scope(StrEnum):
    """How much of the clip a reading speaks of."""

    CLIP = "clip"
    SHOT = "shot"
    MOMENT = "moment"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measure(_Frozen):
    """The definition of one value that an operator can return."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str = Field(description="as a film person would say it")
    unit: str = Field(description="'' for a plain ratio")
    low: float | None = Field(None, description="smallest possible value, None if unbounded")
    high: float | None = Field(None, description="largest possible value, None if unbounded")
    direction: Direction
    definition: str = Field(min_length=10, description="how it is computed")
    source: str = Field("own definition", min_length=3, description="paper or standard")


class Span(_Frozen):
    """A stretch of the clip in seconds of presentation time, ``start`` <= ``end``."""

    start: float
    end: float

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if not (math.isfinite(self.start) and math.isfinite(self.end) and self.start <= self.end):
            raise ValueError(f"a span runs forwards in finite time, not from {self.start} to {self.end}")
        return self

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether they share some time; an instant does with what holds it or begins with it, not with what ends."""
        return self.start == other.start or (self.start < other.end and other.start < self.end)


class Blob(_Frozen):
    """Something stored beside the ledger, named by the hash of its content."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    media_type: Literal["image/jpeg", "image/png", "application/x-npz", "application/jsonl"]
    caption: str = ""


class Evidence(_Frozen):
    """One reading. ``value`` is None exactly when ``unmeasured`` says why."""

    id: str = ""
    operator: str
    version: str
    measure: str = Field(description="operator.measure, e.g. exposure.clipped_high")
    title: str
    value: float | None
    unit: str
    direction: Direction
    low: float | None = None
    high: float | None = None
    scope: Scope
    span: Span | None = None
    shot: int | None = Field(None, description="0-based index of the shot")
    words: str = Field("", description="the reading in one sentence")
    unmeasured: str | None = Field(None, description="why there is no value")
    confidence: float = Field(1.0, ge=0, le=1, description="how far the operator trusts its own reading")
    curve: Blob | None = Field(None, description="npz with t (N,) seconds and y (N,) in the measure's unit")
    picture: Blob | None = None
    data: dict[str, Any] = Field(default_factory=dict, description="small extras, e.g. a list of cuts")

    @model_validator(mode="after")
    def _value_or_reason(self) -> Evidence:
        if (self.value is None) == (self.unmeasured is None):
            raise ValueError(f"{self.measure}: give either a value or the reason why there is none")
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"{self.measure}: a value must be finite, not {self.value}")
        return self

    def with_id(self) -> Evidence:
        """The same evidence, named by its measure and the hash of its content."""
        content = json.dumps(self.model_dump(mode="json", exclude={"id"}), sort_keys=True)
        return self.model_copy(update={"id": f"{self.measure}:{hashlib.sha256(content.encode()).hexdigest()[:8]}"})

    def value_text(self) -> str:
        """The value with its unit, as reports print it."""
        if self.value is None:
            return f"not measured: {self.unmeasured}"
        return f"{number(self.value)}{'' if self.unit in ('', '%') else ' '}{self.unit}"


def still_time(evidence: Evidence) -> float | None:
    """The exact time in seconds of the one frame that the evidence shows; None for a sheet or another picture."""
    seconds = evidence.data.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else None


def number(value: float) -> str:
    """At most three significant decimals, no exponent, no trailing zeros."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
