"""Clips whose every picture tells its number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from evalverse.tools.media.frame import Frame
from tests.synth import write_clip


def levels(path: Path, count: int, **how: Any) -> Path:
    """Frame i of the clip is grey, 20 + 4 i: every picture tells its number."""
    return write_clip(path, (np.full((64, 96, 3), 20 + 4 * i, np.uint8) for i in range(count)), **how)


def level(frame: Frame) -> int:
    return round((float(frame.rgb().mean()) - 20) / 4)
