"""What the taxonomy is made of: stage > aspect > dimension > sub-dimension > check.

One YAML file holds one aspect. Unknown keys are refused, so that a typing slip cannot silence a check.
Paths join ids with a slash and leave the stage out: ``cinematography/lens/exposure/no-flicker``.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Sentence = Annotated[str, StringConstraints(min_length=12, max_length=400, strip_whitespace=True)]
Note = Annotated[str, StringConstraints(min_length=5, max_length=300, strip_whitespace=True)]


class Stage(StrEnum):
    """Where in the making of a film a judgement belongs; ``foundation`` is the rightness tree."""

    PRE_PRODUCTION = "pre-production"
    PRODUCTION = "production"
    POST_PRODUCTION = "post-production"
    FOUNDATION = "foundation"


class Kind(StrEnum):
    """``right``: is it correct. ``good``: is it excellent."""

    RIGHT = "right"
    GOOD = "good"


class Need(StrEnum):
    """What a clip or brief must have before a check can apply at all."""

    PICTURE = "picture"
    SOUND = "sound"
    SPEECH = "speech"
    MUSIC = "music"
    FACE = "face"
    PERSON = "person"
    SEVERAL_SHOTS = "several_shots"
    PROMPT = "prompt"
    REFERENCE = "reference"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Anchors(_Strict):
    """What an expert sees when the answer is 0, 0.5 or 1."""

    none: Note = Field(alias="0")
    half: Note = Field(alias="0.5")
    full: Note = Field(alias="1")


class When(_Strict):
    """Conditions on probed facts, all of which must hold; outside them a check does not apply."""

    min_seconds: float | None = Field(None, gt=0, description="duration of the clip")
    min_shots: int | None = Field(None, ge=2, description="number of shots")
    min_height: int | None = Field(None, gt=0, description="displayed height in pixels")
    moving_camera: bool | None = None
    moving_subject: bool | None = None


class Check(_Strict):
    """One statement that an expert answers 0, 0.5, 1 or none (not applicable)."""

    id: Slug
    statement: Sentence
    kind: Kind
    needs: tuple[Need, ...]
    gate: Note = Field(description="when the check applies, in words that a judge can decide")
    when: When = When()
    operators: tuple[str, ...] = Field((), description="names of the operators whose evidence speaks to it")
    anchors: Anchors
    fix: Note
    prompt_patch: Note
    path: str = ""

    @model_validator(mode="after")
    def _needs_something(self) -> Check:
        if not self.needs:
            raise ValueError(f"check {self.id!r} needs at least one of: {', '.join(Need)}")
        return self


class SubDimension(_Strict):
    """What a verdict is about. ``origin`` tells the paper's names from our additions."""

    id: Slug
    name: str
    origin: Literal["paper", "ours", "vbench"]
    summary: Sentence
    checks: tuple[Check, ...] = Field(min_length=1)
    path: str = ""


class Dimension(_Strict):
    """A main dimension, e.g. Lens."""

    id: Slug
    name: str
    summary: Sentence
    subdimensions: tuple[SubDimension, ...] = Field(min_length=1)
    path: str = ""


class Aspect(_Strict):
    """The contents of one YAML file, e.g. Cinematography."""

    id: Slug
    name: str
    stage: Stage
    summary: Sentence
    dimensions: tuple[Dimension, ...] = Field(min_length=1)

    @property
    def path(self) -> str:
        return self.id


Node = Aspect | Dimension | SubDimension | Check


class Taxonomy(_Strict):
    """All aspects of one tree, in the order of the pipeline."""

    version: str
    aspects: tuple[Aspect, ...]

    def dimensions(self) -> Iterator[tuple[Aspect, Dimension]]:
        for aspect in self.aspects:
            for dimension in aspect.dimensions:
                yield aspect, dimension

    def subdimensions(self) -> Iterator[SubDimension]:
        for _, dimension in self.dimensions():
            yield from dimension.subdimensions

    def checks(self) -> Iterator[Check]:
        for sub in self.subdimensions():
            yield from sub.checks

    def stage_of(self, path: str) -> Stage:
        """The stage that holds ``path`` (of any depth)."""
        return next(a.stage for a in self.aspects if a.id == path.split("/")[0])

    def nodes(self) -> dict[str, Node]:
        """Every node by its path."""
        found: dict[str, Node] = {}
        for aspect in self.aspects:
            found[aspect.path] = aspect
            for dimension in aspect.dimensions:
                found[dimension.path] = dimension
                for sub in dimension.subdimensions:
                    found[sub.path] = sub
                    found.update({check.path: check for check in sub.checks})
        return found
