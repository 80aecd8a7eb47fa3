"""A voice that comes to ring in a wide room, and stereo that merely moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.width_step import WidthStep
from tests.synth import noise, speech_like
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole
from tests.tools.sound._voices import room

RATE = 16000


def rung(wave: Samples, at: float) -> Samples:
    """(N, 2) in the middle of the stage, from ``at`` (share of its length) on in a room with two unlike walls."""
    sides = np.stack([room(wave, 1.2, seed=1), room(wave, 1.2, seed=2)], axis=1)
    late = np.arange(len(wave)) >= at * len(wave)
    return np.where(late[:, None], sides, wave[:, None]).astype(np.float32)


@pytest.mark.parametrize("rate", [16000, 44100])
def test_a_room_that_sets_in_is_found_and_placed(rate: int, tmp_path: Path) -> None:
    sound = sounding(rung(speech_like(1, 10, rate)[:, 0], 0.6), rate, start=0.5)
    found = listen(WidthStep, sound, tmp_path)
    assert value(found, "sure") > 6
    assert moments(found, "sure")[0].start == pytest.approx(6.5, abs=0.5)
    assert "wider" in whole(found, "sure").words


def test_what_keeps_its_width_does_not_step(tmp_path: Path) -> None:
    voice = speech_like(1, 10, RATE)[:, 0]
    wide = rung(voice, 0) + noise(1, 10, RATE, -50, channels=2)
    louder = wide * np.where(np.arange(len(voice)) > len(voice) // 2, 3, 1)[:, None].astype(np.float32)
    pans = voice[:, None] * np.stack([np.linspace(1, 0.2, len(voice)), np.linspace(0.2, 1, len(voice))], axis=1)
    late = np.concatenate([np.zeros_like(wide[: 4 * RATE]), wide])
    for sound in (np.stack([voice, voice], axis=1), wide, louder, pans.astype(np.float32), late):
        assert value(listen(WidthStep, sound, tmp_path, rate=RATE), "sure") < 2


def test_real_voices_widen_only_when_they_were_made_to(shared: Path, tmp_path: Path) -> None:
    for name in ("speech/latent_1.mp4", "speech/hdtf_b.mp4", "speech/retalk_4.mp4", "film/sintel.mp4"):
        sound = real(shared / name)
        wave = np.array(sound.samples[: 12 * sound.rate])
        assert value(listen(WidthStep, wave, tmp_path, rate=sound.rate), "sure") < 2, name
        if name.startswith("speech"):
            after = rung(np.array(sound.mono(RATE))[: 12 * RATE], 0.5)
            assert value(listen(WidthStep, after, tmp_path, rate=RATE), "sure") > 6, name


@pytest.mark.parametrize(
    ("sound", "why"),
    [
        (np.zeros((5 * RATE, 2)), "silence"),
        (noise(1, 2, RATE, channels=2), "3"),
        (noise(1, 5, RATE), "no left and right"),
    ],
)
def test_what_cannot_be_measured_says_why(sound: Samples, why: str, tmp_path: Path) -> None:
    assert why in str(whole(listen(WidthStep, sound, tmp_path, rate=RATE), "sure").unmeasured)
