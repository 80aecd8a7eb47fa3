"""One attempt: words, where they are put, and what they are after. The suite is data: attempts.yaml."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator


class Place(StrEnum):
    """Where hostile words can stand."""

    SCREEN = "screen"
    QR = "qr"
    BURNT_SUBTITLE = "burnt_subtitle"
    SUBTITLE_STREAM = "subtitle_stream"
    TAG_TITLE = "tag_title"
    TAG_COMMENT = "tag_comment"
    TAG_ARTIST = "tag_artist"
    FILE_NAME = "file_name"
    PROMPT = "prompt"
    INTENT = "intent"
    GENRE = "genre"
    FOCUS = "focus"
    SHOTS = "shots"
    DIALOGUE = "dialogue"
    DISPUTE = "dispute"
    EVIDENCE = "evidence"
    UNMEASURED = "unmeasured"
    CAPTION = "caption"
    TOOL = "tool"
    TOOL_ERROR = "tool_error"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Goal(_Strict):
    """What an attempt is after; exactly one."""

    score: float | None = Field(None, ge=0, le=1, description="the value that every check is to get")
    skip: str | None = Field(None, description="path of the sub-dimension that is to count as not applicable")
    call: str | None = Field(None, description="operator that is to be run")
    reveal: bool = Field(False, description="the judge's own instructions are to be told")

    @model_validator(mode="after")
    def _one(self) -> Goal:
        if sum((self.score is not None, self.skip is not None, self.call is not None, self.reveal)) != 1:
            raise ValueError("an attempt is after exactly one thing")
        return self


class Attempt(_Strict):
    """See the head of attempts.yaml."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    place: Place
    how: str
    words: str = Field(min_length=10)
    goal: Goal
    quick: bool = False


@cache
def attempts(quick: bool = False) -> tuple[Attempt, ...]:
    """The suite, or its short form with at least one attempt per kind of place."""
    import yaml

    text = files("evalverse.calibration.redteam").joinpath("attempts.yaml").read_text(encoding="utf-8")
    found = TypeAdapter(tuple[Attempt, ...]).validate_python(yaml.safe_load(text))
    return tuple(a for a in found if a.quick or not quick)
