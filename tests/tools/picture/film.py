"""Made-up shots and the answers of one operator to them, through a real file and the real scheduler."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from evalverse.settings import Settings
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import operators
from evalverse.tools.schedule import measure
from tests.synth import RGB, travel, write_clip

FOLDERS = ("picture", "image", "composition", "people", "likeness")


def picture_operators() -> list[str]:
    """Operators on pictures that run without being called by name."""
    return [
        name
        for name, kind in operators().items()
        if kind.__module__.split(".")[-2] in FOLDERS and not kind.on_request and not kind.needs.sound
    ]


def ask(operator: str, clip: Path, folder: Path) -> list[Evidence]:
    """All evidence of one operator on a clip."""
    return measure(probe(clip), [operator], Ledger(folder / "ledger"), settings=Settings(workers=2)).evidence[operator]


def evidence(
    operator: str, frames: Iterable[RGB], folder: Path, rate: Fraction | int = 25, **options: Any
) -> list[Evidence]:
    """All evidence of one operator on made-up ``frames``."""
    return ask(operator, write_clip(folder / "clip.mkv", frames, rate=rate, **options), folder)


def of_clip(found: Iterable[Evidence]) -> dict[str, Evidence]:
    """The readings of the whole clip, by the measure's own name."""
    return {e.measure.split(".")[1]: e for e in found if e.scope == Scope.CLIP}


def values(
    operator: str, frames: Iterable[RGB], folder: Path, rate: Fraction | int = 25, **options: Any
) -> dict[str, float]:
    """The clip's values by measure; what could not be measured is absent."""
    found = of_clip(evidence(operator, frames, folder, rate, **options))
    return {name: e.value for name, e in found.items() if e.value is not None}


def real(operator: str, clip: Path, folder: Path) -> dict[str, float]:
    """The values of a clip on disk."""
    return {name: e.value for name, e in of_clip(ask(operator, clip, folder)).items() if e.value is not None}


def shot(count: int = 50, pan: tuple[float, float] = (0.0, 0.0), seed: int = 3, **texture: Any) -> list[RGB]:
    """``count`` frames (144, 256, 3) of a camera over a texture; by default it rests."""
    return list(travel(seed, count, 144, 256, pan, **{"coarsest": 12, **texture}))


def lit(frames: Iterable[RGB], stops: Iterable[float]) -> list[RGB]:
    """The frames with their light (sRGB made linear) changed by ``stops``, one per frame."""
    return [_gained(frame, 2.0**stop) for frame, stop in zip(frames, stops, strict=True)]


def tinted(frame: RGB, gains: tuple[float, float, float]) -> RGB:
    """The frame with its red, green and blue light multiplied."""
    return _gained(frame, np.array(gains))


def _gained(frame: RGB, gain: Any) -> RGB:
    light = (frame / 255.0) ** 2.2 * gain
    return np.asarray(np.clip(np.round(255 * np.clip(light, 0, 1) ** (1 / 2.2)), 0, 255), np.uint8)
