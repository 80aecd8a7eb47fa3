"""What a model's tokens cost: from a table of the user's, since prices change and differ between contracts."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from evalverse.errors import BriefError
from evalverse.settings import Settings


@dataclass(frozen=True)
class Used:
    """Tokens of one call: read (of these ``cached`` from the server's own prompt cache) and written."""

    prompt: int
    completion: int
    cached: int = 0


class Prices(BaseModel):
    """Prices of a million tokens, in one currency that the user chooses."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    read: float = Field(ge=0)
    write: float = Field(ge=0)
    cached: float | None = Field(None, ge=0, description="of what the server had cached; None: the price of reading")

    def of(self, used: Used) -> float:
        """What a call costs."""
        cached = self.read if self.cached is None else self.cached
        return ((used.prompt - used.cached) * self.read + used.cached * cached + used.completion * self.write) / 1e6


def prices(settings: Settings, model: str) -> Prices | None:
    """The prices of ``model``: the first pattern of the table that fits it, else the two single settings, else None.

    The table is YAML, patterns as of file names: ``{"qwen*-vl-*": {read: 0.4, write: 1.2, cached: 0.1}}``.

    Raises:
        BriefError: the table cannot be read.
    """
    if settings.prices is not None:
        for pattern, found in _table(settings.prices).items():
            if fnmatchcase(model.lower(), pattern.lower()):
                return found
    if settings.price_in is not None and settings.price_out is not None:
        return Prices(read=settings.price_in, write=settings.price_out)
    return None


def _table(path: Path) -> dict[str, Prices]:
    try:
        return TypeAdapter(dict[str, Prices]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise BriefError(
            f"{path}: no table of prices ({error}); write for instance qwen*: {{read: 0.4, write: 1.2}}"
        ) from error
