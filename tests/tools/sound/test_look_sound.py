"""The sound as a picture: a tone shows in its row, a silence is dark, and the level is that of the stretch."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.probe import probe
from evalverse.tools.schedule import measure
from evalverse.tools.sound.look_sound import MARGIN, SPECTRUM, WAVE, LookSound, SoundSettings
from tests.synth import tone, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A second of a 1 kHz tone at -12 dBFS (peak), a second of silence."""
    heard = tone(1000, 1.0, level=-12.0)
    samples = np.concatenate([heard, np.zeros_like(heard)])
    return probe(write_clip(tmp_path_factory.mktemp("sound") / "tone.wav", None, sound=samples))


def look(clip: Clip, root: Path, **asked: float) -> Evidence:
    tuned = {"look_sound": SoundSettings(**asked)}
    (found,) = measure(clip, [LookSound.name], Ledger(root), tuned=tuned).evidence["look_sound"]
    return found


def test_the_level_is_that_of_the_stretch(clip: Clip, tmp_path: Path) -> None:
    assert look(clip, tmp_path, start=0.2, end=0.8).value == pytest.approx(-15.01, abs=0.1)
    assert look(clip, tmp_path, start=1.2, end=1.8).value == pytest.approx(-120, abs=20)
    whole = look(clip, tmp_path)
    assert whole.value == pytest.approx(-18.02, abs=0.1)
    assert whole.span is not None and whole.span.end == pytest.approx(2, abs=0.01)


def test_a_tone_is_a_bright_row_and_silence_is_dark(clip: Clip, tmp_path: Path) -> None:
    found = look(clip, tmp_path)
    assert found.picture is not None
    blob = Ledger(tmp_path).get(found.picture)
    drawn = cv2.imdecode(np.frombuffer(blob, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    spectrum = drawn[WAVE : WAVE + SPECTRUM, MARGIN:].astype(float)
    heard, silent = np.array_split(spectrum, 2, axis=1)
    row = int(heard.mean(1).argmax())
    hertz = 50 * (8000 / 50) ** (1 - (row + 0.5) / SPECTRUM)
    assert hertz == pytest.approx(1000, rel=0.05)
    assert silent[:, 10:].mean() < 10 < heard[row].mean()


@pytest.mark.parametrize("asked", [{"start": 1.0, "end": 1.0}, {"start": 5.0}, {"start": 1.5, "end": 0.5}])
def test_an_empty_stretch_says_so(clip: Clip, tmp_path: Path, asked: dict[str, float]) -> None:
    assert "empty" in (look(clip, tmp_path, **asked).unmeasured or "")
