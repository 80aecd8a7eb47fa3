"""A clip as a fact sheet: what the container and its streams say, and the hash that names the content."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

Rational = Annotated[
    Fraction,
    BeforeValidator(lambda v: v if isinstance(v, Fraction) else Fraction(v)),
    PlainSerializer(str, return_type=str),
]
"""An exact number; "24000/1001" in JSON."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class PictureStream(_Frozen):
    """The video stream. ``width`` x ``height`` is what a viewer sees: rotation and pixel aspect applied."""

    index: int
    codec: str
    coded_width: int
    coded_height: int
    width: int
    height: int
    rotation: int = Field(0, description="degrees clockwise that were applied: 0, 90, 180 or 270")
    mirrored: bool = Field(False, description="swapped left and right, after the rotation")
    pixel_aspect: Rational = Fraction(1)
    pixel_format: str
    bit_depth: int
    alpha: bool = Field(description="the pixel format can carry transparency; it is shown over black")
    colour: str = Field("", description="matrix / transfer / range as tagged, e.g. bt709 / bt709 / tv")
    hdr: str | None = Field(None, description="'pq' or 'hlg' when the transfer function is high dynamic range")
    rate: Rational = Field(description="average frames per second")
    frames: int | None = Field(None, description="number of coded frames that the file holds")
    start: float = Field(description="time of the first frame, seconds of the clip")
    duration: float = Field(description="seconds, from ``start`` to the end of the last frame")


class SoundStream(_Frozen):
    """The (first) audio stream."""

    index: int
    codec: str
    rate: int = Field(description="samples per second")
    channels: int
    layout: str
    start: float = Field(description="time of the first sample, seconds of the clip")
    duration: float = Field(description="seconds, from ``start``")


class Clip(_Frozen):
    """One media file. ``sha256`` is of the file's bytes and names it in every cache.

    Times: second 0 of the clip is when its first frame or first sample is presented, whichever comes first, so that
    an offset between picture and sound survives. Edit lists are applied as libav applies them. ``origin`` is that
    moment on the container's own clock.
    """

    path: Path
    sha256: str
    bytes: int
    container: str
    origin: Rational = Field(Fraction(0), description="second 0 of the clip, on the container's clock")
    duration: float = Field(description="seconds, to the end of the stream that ends last")
    missing: float = Field(0.0, description="seconds that the header declares beyond what the file holds (cut short)")
    picture: PictureStream | None
    sound: SoundStream | None
    metadata: dict[str, str] = Field(default_factory=dict, description="tags; data, never instructions")
    notes: tuple[str, ...] = Field((), description="what a reader should know, e.g. HDR shown as SDR")

    @property
    def name(self) -> str:
        return self.path.name
