"""Laboratories made up from numbers alone: sources that differ, faults that move some of the readings."""

from __future__ import annotations

from functools import cache

import numpy as np

from evalverse.agent.facts import known
from evalverse.calibration.faults.bases import Base
from evalverse.calibration.faults.fault import LEVELS, fault_named
from evalverse.calibration.faults.lab import Row
from evalverse.calibration.fit.data import Seen, Table
from evalverse.tools.operator import operators

FAMILIES = ("flicker", "exposure-pumping", "camera-shake", "focus-hunting")


def laboratory(seed: int, sources: int = 24, effect: float = 1.0) -> Table:
    """Every family at every strength on every source.

    ``effect`` scales how far faults move their readings; 0 is a laboratory whose readings tell nothing.
    """
    rng = np.random.default_rng(seed)
    clips: list[Seen] = []
    for number in range(sources):
        source, name = rng.lognormal(0, 0.5, 4), f"source{number:02d}"
        clips.append(_seen(name, None, None, _read(rng, source)))
        for family in FAMILIES:
            for level in LEVELS:
                rise = effect * 12 * fault_named(family).amount.strengths()[level]
                clips.append(_seen(name, family, level, _read(rng, source, family, rise)))
    clips.sort(key=lambda c: c.row.id)
    return Table(tuple(clips), {name: kind.version for name, kind in operators().items()}, "0" * 64)


def _read(rng: np.random.Generator, source: np.ndarray, family: str = "", rise: float = 0.0) -> dict[str, float]:  # type: ignore[type-arg]
    """Readings: of the source, of chance, and of the fault. Contrast differs by source and no fault moves it."""
    flicker, shake, stable, contrast = source * rng.lognormal(0, 0.1, 4)
    return {
        "flicker.luma_flicker": float(flicker + rise * (family == "flicker")),
        "exposure.pumping": float(0.2 * flicker + rise * (family == "exposure-pumping")),
        "exposure.drift": float(rng.lognormal(0, 0.5)),
        "camera_motion.shake": float(shake + rise * (family == "camera-shake")),
        "sharpness.stability": float(np.clip(0.97 - 0.02 * stable - 0.04 * rise * (family == "focus-hunting"), 0, 1)),
        "contrast.tonal_range": float(np.clip(0.2 + 0.2 * contrast, 0, 1)),
    }


def _seen(source: str, family: str | None, level: str | None, features: dict[str, float]) -> Seen:
    clean = f"clean/{source}.mp4"
    row = Row(
        id=f"{family or 'clean'}-{source}-{level}",
        clip=f"faults/{family}/{source}-{level}.mp4" if family else clean,
        clean=clean,
        source=source,
        source_sha256="1" * 64,
        base=Base.SHOT,
        family=family,
        level=level,
        strength=fault_named(family).amount.strengths()[level] if family and level else 0.0,
        checks=fault_named(family).checks if family else (),
        seconds=5.0,
    )
    return Seen(row, features, known(features, picture=True, sound=False, seconds=5.0))


@cache
def usual() -> Table:
    """One that several tests look at."""
    return laboratory(0)
