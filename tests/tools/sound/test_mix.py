"""Voices over beds whose levels are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.mix import Mix
from tests.synth import noise
from tests.tools.sound._hear import listen, moments, sounding, value, whole
from tests.tools.sound._voices import RATE, spoken_at, vowels

LINES = ((2.0, 4.0), (4.8, 6.8), (7.6, 9.6))


def spoken(gains: tuple[float, ...] = (1, 1, 1)) -> Samples:
    """(N,) twelve seconds with three lines."""
    wave = np.zeros(12 * RATE, np.float32)
    for (start, end), gain in zip(LINES, gains, strict=True):
        wave[round(start * RATE) : round(end * RATE)] = gain * vowels(end - start, swing=0)
    return wave


def heard(wave: Samples, root: Path) -> list[Evidence]:
    sound = sounding(wave, RATE)
    return listen(Mix, sound, root, evidence=spoken_at(sound, root, *LINES))


def test_voice_over_bed_follows_the_level_of_the_bed(tmp_path: Path) -> None:
    readings = [
        value(heard(spoken() + noise(1, 12, RATE, level)[:, 0], tmp_path), "voice_over_bed")
        for level in (-60, -50, -40)
    ]
    assert np.diff(readings) == pytest.approx([-10, -10], abs=1.5)
    louder = heard(2 * (spoken() + noise(1, 12, RATE, -50)[:, 0]), tmp_path)
    assert value(louder, "voice_over_bed") == pytest.approx(readings[1], abs=0.1)


@pytest.mark.parametrize("by", [0.0, 6.0, 12.0])
def test_ducking_is_what_the_bed_steps_back(by: float, tmp_path: Path) -> None:
    bed = noise(1, 12, RATE, -40)[:, 0]
    bed[round(1.7 * RATE) : round(9.9 * RATE)] *= 10 ** (-by / 20)
    assert value(heard(spoken() + bed, tmp_path), "ducking") == pytest.approx(by, abs=0.6)


def test_a_line_that_is_too_soft_is_found(tmp_path: Path) -> None:
    even = value(heard(spoken(), tmp_path), "line_jump")
    found = heard(spoken((1, 0.25, 1)), tmp_path)
    assert even < 1.5 < 10 < value(found, "line_jump") < 14
    assert sorted(m.start for m in moments(found, "line_jump")) == [4.8, 7.6]


def test_reasons(tmp_path: Path) -> None:
    assert "nobody" in str(whole(listen(Mix, noise(1, 4), tmp_path), "ducking").unmeasured)
    sound = sounding(vowels(6), RATE)
    through = listen(Mix, sound, tmp_path, evidence=spoken_at(sound, tmp_path))
    assert "too few pauses" in str(whole(through, "voice_over_bed").unmeasured)
    assert "only one" in str(whole(through, "line_jump").unmeasured)
    assert "no bed" in str(whole(heard(spoken(), tmp_path), "ducking").unmeasured)
