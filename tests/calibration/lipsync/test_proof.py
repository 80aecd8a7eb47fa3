"""Files whose sound is moved by a known time, the rule when an offset is told, and the tables' place in a page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from evalverse.calibration.lipsync.dub import RATE, dragged, moved, stamped, with_sound
from evalverse.calibration.lipsync.judge import Told, fitted_sure
from evalverse.calibration.lipsync.proof import DELAYS, DRIFTS, Reading, Trial
from evalverse.calibration.lipsync.rates import RATES
from evalverse.calibration.lipsync.tables import _delays, _rates
from evalverse.calibration.marked import END, into
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import decode_sound
from tests.synth import speech_like, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dub") / "own.mp4"
    pictures = np.random.default_rng(0).integers(0, 255, (50, 64, 64, 3)).astype(np.uint8)
    return write_clip(path, pictures, rate=25, sound=speech_like(3, 2.0, RATE), sound_rate=RATE)


def lateness(path: Path, than: Path) -> float:
    """Seconds by which the sound of one file comes after that of another, by correlation."""
    courses = []
    for each in (path, than):
        sound = decode_sound(probe(each))
        assert sound is not None
        courses.append(np.pad(np.array(sound.mono(16000)), (round(sound.start * 16000), 0)))
    n = 4 * max(map(len, courses))
    a, b = (np.fft.rfft(c, n) for c in courses)
    best = int(np.fft.irfft(a * b.conj()).argmax())
    return (best - n if best > n // 2 else best) / 16000


@pytest.mark.parametrize("late", [-0.4, 0.0, 0.25])
def test_a_file_with_moved_sound_is_off_by_just_that_and_shows_the_same_picture(
    clip: Path, tmp_path: Path, late: float
) -> None:
    made = with_sound(clip, partial(moved, late=late), tmp_path / "moved.mp4")
    assert lateness(made, clip) == pytest.approx(late, abs=0.003)
    pairs = zip(frames(probe(made)), frames(probe(clip)), strict=True)
    assert all(a.time == b.time and (a.rgb(64) == b.rgb(64)).all() for a, b in pairs)


@pytest.mark.parametrize("late", [-0.16, 0.16])
def test_time_stamps_alone_move_the_sound(clip: Path, tmp_path: Path, late: float) -> None:
    assert lateness(stamped(clip, late, tmp_path / "stamped.mp4"), clip) == pytest.approx(late, abs=0.003)


def test_a_dragged_sound_is_late_at_its_end_only() -> None:
    wave = np.zeros(2 * RATE, np.float32)
    wave[[RATE // 10, round(1.5 * RATE)]] = 1
    first, last = np.flatnonzero(dragged(wave, 0.2) > 0.4)[[0, -1]] / RATE
    assert first == pytest.approx(0.1 / 0.9, abs=0.001) and last == pytest.approx(1.5 / 0.9, abs=0.001)


def test_an_offset_is_told_from_the_certainty_on_at_which_few_are_wrong() -> None:
    told = [Told("a", 200.0 if c < 0.8 and i % 4 == 0 else 5.0, c) for i in range(40) for c in (0.6, 0.7, 0.85, 0.95)]
    assert 0.7 < fitted_sure(told) <= 0.85
    assert fitted_sure([Told("a", 300.0, 0.99)]) == 1.0


def test_tables_take_the_place_of_older_ones() -> None:
    page = into("# Title\n\nText.\n", "one", "make it")
    assert into(page, "two", "make it") == page.replace("one", "two")
    more = into(page + "\nAfter.\n", "three", "make it")
    assert more.endswith("After.\n") and more.startswith("# Title\n\nText.\n")
    assert more.index("make it") < more.index("three") < more.index(END)


def read(offset: float | None) -> Reading:
    return Reading(offset, 0.0, 0.1, 0.9, "" if offset is not None else "unsure")


def test_errors_are_counted_against_the_own_reading_and_abstentions_apart() -> None:
    own = {"a": read(30.0)}
    delays = [Trial("a", "delay", str(d), read(None if d == -400 else 30 + d + (d == 400) * 90)) for d in DELAYS]
    stamps = [Trial("a", "stamps", str(d), read(30 + d)) for d in (-160, 160)]
    text = "\n".join(_delays([*delays, *stamps], own))
    assert "| a | - | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 90 |" in text
    assert "worst 90 ms, within one frame 7 of 8 (87.5 %), within two 7 of 8 (87.5 %), 1 abstentions" in text
    rates = [Trial("a", "rate", name, read(20.0)) for name in RATES]
    assert "| 24 | -10 | 10.0 | 1 of 1 | 1 of 1 | 0 |" in "\n".join(_rates(rates, own))
    assert len(DRIFTS) == 4
