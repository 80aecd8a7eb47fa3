"""Odd clips: tiny, odd-sized, tall, wide, black, single frames, uneven times. All operators answer or say why not."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from evalverse.settings import Settings
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import operator
from evalverse.tools.schedule import measure
from tests.synth import flat, travel, write_clip
from tests.tools.picture.film import picture_operators

UNEVEN = [Fraction(n * n + 20 * n, 900) for n in range(24)]

CLIPS: dict[str, Callable[[Path], Path]] = {
    "one frame": lambda p: write_clip(p, travel(1, 1)),
    "two frames": lambda p: write_clip(p, travel(1, 2)),
    "tiny": lambda p: write_clip(p, travel(1, 30, 16, 18)),
    "odd": lambda p: write_clip(p, travel(1, 30, 91, 157)),
    "tall": lambda p: write_clip(p, travel(1, 30, 200, 36)),
    "wide": lambda p: write_clip(p, travel(1, 30, 24, 320)),
    "black": lambda p: write_clip(p, flat(30)),
    "white": lambda p: write_clip(p, flat(30, (255, 255, 255))),
    "uneven times": lambda p: write_clip(p, travel(1, 24), times=UNEVEN),
    "sixty a second": lambda p: write_clip(p, travel(1, 70), rate=60),
}


@pytest.mark.parametrize("name", CLIPS)
def test_every_operator_answers_or_says_why_not(tmp_path: Path, name: str) -> None:
    clip = probe(CLIPS[name](tmp_path / "clip.mkv"))
    names = picture_operators()
    found = measure(clip, names, Ledger(tmp_path / "ledger"), settings=Settings(workers=1)).evidence
    for asked in names:
        told = {e.measure.split(".")[1] for e in found[asked] if e.scope == "clip"}
        assert told == {m.name for m in operator(asked).measures}, asked
        for item in found[asked]:
            assert item.unmeasured is None or "broke" not in item.unmeasured, item
            if item.value is not None:
                assert math.isfinite(item.value), item
                assert item.low is None or item.low - 1e-6 <= item.value, item
                assert item.high is None or item.value <= item.high + 1e-6, item
