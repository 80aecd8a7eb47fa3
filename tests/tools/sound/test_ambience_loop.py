"""Beds laid end to end, beds that run on, ticks, voices and music above them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Samples
from evalverse.tools.operator import operator
from evalverse.tools.schedule import measure
from evalverse.tools.sound.ambience_loop import AmbienceLoop
from tests.synth import noise, speech_like, write_clip
from tests.tools.sound._hear import listen, sounding, value, whole

RATE = 16000


def bed(seconds: float, seed: int, level: float = -45.0) -> Samples:
    """(N,) noise as of wind: some bands, wavering slowly."""
    from scipy.signal import butter, sosfilt

    wave = sosfilt(butter(2, [200, 3000], "band", fs=RATE, output="sos"), noise(seed, seconds, RATE, level)[:, 0])
    waver = 1 + 0.4 * np.sin(2 * np.pi * 0.3 * np.arange(len(wave)) / RATE + seed)
    return np.asarray(wave * waver, np.float32)


def looped(period: float, seconds: float = 12.0, seed: int = 1) -> Samples:
    one = bed(period, seed)
    return np.tile(one, int(np.ceil(seconds * RATE / len(one))))[: round(seconds * RATE)]


def heard(samples: Samples, root: Path) -> list[Evidence]:
    sound, told = sounding(samples, RATE), {}
    for name in ("speech_activity", "music"):
        told[name] = listen(operator(name), sound, root, evidence=told)
    return listen(AmbienceLoop, sound, root, evidence=told)


@pytest.mark.parametrize("period", [0.7, 1.513, 3.17, 5.003])
def test_a_loop_is_found_with_its_length(period: float, tmp_path: Path) -> None:
    found = heard(looped(period), tmp_path)
    assert value(found, "repeats") > 0.7
    assert value(found, "period") == pytest.approx(period, abs=0.021)


@pytest.mark.parametrize("seed", range(4))
def test_noise_that_runs_on_does_not_repeat(seed: int, tmp_path: Path) -> None:
    found = heard(bed(12.0, seed), tmp_path)
    assert value(found, "repeats") < 0.15
    assert "does not repeat" in str(whole(found, "period").unmeasured)


def test_a_clock_ticks_without_being_a_loop(tmp_path: Path) -> None:
    wave = bed(12.0, 7)
    for second in range(12):
        at = round((second + 0.2) * RATE)
        wave[at : at + 800] += (0.1 * np.hanning(800) * np.sin(0.8 * np.arange(800))).astype(np.float32)
    assert value(heard(wave, tmp_path), "repeats") < 0.3


def test_a_loop_shows_in_the_pauses_of_a_voice_and_through_a_codec(tmp_path: Path) -> None:
    voice = np.zeros(14 * RATE, np.float32)
    for start in (0, 5, 10):
        voice[start * RATE : (start + 2) * RATE] = speech_like(start + 1, 2.0, RATE)[:, 0]
    clips = {}
    for name, wave in (("loop", looped(2.3, 14.0)), ("free", bed(14.0, 3))):
        path = write_clip(tmp_path / f"{name}.mp4", None, sound=wave + voice, sound_rate=RATE)
        clips[name] = measure(probe(path), ["ambience_loop"], Ledger(tmp_path)).evidence["ambience_loop"]
    assert value(clips["loop"], "repeats") > 0.5
    assert value(clips["loop"], "period") == pytest.approx(4.6, abs=0.021)  # at 2.3 s no pause meets another
    assert value(clips["free"], "repeats") < 0.2


def test_music_may_repeat(tmp_path: Path) -> None:
    t = np.arange(12 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * hz * t) for hz in (220, 277.2, 329.6, 440, 554.4)) * 0.05
    found = heard(np.asarray(chord * (1 + np.sin(2 * np.pi * 2 * t)), np.float32), tmp_path)
    assert "neither speech nor music" in str(whole(found, "repeats").unmeasured)


def test_agreement_below_nothing_is_no_loop(tmp_path: Path) -> None:
    wave = bed(2.6, 1)
    assert value(heard(np.concatenate([wave, -0.2 * wave[::-1]]), tmp_path), "repeats") < 0.2


def test_silence_is_no_loop(tmp_path: Path) -> None:
    assert "silence" in str(whole(heard(np.zeros(8 * RATE, np.float32), tmp_path), "repeats").unmeasured)
