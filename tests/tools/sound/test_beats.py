"""Beats of a known tempo, and cuts laid on them, beside them and at random."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.media.sound import Samples
from evalverse.tools.sound._onsets import HOP, onset_strength, peaks
from evalverse.tools.sound.beats import Beats, on_the_beat, phases, tempo, track
from evalverse.tools.sound.music import Music
from tests.synth import noise, speech_like
from tests.tools.sound._hear import listen, moments, sounding, value, whole
from tests.tools.sound._music import chords

RATE = 16000


def beaten(wave: Samples, root: Path, shots: tuple[float, ...] = ()) -> list[Evidence]:
    sound = sounding(wave, RATE)
    return listen(Beats, sound, root, shots, evidence={"music": listen(Music, sound, root)})


@pytest.mark.parametrize("bpm", [72.0, 97.0, 120.0, 150.0])
def test_tempo_and_beats_are_those_of_the_music(bpm: float) -> None:
    strength = onset_strength(chords(15, bpm, drum=0.5))
    found, pulse = tempo(strength)
    assert found == pytest.approx(bpm, rel=0.02) and pulse > 0.5
    beats = track(strength, found)
    off = beats / (60 / bpm) - np.round(beats / (60 / bpm))
    assert np.abs(off[1:-1] * 60 / bpm).max() < 0.04 and len(beats) == pytest.approx(15 * bpm / 60, abs=2)


def test_onsets_are_found_where_they_are() -> None:
    wave = noise(1, 4, RATE, -60)[:, 0]
    for at in (0.7, 1.5, 2.9):
        wave[round(at * RATE) : round((at + 0.05) * RATE)] += noise(2, 0.05, RATE, -15)[:, 0]
    strength = onset_strength(wave)
    assert peaks(strength, HOP, 0.1) * HOP == pytest.approx([0.7, 1.5, 2.9], abs=0.03)


def test_a_blocks_seam_is_no_onset() -> None:
    strength = onset_strength(chords(41, 120)[RATE // 4 :])
    assert len(strength) == 4075
    assert strength[1990:2010].max() <= strength[500:1500].max()


def test_cuts_on_the_beat_beside_it_and_between(tmp_path: Path) -> None:
    wave = chords(20, 120, drum=0.5)
    on = beaten(wave, tmp_path, (2.0, 4.5, 7.0, 10.0, 14.5))
    assert value(on, "tempo") == pytest.approx(120, rel=0.02)
    assert value(on, "cuts_on_beats") > 0.9 and whole(on, "cuts_on_beats").confidence > 0.97
    between = beaten(wave, tmp_path, (2.25, 4.75, 7.25, 10.25, 14.75))
    assert value(between, "cuts_on_beats") < -0.8
    beside = beaten(wave, tmp_path, (2.1, 4.6, 7.1, 10.1))
    assert len(moments(beside, "cuts_on_beats")) == 3 and value(beside, "cuts_on_beats") < 0.6


def test_random_cuts_do_not_convince() -> None:
    beats = np.arange(0, 30, 0.5)
    rng = np.random.default_rng(5)
    chances = [on_the_beat(phases(rng.uniform(1, 29, 8), beats))[1] for _ in range(400)]
    assert np.mean(np.array(chances) < 0.05) == pytest.approx(0.05, abs=0.03)


def test_phases_outside_the_beats_are_unknown() -> None:
    found = phases(np.array([0.5, 1.0, 1.25, 9.0]), np.array([1.0, 1.5, 2.0]))
    assert np.isnan(found[[0, 3]]).all() and found[1:3] == pytest.approx([0, np.pi])


def test_speech_and_noise_have_no_beat(tmp_path: Path) -> None:
    for wave in (speech_like(1, 12, RATE)[:, 0], noise(1, 12, RATE)[:, 0]):
        found = beaten(wave, tmp_path, (3.0, 6.0, 9.0))
        assert value(found, "pulse") < 0.25 and whole(found, "tempo").value is None
        assert "no " in str(whole(found, "cuts_on_beats").unmeasured)


def test_too_few_cuts_and_silence_are_reasons(tmp_path: Path) -> None:
    found = beaten(chords(10, drum=0.5), tmp_path, (3.0,))
    assert "fewer than 3 cuts" in str(whole(found, "cuts_on_beats").unmeasured)
    assert "silence" in str(whole(beaten(np.zeros(RATE * 5, np.float32), tmp_path), "pulse").unmeasured)
