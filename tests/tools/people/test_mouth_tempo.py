"""The tempo of the mouth on real talking heads whose sound plays at another speed.

The shipped weights were trained on these speakers: this shows that the operator works, not how well it carries over.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.people.mouth_tempo import MouthTempo

pytest.importorskip("mediapipe")


@pytest.fixture
def speech(shared: Path) -> Path:
    return shared / "speech"


def _read(path: Path, samples: np.ndarray) -> dict[str, Evidence]:
    from tests.tools.people._talk import heard

    return heard(path, samples, kind=MouthTempo)


def test_a_voice_at_its_own_speed_has_no_gap(speech: Path) -> None:
    from tests.tools.people._talk import sound_of

    clip = speech / "retalk_4.mp4"
    read = _read(clip, sound_of(clip))
    assert read["gap"].value is not None and read["gap"].value < 2.5
    assert read["speed"].value == pytest.approx(1.0, abs=0.025)
    assert "at the speed of their voice" in read["gap"].words


@pytest.mark.parametrize("rate", [1.3])
def test_a_voice_played_faster_makes_slow_lips(speech: Path, rate: float) -> None:
    from tests.tools.people._talk import sound_of

    clip = speech / "hdtf_a.mp4"
    voice = sound_of(clip)
    faster = np.interp(np.arange(0, len(voice) - 1, rate), np.arange(len(voice)), voice).astype(np.float32)
    read = _read(clip, faster)
    assert read["speed"].value == pytest.approx(1 / rate, rel=0.03)
    assert read["gap"].value == pytest.approx(100 * (rate - 1), abs=4)
    assert read["gap"].picture is not None


def test_without_speech_it_says_so(speech: Path) -> None:
    clip = speech / "retalk_4.mp4"
    read = _read(clip, np.zeros(16000 * 5, np.float32))
    assert read["gap"].value is None
    assert read["gap"].unmeasured == "nobody speaks in the clip"
