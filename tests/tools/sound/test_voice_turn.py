"""Voices whose body or room becomes another on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.calibration.faults._dsp import repitched
from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.voice_turn import HOP, VoiceTurn, heard, moved
from tests.synth import noise
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole
from tests.tools.sound._voices import room, spoken_at, vowels

RATE = 16000


def turned(wave: Samples, root: Path, shots: tuple[float, ...] = ()) -> dict[str, float]:
    sound = sounding(wave, RATE)
    found = listen(VoiceTurn, sound, root, shots, evidence=spoken_at(sound, root))
    return {name: value(found, name) for name in ("tract", "room") if whole(found, name).value is not None}


def from_half(wave: Samples, changed: Samples) -> Samples:
    middle = len(wave) // 2
    return np.concatenate([wave[:middle], changed[middle : len(wave)]])


@pytest.mark.parametrize("by", [-4.0, -2.0, 3.0])
def test_a_spectrum_is_moved_by_what_it_was_moved(by: float) -> None:
    hz = np.fft.rfftfreq(640, 1 / RATE)
    peaks = [500, 1500, 2500, 3500]
    shape = [sum(3 * np.exp(-0.5 * ((hz - p * k) / (90 * k)) ** 2) for p in peaks) for k in (1, 2 ** (by / 12))]
    semitones, alike = moved(shape[0], shape[1])
    assert semitones == pytest.approx(by, abs=0.3) and alike > 0.9


def test_real_voices_keep_body_and_room_until_they_are_changed(shared: Path, tmp_path: Path) -> None:
    for name in ("latent_1.mp4", "hdtf_a.mp4", "latent_1_foreign.wav"):
        wave = np.array(real(shared / "speech" / name).mono(RATE))[: 10 * RATE]
        plain = turned(wave, tmp_path)
        body = turned(from_half(wave, np.asarray(repitched(wave[:, None], 4)[:, 0], np.float32)), tmp_path)
        hall = turned(from_half(wave, room(wave, 1.8)), tmp_path)
        assert plain["tract"] <= 1.3 and plain["room"] <= 4, name
        assert 2 < body["tract"] < 5.2 and body["tract"] > plain["tract"] + 1.2 and body["room"] <= 6, name
        assert hall["room"] > max(5, plain["room"] + 3), name


def test_a_hall_after_the_cut_is_told_there(tmp_path: Path) -> None:
    wave = vowels(8) + noise(3, 8, RATE, -60)[:, 0]
    sound = sounding(np.concatenate([wave, room(wave, 2.0)]), RATE, start=0.25)
    found = listen(VoiceTurn, sound, tmp_path, (8.25,), evidence=spoken_at(sound, tmp_path))
    reading = whole(found, "room")
    assert reading.data["over_a_cut"] and moments(found, "room")[0].start == pytest.approx(8.25, abs=0.1)
    assert "reverberant" in reading.words and value(found, "room") > 4


def test_blocks_hold_what_one_pass_holds() -> None:
    wave = vowels(23)
    kept = heard(wave)
    assert kept.spectra.shape[0] == len(kept.count) == 230
    assert kept.envelopes.shape == (4, 23 * 400) and kept.count.max() <= RATE / HOP / 10


@pytest.mark.parametrize(
    ("wave", "segments", "why"),
    [
        (np.zeros(6 * RATE, np.float32), ((0.0, 6.0),), "silence"),
        (vowels(2), ((0.0, 2.0),), "2.4 s"),
        (vowels(6), ((0.0, 1.0),), "no shot"),
    ],
)
def test_what_cannot_be_measured_says_why(
    wave: Samples, segments: tuple[tuple[float, float], ...], why: str, tmp_path: Path
) -> None:
    sound = sounding(wave, RATE)
    found = listen(VoiceTurn, sound, tmp_path, evidence=spoken_at(sound, tmp_path, *segments))
    assert why in str(whole(found, "tract").unmeasured) and why in str(whole(found, "room").unmeasured)


def test_without_speech_there_is_no_voice(tmp_path: Path) -> None:
    assert whole(listen(VoiceTurn, vowels(6), tmp_path, rate=RATE), "room").unmeasured == "nobody speaks"
