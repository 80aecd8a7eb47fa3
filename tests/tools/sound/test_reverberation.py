"""Reverberation of speech in synthetic rooms whose time is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.reverberation import Reverberation, decays
from tests.synth import noise, speech_like
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole
from tests.tools.sound._voices import RATE, room, spoken_at


def heard(wave: Samples, root: Path, shots: tuple[float, ...] = ()) -> list[Evidence]:
    sound = sounding(wave, RATE)
    return listen(Reverberation, sound, root, shots, evidence=spoken_at(sound, root))


def test_a_straight_decay_reads_its_slope() -> None:
    t = 0.005 * np.arange(800)
    level = np.maximum(40 - 60 / 0.8 * (t % 2), -40)[:, None] + np.zeros((1, 12))
    found = decays(level)
    assert len(found) >= 12 and np.median(found[:, 1]) == pytest.approx(0.8, rel=0.05)
    assert decays(np.zeros((500, 12))).shape == (0, 2)


@pytest.mark.parametrize("name", ["latent_1_foreign.wav", "retalk_2.mp4", "hdtf_a.mp4"])
def test_real_speech_in_rooms(name: str, shared: Path, tmp_path: Path) -> None:
    dry = np.array(real(shared / "speech" / name).mono(RATE))
    assert value(heard(dry, tmp_path), "time") < 0.45
    for seconds in (0.4, 0.7, 1.2):
        assert value(heard(room(dry, seconds), tmp_path), "time") == pytest.approx(seconds, abs=0.17)
    assert value(heard(room(dry, 2.5), tmp_path), "time") > 1.2


def test_longer_rooms_read_longer_and_level_and_noise_change_little(tmp_path: Path) -> None:
    dry = speech_like(1, 12, RATE)[:, 0]
    times = [value(heard(room(dry, seconds), tmp_path), "time") for seconds in (0.4, 0.7, 1.2, 2.0)]
    assert np.all(np.diff(times) > 0.1)
    for changed in (0.1 * room(dry, 0.7), room(dry, 0.7) + noise(1, 12, RATE, -60)[:, 0]):
        assert value(heard(changed, tmp_path), "time") == pytest.approx(times[1], abs=0.15)


def test_a_change_of_room_at_a_cut_is_found(tmp_path: Path) -> None:
    dry = speech_like(2, 24, RATE)[:, 0]
    half = len(dry) // 2
    changed = np.concatenate([room(dry[:half], 0.4), room(dry[half:], 1.4)])
    found, same = heard(changed, tmp_path, (12.0,)), heard(room(dry, 0.4), tmp_path, (12.0,))
    assert value(found, "room_change") > 1.6 > 1.3 > value(same, "room_change")
    assert [m.start for m in moments(found, "room_change")] == [12.0]
    assert len([e for e in found if e.measure == "reverberation.time" and e.shot is not None]) == 2


def test_reasons(tmp_path: Path) -> None:
    assert "nobody speaks" in str(whole(listen(Reverberation, noise(1, 4), tmp_path), "time").unmeasured)
    steady = heard(noise(1, 4, RATE)[:, 0], tmp_path)
    assert "die away" in str(whole(steady, "time").unmeasured)
    single = heard(room(speech_like(1, 8, RATE)[:, 0], 0.7), tmp_path)
    assert "fewer than two shots" in str(whole(single, "room_change").unmeasured)
