"""Jump cuts within a take: a missing piece is found, and what only moves, flashes or changes its light is not."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.continuity.take_jumps import TakeJumps
from evalverse.tools.evidence import Evidence, Scope, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import Scene, Shot
from evalverse.tools.schedule import measure
from tests.tools.shots._films import Film, clip, shot


def take(count: int = 90, swing: float = 6.0) -> Film:
    """A textured figure that sways before a still wall."""
    wall, figure = shot(21, 1, (0, 0))[0], shot(22, 1, (0, 0))[0][10:46, 20:50]
    film = np.repeat(wall[None], count, axis=0)
    for i in range(count):
        x = round(33 + swing * np.sin(2 * np.pi * i / 75))
        film[i, 14:50, x : x + 30] = figure
    return film


def read(root: Path, film: Film, cuts: tuple[int, ...] = (), rate: int = 25) -> list[Evidence]:
    sheet, ledger = clip(Fraction(rate)), Ledger(root)
    subject = TakeJumps(sheet, ledger)
    for index, picture in enumerate(film):
        size = (picture.shape[1], picture.shape[0])
        subject.see(Frame(index, Fraction(index, rate), size, lambda w, h, p=picture: p))
    edges = [0, *cuts, len(film)]
    shots = tuple(Shot(n, Span(start=a / rate, end=b / rate)) for n, (a, b) in enumerate(pairwise(edges)))
    return list(subject.finish(Scene(sheet, ledger, shots)))


def places(found: list[Evidence], rate: int = 25) -> list[int]:
    assert found[0].value == len(found) - 1
    return [round(e.span.end * rate) for e in found if e.scope is Scope.MOMENT and e.span]


def test_a_missing_piece_is_found_to_the_frame(tmp_path: Path) -> None:
    film = take()
    assert places(read(tmp_path, np.concatenate([film[:40], film[58:]]))) == [40]


def test_what_is_no_jump(tmp_path: Path) -> None:
    film = take()
    flash, light, push = film.copy(), film.copy(), shot(23, 90, (0.6, 0.0))
    flash[40:42] = 250
    light[40:] = light[40:] // 2 + 60
    for plain in (film, flash, light, push, np.delete(film, 40, axis=0), np.repeat(film[:1], 60, axis=0)):
        assert places(read(tmp_path, plain)) == []


def test_a_cut_to_another_shot_is_no_jump_within_one(tmp_path: Path) -> None:
    film = np.concatenate([take()[:45], shot(24, 45)])
    assert places(read(tmp_path, film, (45,))) == []


def test_at_low_rates_it_does_not_say(tmp_path: Path) -> None:
    [item] = read(tmp_path, take(), rate=8)
    assert item.value is None and "8 frames per second" in (item.unmeasured or "")


@pytest.mark.slow
def test_real_takes(shared: Path, tmp_path: Path) -> None:
    """One of the talking heads holds a jump cut, seen by eye; the others are whole."""
    for path in [*sorted((shared / "speech").glob("retalk_*.mp4")), shared / "speech" / "latent_3.mp4"]:
        found = measure(probe(path), ["take_jumps"], Ledger(tmp_path)).evidence["take_jumps"]
        moments = [e.span.end for e in found if e.scope is Scope.MOMENT and e.span]
        assert moments == ([pytest.approx(271 / 30, abs=0.05)] if path.stem == "latent_3" else [])
