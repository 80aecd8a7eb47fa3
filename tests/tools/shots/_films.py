"""Edited films whose cuts, dissolves and fades are known, and the operator's answer to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip, PictureStream
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Scene
from evalverse.tools.shots.shot_cutter import ShotCutter, ShotSettings
from tests.synth import RGB, travel

HEIGHT, WIDTH = 54, 96
Film = NDArray[np.uint8]
Truth = list[tuple[str, int, int]]
"""(kind, first frame that is no longer the old picture alone, first frame of the new picture alone)."""


def shot(seed: int, count: int, pan: tuple[float, float] = (0.3, 0.0), zoom: float = 1.0) -> Film:
    """(count, 54, 96, 3) of a camera that moves over a texture of its own."""
    return np.stack(list(travel(seed, count, HEIGHT, WIDTH, pan, zoom, coarsest=9)))


def blend(before: Film, after: Film, count: int) -> Film:
    """The last ``count`` frames of one shot dissolving into the first of the next."""
    share = (np.arange(1, count + 1) / (count + 1))[:, None, None, None]
    return (before[-count:] * (1 - share) + after[:count] * share).astype(np.uint8)


def edit(shots: Sequence[Film], joins: Sequence[tuple[str, int]]) -> tuple[Film, Truth]:
    """Shots joined by ("cut", 0), ("dissolve", frames) or ("fade", frames out, as many in), and where they are."""
    film, truth = shots[0], Truth()
    for after, (kind, count) in zip(shots[1:], joins, strict=True):
        if kind == "cut":
            truth.append((kind, len(film), len(film)))
            film = np.concatenate([film, after])
            continue
        if kind == "dissolve":
            mixed = blend(film, after, count)
        else:
            black = np.zeros((count, HEIGHT, WIDTH, 3), np.uint8)
            mixed = np.concatenate([blend(film, black, count), black[:3], blend(black, after, count)])
        truth.append((kind, len(film) - count, len(film) - count + len(mixed)))
        film = np.concatenate([film[:-count], mixed, after[count:]])
    return film, truth


def random_film(seed: int) -> tuple[Film, Truth]:
    """Three shots with pans and zooms, joined by whatever comes; a third of the shots hold a flash."""
    rng = np.random.default_rng(seed)
    shots = []
    for _ in range(3):
        pan = (float(rng.uniform(-1, 1)), float(rng.uniform(-0.5, 0.5)))
        one = shot(int(rng.integers(10**6)), int(rng.integers(44, 60)), pan, float(rng.choice([1, 1.004, 0.996])))
        if rng.random() < 1 / 3:
            at = int(rng.integers(20, 24))
            one[at : at + 2] = one[at : at + 2] // 4 + 190
        shots.append(one)
    kinds = rng.choice(["cut", "dissolve", "fade"], 2, p=[0.5, 0.3, 0.2])
    return edit(shots, [(str(kind), int(rng.integers(7, 15))) for kind in kinds])


def clip(rate: Fraction = Fraction(25), picture: bool = True) -> Clip:
    """The fact sheet of a clip that need not exist."""
    stream: dict[str, Any] = dict(index=0, codec="h264", coded_width=WIDTH, coded_height=HEIGHT, pixel_format="yuv420p")
    size = dict(width=WIDTH, height=HEIGHT, bit_depth=8, alpha=False, rate=rate, start=0.0, duration=1.0)
    fields: dict[str, Any] = dict(path=Path("a.mp4"), sha256="0" * 64, bytes=1, container="mp4", duration=1.0)
    return Clip(**fields, origin=Fraction(0), picture=PictureStream(**stream, **size) if picture else None, sound=None)


def cutter(
    root: Path,
    film: Iterable[RGB],
    rate: Fraction = Fraction(25),
    times: Sequence[Fraction] | None = None,
    settings: ShotSettings | None = None,
) -> list[Evidence]:
    """What the operator says about frames (H, W, 3)."""
    fact_sheet, ledger = clip(rate), Ledger(root)
    subject = ShotCutter(fact_sheet, ledger, settings)
    for index, picture in enumerate(film):
        time = times[index] if times else index / rate
        subject.see(Frame(index, time, (picture.shape[1], picture.shape[0]), lambda w, h, p=picture: p))
    return list(subject.finish(Scene(fact_sheet, ledger)))
