"""Silence, holes and dropouts that were cut on purpose, and pauses that were not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.silence import Silence
from tests.synth import noise, speech_like, tone
from tests.tools.sound._hear import listen, moments, real, sounding, value, whole

RATE = 48000


def with_holes(sound: Samples, *holes: tuple[float, float]) -> Samples:
    """The sound with zeros from ``start`` for ``seconds`` each."""
    cut = sound.copy()
    for start, seconds in holes:
        cut[round(start * RATE) : round((start + seconds) * RATE)] = 0
    return cut


def test_share_and_longest_hole_are_those_that_were_cut(tmp_path: Path) -> None:
    sound = with_holes(noise(1, 10, level=-25, channels=2), (2, 0.5), (6, 1.5))
    found = listen(Silence, sounding(sound, start=0.5), tmp_path)
    assert value(found, "share") == pytest.approx(20, abs=0.2) == value(found, "digital")
    assert value(found, "longest_hole") == pytest.approx(1.5, abs=0.01)
    assert [round(m.start, 2) for m in moments(found, "longest_hole")] == [2.5, 6.5]
    assert value(found, "dropouts") == 0, "half a second is a pause"


def test_silence_before_and_after_is_no_hole(tmp_path: Path) -> None:
    sound = with_holes(noise(1, 6, level=-25), (0, 1), (5, 1))
    found = listen(Silence, sound, tmp_path)
    assert value(found, "longest_hole") == 0 and value(found, "share") == pytest.approx(33.3, abs=0.2)


@pytest.mark.parametrize("seconds", [0.01, 0.03, 0.1, 0.25])
@pytest.mark.parametrize("seed", [3, 4])
def test_dropouts_are_counted_and_placed(seconds: float, seed: int, tmp_path: Path) -> None:
    sound = noise(seed, 8, level=-45) + tone(220, 8, level=-20)
    found = listen(Silence, with_holes(sound, (1.5, seconds), (3.2, seconds), (5.7, seconds)), tmp_path)
    assert value(found, "dropouts") == 3
    starts = [m.start for m in moments(found, "dropouts")]
    assert starts == pytest.approx([1.5, 3.2, 5.7], abs=0.006)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("floor", [-50.0, -65.0, -200.0])
def test_pauses_of_speech_are_no_dropouts(seed: int, floor: float, tmp_path: Path) -> None:
    sound = speech_like(seed, 10) + noise(seed, 10, level=floor)
    assert value(listen(Silence, sound, tmp_path), "dropouts") == 0


def test_dropouts_in_speech_are_found(tmp_path: Path) -> None:
    sound = speech_like(2, 10) + noise(2, 10, level=-60)
    level = np.convolve(np.abs(sound[:, 0]), np.ones(2400) / 2400, "same")
    loud = [
        t for t in np.arange(0.5, 9.5, 0.5) if level[round((t - 0.05) * RATE) : round((t + 0.1) * RATE)].min() > 0.02
    ]
    holes = [(float(t), 0.04) for t in loud[:4]]
    assert len(holes) == 4
    found = value(listen(Silence, with_holes(sound, *holes), tmp_path), "dropouts")
    assert found >= 3, "one may fall where the voice is fading"


def test_level_and_clipping_change_nothing(tmp_path: Path) -> None:
    sound = with_holes(noise(1, 6, level=-20) + tone(220, 6), (2, 0.1))
    for changed in (sound * 0.2, np.clip(sound * 4, -0.5, 0.5)):
        found = listen(Silence, changed, tmp_path)
        assert value(found, "dropouts") == 1 and value(found, "share") == pytest.approx(1.67, abs=0.2)


def test_nothing_but_silence_has_no_holes(tmp_path: Path) -> None:
    found = listen(Silence, np.zeros(RATE, np.float32), tmp_path)
    assert value(found, "share") == 100 == value(found, "digital")
    assert "silent throughout" in str(whole(found, "longest_hole").unmeasured)
    assert whole(listen(Silence, np.zeros(10, np.float32), tmp_path), "share").value is None


def test_real_speech_has_no_dropouts(shared: Path, tmp_path: Path) -> None:
    for path in sorted((shared / "speech").iterdir()):
        assert value(listen(Silence, real(path), tmp_path), "dropouts") == 0, path.name
