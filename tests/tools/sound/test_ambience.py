"""Beds that run on over a cut, and beds that jump."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.ambience import Ambience
from tests.synth import noise, speech_like, tone
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole

RATE = 16000
CUTS = (4.0, 8.0, 12.0)


def bed(seconds: float = 16.0, gain: float = 1.0, colour: float = 0.9, at: float = 8.0) -> Samples:
    """(N,) noise that changes its level by ``gain`` and its colour at second ``at``."""
    from scipy.signal import lfilter

    before, after = noise(1, at, RATE, 0)[:, 0], noise(2, seconds - at, RATE, 0)[:, 0]
    first, second = lfilter([1], [1, -0.9], before), lfilter([1], [1, -colour], after)
    scaled = [0.005 * part / part.std() for part in (first, second)]
    return np.concatenate([scaled[0], gain * scaled[1]]).astype(np.float32)


@pytest.mark.parametrize("seed", [None, 3, 5])
def test_a_jump_of_level_or_colour_is_found_at_its_cut(seed: int | None, tmp_path: Path) -> None:
    voice = np.float32(0) if seed is None else speech_like(seed, 16, RATE)[:, 0]
    even = value(listen(Ambience, sounding(bed() + voice, RATE), tmp_path, CUTS), "cut_jump")
    louder = listen(Ambience, sounding(bed(gain=2.0) + voice, RATE), tmp_path, CUTS)
    much = listen(Ambience, sounding(bed(gain=4.0) + voice, RATE), tmp_path, CUTS)
    other = listen(Ambience, sounding(bed(colour=0.2) + voice, RATE), tmp_path, CUTS)
    changed = [value(found, "cut_jump") for found in (louder, much, other)]
    assert even < 2 and even < changed[0] < changed[1] and changed[1] > 5 and changed[2] > even + 1
    if seed is None:
        assert changed == pytest.approx([6, 12, 6], abs=1)
    assert moments(much, "cut_jump")[0].start == 8.0
    assert any("louder" in e.words for e in much if e.shot == 2)


def test_a_change_within_a_shot_is_not_the_cuts(tmp_path: Path) -> None:
    found = listen(Ambience, sounding(bed(gain=4.0, at=10.0), RATE), tmp_path, (4.0,))
    assert value(found, "cut_jump") < 1


def test_what_sounds_above_the_bed_changes_little(tmp_path: Path) -> None:
    sound = bed()
    sound[9 * RATE : 9 * RATE + 8000] += tone(700, 0.5, RATE, -15)[:, 0]
    assert value(listen(Ambience, sounding(sound, RATE), tmp_path, CUTS), "cut_jump") < 1.5


def test_reasons(tmp_path: Path) -> None:
    alone = listen(Ambience, sounding(bed(), RATE), tmp_path)
    assert "no cuts" in str(whole(alone, "cut_jump").unmeasured) and value(alone, "wavering") < 1
    hasty = listen(Ambience, sounding(bed(), RATE), tmp_path, tuple(np.arange(0.5, 4, 0.5)))
    assert "both sides" in str(whole(hasty, "cut_jump").unmeasured)
    assert "needed" in str(whole(listen(Ambience, noise(1, 1), tmp_path), "wavering").unmeasured)


def test_film_music_that_runs_over_cuts(shared: Path, tmp_path: Path) -> None:
    cuts = tuple(frame / 25 for frame in (76, 121, 319, 457, 545, 611))  # ../shared/clips/cuts.json
    found = listen(Ambience, real(shared / "film" / "sintel.mp4"), tmp_path, cuts)
    assert value(found, "cut_jump") < 6 and len(moments(found, "cut_jump")) <= 2
