"""Work that other processes can be handed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalverse.calibration.laboratory.work import Item
from evalverse.errors import JudgeUnavailable, MediaError


@dataclass(frozen=True)
class Odd:
    """Notes in ``folder`` what it was called with; does what the item's id says."""

    folder: Path
    stamp: str = "1"

    def __call__(self, item: Item) -> dict[str, Any]:
        with (self.folder / "calls").open("a") as file:
            file.write(item.id + "\n")
        match item.id.split("-")[0]:
            case "die":
                os._exit(3)
            case "break":
                raise ZeroDivisionError("by nought")
            case "unreadable":
                raise MediaError(item.clip, "is no film")
            case "away" if not (self.folder / "back").exists():
                raise JudgeUnavailable("no connection")
            case "process":
                return {"said": os.getpid()}
        return {"said": item.id}
