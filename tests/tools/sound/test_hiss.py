"""Steady noise of known level under voices, and what is no hiss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.hiss import Hiss
from tests.synth import noise, speech_like
from tests.tools.sound._hear import listen, real, value, whole

RATE = 16000


def test_the_level_follows_the_noise_by_its_own_decibels(tmp_path: Path) -> None:
    voice = speech_like(1, 6, RATE)[:, 0]
    read = [
        value(listen(Hiss, voice + noise(3, 6, RATE, level)[:, 0], tmp_path, rate=RATE), "level")
        for level in (-60, -50, -40)
    ]
    assert np.diff(read) == pytest.approx([10, 10], abs=1)


def test_real_voices_do_not_hiss_until_noise_is_added(shared: Path, tmp_path: Path) -> None:
    for name in ("latent_1", "latent_3", "hdtf_a", "hdtf_b", "retalk_2", "portrait_d6"):
        wave = np.array(real(shared / f"speech/{name}.mp4").mono(RATE))[: 8 * RATE]
        loud = 20 * np.log10(wave.std())
        assert value(listen(Hiss, wave, tmp_path, rate=RATE), "level") < -44, name
        dirty = listen(Hiss, wave + noise(1, len(wave) / RATE, RATE, loud - 22)[:, 0], tmp_path, rate=RATE)
        assert value(dirty, "level") > -38, name
        assert "steady noise" in whole(dirty, "level").words


@pytest.mark.parametrize(
    ("sound", "rate", "why"),
    [
        (np.zeros(5 * RATE), RATE, "silence"),
        (noise(1, 0.5, RATE), RATE, "1 s"),
        (noise(1, 5, RATE, -20), RATE, "steady sound"),
        (speech_like(1, 5, RATE, -65), RATE, "soft"),
        (speech_like(1, 5, 8000), 8000, "8000 Hz"),
    ],
)
def test_what_cannot_be_measured_says_why(sound: Samples, rate: int, why: str, tmp_path: Path) -> None:
    assert why in str(whole(listen(Hiss, sound, tmp_path, rate=rate), "level").unmeasured)
