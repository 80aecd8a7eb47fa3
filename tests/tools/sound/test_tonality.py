"""Cadences in known keys, a retuned one, and what is no music."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.sound import Samples
from evalverse.tools.operator import operator
from evalverse.tools.sound.tonality import NAMES, Tonality, keys
from tests.synth import noise, speech_like
from tests.tools.sound._hear import clip_of, listen, real, sounding, value, whole

RATE = 16000
CADENCES = {
    "major": ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)),
    "minor": ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7)),
}


def cadence(tonic: int, mode: str, seconds: float = 8.0, cents: float = 0.0) -> Samples:
    """(N,) tonic, subdominant, dominant, tonic, each a second, over and over; tonic in semitones above C."""
    t = np.arange(RATE) / RATE
    chords = []
    for chord in CADENCES[mode]:
        pitches = [261.63 * 2 ** ((tonic + step + cents / 100) / 12) for step in chord]
        chords.append(sum(np.sin(2 * np.pi * hz * k * t) / k for hz in pitches for k in (1, 2, 3)) * np.exp(-t))
    return np.asarray(0.05 * np.tile(np.concatenate(chords), int(seconds / 4)), np.float32)


def heard(samples: Samples, root: Path, seconds: float | None = None) -> list[Evidence]:
    """Readings where music is said to play for so many seconds; None: where the operator finds some."""
    sound = sounding(samples, RATE)
    music = operator("music")
    told = listen(music, sound, root)
    if seconds is not None:
        told = [music(clip_of(sound), Ledger(root)).found("share", 1.0, segments=[[0.0, seconds]])]
    return listen(Tonality, sound, root, evidence={"music": told})


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", [0, 4, 10])
def test_a_cadence_is_heard_in_its_key(tonic: int, mode: str, tmp_path: Path) -> None:
    found = heard(cadence(tonic, mode), tmp_path, 8.0)
    assert whole(found, "clarity").data["key"] == f"{NAMES[tonic]} {mode}"
    assert value(found, "clarity") > 0.75
    assert (value(found, "major") > 0) == (mode == "major")


@pytest.mark.parametrize("cents", [-30.0, 0.0, 25.0])
def test_the_tuning_is_found_and_does_not_change_the_key(cents: float, tmp_path: Path) -> None:
    found = heard(cadence(2, "major", cents=cents), tmp_path, 8.0)
    assert value(found, "tuning") == pytest.approx(cents, abs=3)
    assert whole(found, "clarity").data["key"] == "D major"


def test_all_tones_alike_have_no_key() -> None:
    assert np.abs(keys(np.full(12, 1 / 12) + 1e-15)).max() < 0.5


@pytest.mark.parametrize("make", [noise, speech_like])
def test_without_music_there_is_no_key(make: Callable[..., Samples], tmp_path: Path) -> None:
    assert "no music" in str(whole(heard(make(2, 8.0, RATE)[:, 0] / 10, tmp_path), "clarity").unmeasured)


def test_a_moment_of_music_is_too_short(tmp_path: Path) -> None:
    found = heard(cadence(0, "major"), tmp_path, 2.0)
    assert "less than 4 s of music" in str(whole(found, "clarity").unmeasured)


def test_a_film_is_in_some_key(shared: Path, tmp_path: Path) -> None:
    found = heard(np.array(real(shared / "film" / "sintel.mp4").mono(RATE)), tmp_path)
    assert 0 < value(found, "clarity") <= 1 and -50 <= value(found, "tuning") <= 50
