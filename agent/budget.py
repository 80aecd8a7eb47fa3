"""What a critique may cost: seconds of measuring, tokens and money of the judge."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from evalverse.errors import BriefError

_PART = re.compile(r"^(?P<amount>\d+(\.\d+)?)\s*(?P<unit>s|sec|seconds|m|min|tok|tokens|k|usd|\$)$", re.IGNORECASE)
_UNITS = {
    "s": ("seconds", 1.0),
    "sec": ("seconds", 1.0),
    "seconds": ("seconds", 1.0),
    "m": ("seconds", 60.0),
    "min": ("seconds", 60.0),
    "tok": ("tokens", 1.0),
    "tokens": ("tokens", 1.0),
    "k": ("tokens", 1000.0),
    "usd": ("money", 1.0),
    "$": ("money", 1.0),
}


class Budget(BaseModel):
    """Upper bounds; None means unbounded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float | None = Field(None, ge=0, description="of measuring, by the operators' declared costs")
    tokens: float | None = Field(None, ge=0, description="of the judge, read and written")
    money: float | None = Field(None, ge=0, description="of the judge, in the currency of the price settings")

    @classmethod
    def parse(cls, text: str | None) -> Budget:
        """A budget from words such as ``30s``, ``2min,50000tok`` or ``0.5usd``. Raises BriefError."""
        bounds: dict[str, float] = {}
        for part in filter(None, (p.strip() for p in (text or "").split(","))):
            match = _PART.match(part)
            if match is None:
                raise BriefError(f"budget {part!r} is not understood; write for instance 30s, 2min, 50000tok or 0.5usd")
            name, factor = _UNITS[match["unit"].lower()]
            bounds[name] = float(match["amount"]) * factor
        return cls(**bounds)
