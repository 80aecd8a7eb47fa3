"""Settings of a run: limits, places and budgets, from the environment or the caller.

Ground floor: imports nothing of ours. Every field can be set as ``EVALVERSE_<FIELD>``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, Json

PREFIX = "EVALVERSE_"


def _cache_home() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "evalverse"


class Settings(BaseModel):
    """Limits and places. Times in seconds, sizes as said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cache_dir: Path = Field(default_factory=_cache_home, description="where evidence is kept between runs")
    workers: int = Field(default_factory=lambda: min(4, os.cpu_count() or 1), ge=1, description="threads that measure")
    max_seconds: float = Field(3 * 3600.0, gt=0, description="longest clip that is read, in seconds")
    max_pixels: int = Field(8192 * 4608, gt=0, description="largest picture that is decoded, in pixels")
    max_bytes: int = Field(64 * 2**30, gt=0, description="largest file that is opened, in bytes")
    reflections: int = Field(2, ge=0, le=5, description="how often reflection may ask for more evidence")
    judge_timeout: float = Field(120.0, gt=0, description="one call to a judge's server, in seconds")
    judge_retries: int = Field(4, ge=0, le=10, description="retries on 408, 409, 429 and 5xx")
    judge_repairs: int = Field(2, ge=0, le=5, description="how often a malformed answer is asked again")
    max_frames_per_question: int = Field(12, ge=1, le=64, description="frames that a judge is shown at once")
    judge_frame_height: int = Field(512, ge=64, le=1080, description="height of these frames, in pixels")
    judge_tool_rounds: int = Field(3, ge=0, le=10, description="how often a judge may ask for evidence per question")
    judge_samples: int = Field(1, ge=1, le=9, description="how often each question is put, with other frames and order")
    judge_max_tokens: int = Field(8192, ge=256, description="longest answer of a judge's server, in tokens")
    judge_video_fps: float = Field(0.0, ge=0, le=30, description="frames per second of a film for models that take one")
    judge_extra: Json[dict[str, Any]] | dict[str, Any] = Field(
        default_factory=dict, description="JSON that goes into every request to a judge's server as it is"
    )
    judge_cache: bool = Field(True, description="answer a judge's request from the reply to an equal one of before")
    prices: Path | None = Field(None, description="YAML table of prices by model, see docs/remote_judge.md")
    price_in: float | None = Field(None, ge=0, description="price of a million tokens that the judge reads")
    price_out: float | None = Field(None, ge=0, description="price of a million tokens that the judge writes")
    credibility_file: Path | None = Field(None, description="JSON of credibility that you measured yourself")
    credibility: bool = Field(
        True, description="heed measured credibility: show it, withhold what is no better than chance"
    )

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """Defaults, overridden by the environment, overridden by ``given`` (None counts as not given)."""
        env = {
            name: os.environ[PREFIX + name.upper()]
            for name in cls.model_fields
            if os.environ.get(PREFIX + name.upper())
        }
        return cls.model_validate({**env, **{k: v for k, v in given.items() if v is not None}})
