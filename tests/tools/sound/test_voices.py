"""One voice, two voices, and one voice in two recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.speech_activity import SpeechActivity
from evalverse.tools.sound.voices import Voices, groups
from tests.synth import noise
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole
from tests.tools.sound._voices import RATE, spoken_at, vowels


def heard(wave: Samples, root: Path) -> list[Evidence]:
    sound = sounding(wave, RATE)
    return listen(Voices, sound, root, evidence={"speech_activity": listen(SpeechActivity, sound, root)})


@pytest.fixture(scope="module")
def voices(shared: Path) -> dict[str, Samples]:
    """Eight seconds of each of four people, equally loud."""
    found = {}
    for name in ("latent_1.mp4", "latent_3.mp4", "latent_1_foreign.wav", "hdtf_b.mp4"):
        wave = np.array(real(shared / "speech" / name).mono(RATE)[: 8 * RATE])
        found[name] = (0.05 * wave / wave.std()).astype(np.float32)
    return found


def test_one_voice_stays_itself_and_two_do_not(voices: dict[str, Samples], tmp_path: Path) -> None:
    names = list(voices)
    alone = [value(heard(voices[name], tmp_path), "spread") for name in names]
    mixed = [
        heard(np.concatenate([voices[a], voices[b]]), tmp_path)
        for a, b in ((names[0], names[1]), (names[1], names[2]), (names[2], names[3]))
    ]
    assert max(alone) < 3.3 < min(value(found, "spread") for found in mixed)
    assert all(value(found, "count") >= 2 for found in mixed)
    assert any(abs(m.start - 8) < 1.5 for m in moments(mixed[1], "spread"))


def test_gain_and_a_little_noise_are_no_other_voice(voices: dict[str, Samples], tmp_path: Path) -> None:
    wave = voices["latent_1_foreign.wav"].copy()
    wave[len(wave) // 2 :] *= 0.5
    assert value(heard(wave, tmp_path), "count") == 1
    assert value(heard(wave + noise(1, 8, RATE, -60)[:, 0], tmp_path), "count") == 1


def test_a_telephone_changes_the_voice(voices: dict[str, Samples], tmp_path: Path) -> None:
    from scipy.signal import butter, sosfilt

    wave = voices["latent_3.mp4"].copy()
    half = len(wave) // 2
    plain = value(heard(wave, tmp_path), "spread")
    wave[half:] = sosfilt(butter(4, (400, 3000), "bandpass", fs=RATE, output="sos"), wave[half:])
    assert value(heard(wave, tmp_path), "spread") > max(3.3, plain + 1)


def test_groups_are_told_by_their_distance() -> None:
    place = np.array([0.0, 1.0, 0.5, 9.0, 9.5])
    spread, group = groups(np.abs(place[:, None] - place[None]))
    assert spread == pytest.approx(8.75) and group[0] == group[1] == group[2] != group[3] == group[4]


def test_reasons(tmp_path: Path) -> None:
    assert "nobody" in str(whole(listen(Voices, noise(1, 4), tmp_path), "count").unmeasured)
    short = sounding(vowels(2), RATE)
    found = listen(Voices, short, tmp_path, evidence=spoken_at(short, tmp_path))
    assert "too little" in str(whole(found, "count").unmeasured)
