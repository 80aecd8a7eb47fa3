"""Clicks that were put in, and everything else that begins abruptly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.clicks import Clicks, leaps
from tests.synth import noise, speech_like, tone
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole

RATE = 48000


@pytest.mark.parametrize("height", [0.1, 0.3])
@pytest.mark.parametrize("channels", [1, 2])
def test_crackles_are_counted_and_placed(height: float, channels: int, tmp_path: Path) -> None:
    sound = np.repeat(speech_like(1, 6) + noise(1, 6, level=-60), channels, axis=1)
    places = (0.71, 2.03, 4.44)
    for at in places:
        sound[round(at * RATE), -1] += height
    found = listen(Clicks, sounding(sound, start=0.5), tmp_path)
    assert value(found, "count") == 3
    assert [m.start - 0.5 for m in moments(found, "count")] == pytest.approx(places, abs=0.002)


def test_bad_splices_tick(tmp_path: Path) -> None:
    whole_tone = tone(110, 6, level=-12) + noise(1, 6, level=-70)
    cut = np.concatenate([np.delete(part, slice(-150, None), axis=0) for part in np.array_split(whole_tone, 5)])
    assert value(listen(Clicks, cut, tmp_path), "count") >= 3
    assert value(listen(Clicks, whole_tone, tmp_path), "count") == 0


def drums(seed: int) -> Samples:
    """Noise bursts that start at once and die away within a tenth of a second."""
    sound = noise(seed, 6, level=-70)
    for at in range(RATE // 2, 5 * RATE, RATE // 2):
        hit = noise(seed + at, 0.3, level=-12)
        sound[at : at + len(hit)] += hit * np.exp(-np.arange(len(hit)) / RATE / 0.03)[:, None].astype(np.float32)
    return sound


@pytest.mark.parametrize(
    "sound",
    [
        drums(1),
        noise(2, 4),
        speech_like(3, 8) + noise(3, 8, level=-65),
        np.clip(4 * speech_like(4, 6), -0.5, 0.5) + noise(4, 6, level=-65),
    ],
    ids=["drums", "noise", "speech", "clipped speech"],
)
def test_drums_noise_speech_and_clipping_are_no_clicks(sound: Samples, tmp_path: Path) -> None:
    assert value(listen(Clicks, sound, tmp_path), "count") <= 1


def test_blocks_leave_no_seam() -> None:
    wave = tone(50, 12, level=-3)[:, 0]
    assert np.allclose(leaps(wave, RATE).max(), leaps(wave[:RATE], RATE).max(), rtol=1e-3)
    assert len(leaps(wave, RATE)) == pytest.approx(24000, abs=3)


def test_silence_is_not_measured(tmp_path: Path) -> None:
    assert "silence" in str(whole(listen(Clicks, np.zeros(RATE), tmp_path), "count").unmeasured)


def test_real_recordings_hardly_click_and_react(shared: Path, tmp_path: Path) -> None:
    for name in ("film/sintel.mp4", "speech/latent_3.mp4", "speech/retalk_4.mp4", "speech/latent_1_foreign.wav"):
        sound = real(shared / name)
        assert value(listen(Clicks, sound, tmp_path), "count") <= 1, name
        hurt = np.array(sound.samples)
        at = np.linspace(0.1, 0.9, 12) * len(hurt)
        hurt[at.astype(int)] += 0.5
        assert value(listen(Clicks, sounding(hurt, sound.rate), tmp_path), "count") >= 9, name
