"""When the refining loop ends."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Stop(BaseModel):
    """The loop ends at the first of these; it also ends when the prompt cannot be changed any more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: float = Field(0.95, ge=0, le=1, description="total at which the clip is good enough")
    tries: int = Field(6, ge=1, le=1000, description="clips that may be generated")
    seconds: float | None = Field(None, gt=0, description="wall-clock time after which no further try begins")
    patience: int = Field(3, ge=1, description="tries in a row without gain after which it gives up")
    min_gain: float = Field(0.005, ge=0, description="rise of the best total that counts as gain")
    same_prompt: int = Field(2, ge=1, description="how often one prompt may be tried, each time with a new seed")
