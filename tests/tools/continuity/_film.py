"""A film of two scenes, told by colour, with a set-up that comes back; and what operators say of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.light import linear
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import OperatorSettings
from evalverse.tools.schedule import measure
from evalverse.tools.shots.shot_cutter import ShotSettings
from tests.synth import RGB, noise, travel, write_clip

HEIGHT, WIDTH, RATE, LENGTH = 90, 160, 25, 25
RED, BLUE = (1.0, 0.45, 0.3), (0.25, 0.5, 1.0)


def view(seed: int, tint: tuple[float, float, float], gain: float = 1.0, shift: int = 0) -> list[RGB]:
    """A second of one set-up. ``gain`` is in linear light, ``shift`` moves the camera by pixels."""
    pictures = [np.roll(p, shift, axis=1) for p in travel(seed, LENGTH, HEIGHT, WIDTH, (0.05, 0.0))]
    return [graded(np.asarray(p * np.array(tint) * 0.7, np.uint8), gain) for p in pictures]


def graded(picture: RGB, gain: float) -> RGB:
    return picture if gain == 1 else np.asarray(255 * np.clip(linear(picture) * gain, 0, 1) ** (1 / 2.2), np.uint8)


def film(path: Path, shots: list[list[RGB]], louder_at: int | None = None) -> Path:
    """The shots in a row, with noise that gets 12 dB louder with shot ``louder_at``."""
    pictures = [p for shot in shots for p in shot]
    sound = noise(1, len(pictures) / RATE)
    if louder_at is not None:
        sound[louder_at * LENGTH * 48000 // RATE :] *= 4
    return write_clip(path, pictures, sound=sound)


def read(
    path: Path, shots: int, names: list[str], folder: Path, **tuned: OperatorSettings
) -> dict[str, list[Evidence]]:
    """Evidence by measure; the cuts are handed in."""
    given = {"shot_cutter": ShotSettings(cuts=tuple(k * LENGTH / RATE for k in range(1, shots))), **tuned}
    told = measure(probe(path), names, Ledger(folder), tuned=given).evidence
    found: dict[str, list[Evidence]] = {}
    for item in (e for rows in told.values() for e in rows):
        found.setdefault(item.measure, []).append(item)
    return found


def whole(found: dict[str, list[Evidence]], measure: str) -> Evidence:
    (item,) = [e for e in found[measure] if e.scope is Scope.CLIP]
    return item


def value(found: dict[str, list[Evidence]], measure: str) -> float:
    told = whole(found, measure).value
    assert told is not None, whole(found, measure).unmeasured
    return told
