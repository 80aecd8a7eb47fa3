"""Clipping at known depth, with and without a codec after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.sound_clipping import SoundClipping, clipped, events
from tests.synth import noise, speech_like, tone, write_clip
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole


def driven(sound: Samples, by: float) -> Samples:
    """The sound, ``by`` dB too hot for the ceiling that its peaks had."""
    peak = np.abs(sound).max()
    return np.asarray(np.clip(sound * 10 ** (by / 20), -peak, peak), np.float32)


@pytest.mark.parametrize("coded", [None, "aac", "libmp3lame"])
def test_share_grows_with_depth_at_any_level_and_through_codecs(coded: str | None, tmp_path: Path) -> None:
    speech = speech_like(1, 6) + noise(1, 6, level=-60)
    shares = []
    for by in (0.0, 6.0, 12.0, 18.0):
        sound = sounding(0.3 * driven(speech, by))
        if coded:
            path = tmp_path / f"{by:g}.{'mp3' if coded == 'libmp3lame' else 'm4a'}"
            sound = real(write_clip(path, None, sound=sound.samples, sound_codec=coded))
        shares.append(value(listen(SoundClipping, sound, tmp_path), "share"))
    assert shares[0] < 0.01 and np.all(np.diff(shares) > 0) and shares[2] > 0.3


def test_the_passage_is_found(tmp_path: Path) -> None:
    sound = speech_like(2, 8) + noise(2, 8, level=-60)
    hot = slice(3 * 48000, 4 * 48000)
    ceiling = np.abs(sound).max() * 1.02
    sound[hot] = np.clip(sound[hot] * 6, -ceiling, ceiling)
    found = listen(SoundClipping, sounding(sound, start=1.0), tmp_path)
    assert value(found, "events") >= 1
    assert all(3.95 <= m.start <= m.end <= 5.05 for m in moments(found, "events"))


def test_one_side_and_one_channel_are_enough(tmp_path: Path) -> None:
    speech = speech_like(3, 5)
    lopped = np.concatenate([speech, np.minimum(speech, 0.3 * speech.max())], axis=1)
    found = listen(SoundClipping, lopped.astype(np.float32), tmp_path)
    assert value(found, "share") > 0.3 > value(listen(SoundClipping, speech, tmp_path), "share")


@pytest.mark.parametrize(
    "sound",
    [tone(60, 3, level=-0.1), tone(3000, 3), noise(1, 3, level=-12), speech_like(4, 5, level=-30) + tone(50, 5)],
    ids=["bass", "treble", "noise", "hum"],
)
def test_loud_low_and_noisy_sounds_are_not_clipped(sound: Samples, tmp_path: Path) -> None:
    found = listen(SoundClipping, sound, tmp_path)
    assert value(found, "share") < 0.02 and value(found, "events") == 0


def test_crests_close_together_are_one_event() -> None:
    assert events(np.array([1.0, 1.05, 1.1, 5.0, 7.0, 7.01, 7.02])) == [(1.0, 1.1, 3), (7.0, 7.02, 3)]
    assert events(np.zeros(0)) == []
    assert len(clipped(np.zeros(100)).first) == 0


def test_silence_is_not_measured(tmp_path: Path) -> None:
    assert "digital silence" in str(whole(listen(SoundClipping, np.zeros(48000), tmp_path), "share").unmeasured)


def test_real_recordings_are_clean_and_react(shared: Path, tmp_path: Path) -> None:
    for path in sorted((shared / "speech").glob("retalk_*.mp4")):
        sound = real(path)
        assert value(listen(SoundClipping, sound, tmp_path), "share") < 0.01, path.name
        hot = sounding(driven(np.array(sound.samples), 12), sound.rate)
        assert value(listen(SoundClipping, hot, tmp_path), "share") > 0.5, path.name
