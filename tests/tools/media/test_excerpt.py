"""The clip as a small silent film."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from evalverse.errors import MediaError
from evalverse.tools.media.decode import frames
from evalverse.tools.media.excerpt import excerpt
from evalverse.tools.media.probe import probe
from tests.synth import tone, write_clip


def test_it_plays_as_long_as_the_clip_with_fewer_and_smaller_frames(tmp_path: Path) -> None:
    shown = [np.full((480, 640, 3), 20 + 4 * i, np.uint8) for i in range(40)]
    clip = probe(write_clip(tmp_path / "clip.mp4", shown, rate=10))
    content, held = excerpt(clip, 2.0, 64)
    assert held == pytest.approx(2.0)
    (tmp_path / "small.mp4").write_bytes(content)
    small = probe(tmp_path / "small.mp4")
    assert small.sound is None
    assert small.picture is not None
    assert (small.picture.height, small.picture.width) == (360, 480)
    assert small.duration == pytest.approx(4.0, abs=0.01)
    levels = [float(f.grey().mean()) for f in frames(small)]
    assert len(levels) == 8
    assert levels == sorted(levels)
    assert excerpt(clip, 2.0, 64)[0] == content
    assert excerpt(clip, 30.0, 3)[1] == pytest.approx(0.75)  # so many frames at most


def test_sound_alone_has_no_film(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes((tone(440, 1.0) * 32767).astype(np.int16).tobytes())
    with pytest.raises(MediaError, match="no picture"):
        excerpt(probe(tmp_path / "tone.wav"), 2.0, 64)
