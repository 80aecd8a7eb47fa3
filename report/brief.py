"""The brief: what the user says about a clip. Everything in it is data for the judge, never an instruction to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evalverse.errors import BriefError


class Brief(BaseModel):
    """All fields are optional: a clip can be judged without a word about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str | None = Field(None, max_length=20_000, description="what the clip was generated from")
    intent: str | None = Field(None, max_length=5_000, description="what it should make the viewer feel or understand")
    genre: str | None = Field(None, max_length=200)
    focus: str | None = Field(None, max_length=1_000, description="a question that narrows the critique")
    reference: Path | None = Field(None, description="a reference picture or clip")
    shots: tuple[str, ...] = Field((), max_length=500, description="the shots that were asked for, in order")
    cuts: tuple[float, ...] | None = Field(
        None, max_length=10_000, description="seconds at which shots begin, the first left out; overrules the detectors"
    )
    dispute: str | None = Field(None, max_length=5_000, description="why the user doubts an earlier verdict")
    dialogue: tuple[str, ...] = Field((), max_length=500, description="the lines that should be heard")

    @classmethod
    def read(cls, path: str | Path, **overrides: Any) -> Brief:
        """A brief from a YAML (or JSON) file; keyword arguments that are not None win.

        Raises:
            BriefError: the file is missing, does not parse, or has a key or value that does not belong.
        """
        import yaml

        path = Path(path)
        try:
            raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise BriefError(f"{path}: the brief cannot be read: {error}") from error
        if raw is not None and not isinstance(raw, dict):
            raise BriefError(f"{path}: a brief is a mapping with keys out of: {', '.join(cls.model_fields)}")
        return cls.make(str(path), **{**(raw or {}), **{k: v for k, v in overrides.items() if v is not None}})

    @classmethod
    def make(cls, origin: str = "brief", **fields: Any) -> Brief:
        """A validated brief; errors name the field and the allowed keys. Raises BriefError."""
        try:
            brief = cls.model_validate({k: v for k, v in fields.items() if v is not None})
        except ValidationError as error:
            lines = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise BriefError(f"{origin}: {lines} (allowed keys: {', '.join(cls.model_fields)})") from error
        if brief.reference is not None and not brief.reference.is_file():
            raise BriefError(f"{origin}: the reference {brief.reference} does not exist")
        return brief
