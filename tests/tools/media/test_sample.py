"""Sampling against clips whose every picture tells its number."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalverse.errors import MediaError, UsageError
from evalverse.tools.evidence import Span
from evalverse.tools.media import sample
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.probe import probe
from tests.synth import noise, write_clip


def level(frame: Frame) -> int:
    return round((float(frame.rgb().mean()) - 20) / 4)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """50 frames at 5 per second; frame i is grey, 20 + 4 i."""
    path = tmp_path_factory.mktemp("sample") / "a.mp4"
    return probe(write_clip(path, (np.full((64, 96, 3), 20 + 4 * i, np.uint8) for i in range(50)), rate=5, g=10))


@pytest.mark.parametrize(
    ("seconds", "number"), [(0.0, 0), (0.15, 0), (0.2, 1), (0.5999, 2), (5.0, 25), (9.95, 49), (99.0, 49), (-1.0, 0)]
)
def test_the_frame_on_screen(clip: Clip, seconds: float, number: int) -> None:
    frame = sample.frame_at(clip, seconds)
    assert (level(frame), frame.time) == (number, Fraction(number, 5))


def test_several_frames_come_in_the_order_asked_for(clip: Clip) -> None:
    found = sample.frames_at(clip, [9.0, 0.6, 0.6, 5.05, 0.0])
    assert [level(f) for f in found] == [45, 3, 3, 25, 0]
    assert sample.frames_at(clip, []) == []


def test_long_gaps_are_sought_and_short_ones_decoded(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[float | None] = []
    decode = sample.frames

    def counting(clip: Clip, start: float | None = None, end: float | None = None) -> Any:
        starts.append(start)
        return decode(clip, start, end)

    monkeypatch.setattr(sample, "frames", counting)
    assert [level(f) for f in sample.frames_at(clip, [0.0, 1.0, 2.0, 9.0])] == [0, 5, 10, 45]
    assert starts == [0.0, 9.0]


def test_small_frames_let_the_large_picture_go(clip: Clip) -> None:
    frame = sample.frame_at(clip, 5.0, height=32)
    assert (frame.width, frame.height) == (48, 32) and frame.rgb().shape == (32, 48, 3)
    assert frame.rgb(16).shape == (16, 24, 3) and level(frame) == 25
    assert sample.frame_at(clip, 5.0, height=500).rgb().shape == (64, 96, 3)


def test_a_clip_without_picture_has_no_frames(tmp_path: Path) -> None:
    deaf = probe(write_clip(tmp_path / "a.wav", None, sound=noise(1, 0.2)))
    assert sample.uniform(deaf, 3) == []
    with pytest.raises(MediaError, match="no picture"):
        sample.frame_at(deaf, 0.0)


def test_uniform_times_are_the_middles_of_equal_parts(clip: Clip) -> None:
    assert sample.uniform(clip, 4) == pytest.approx([1.25, 3.75, 6.25, 8.75])
    assert [level(f) for f in sample.frames_at(clip, sample.uniform(clip, 4))] == [6, 18, 31, 43]


@dataclass(frozen=True)
class Piece:
    span: Span


def test_times_per_shot_lie_inside_their_shots(clip: Clip) -> None:
    shots = [Piece(Span(start=0, end=2)), Piece(Span(start=2, end=2.5)), Piece(Span(start=2.5, end=50))]
    times = sample.per_shot(clip, shots, 2)
    assert times[:4] == pytest.approx([0.5, 1.5, 2.125, 2.375])
    assert max(times) <= clip.duration


def test_times_around_a_moment_stay_in_the_clip(clip: Clip) -> None:
    assert sample.around(clip, 5.0, 3, 0.5) == pytest.approx([4.5, 5.0, 5.5])
    assert sample.around(clip, 0.1, 5, 0.1) == pytest.approx([0.0, 0.1, 0.2, 0.3], abs=1e-9)
    assert sample.around(clip, 5.0, 1, 0.5) == [5.0]


def test_crop_takes_the_part_named() -> None:
    picture = np.arange(10 * 20 * 3, dtype=np.uint8).reshape(10, 20, 3)
    assert np.array_equal(sample.crop(picture, (0.5, 0.0, 1.0, 0.5)), picture[:5, 10:])
    assert sample.crop(picture, (0.501, 0.501, 0.502, 0.502)).shape == (1, 1, 3)
    assert sample.crop(picture, (-3, -3, 9, 9)).shape == picture.shape
    for box in ((0.5, 0, 0.5, 1), (0.9, 0, 0.1, 1), (2, 2, 3, 3)):
        with pytest.raises(UsageError):
            sample.crop(picture, box)


def test_a_contact_sheet_holds_every_picture_in_its_place() -> None:
    greys = [np.full((50, 80, 3), v, np.uint8) for v in (60, 120, 180, 240, 100)]
    sheet = sample.contact_sheet(greys, columns=3, height=50)
    gap = sample.GAP
    assert sheet.shape == (2 * 50 + 3 * gap, 3 * 80 + 4 * gap, 3) and sheet.dtype == np.uint8
    for i, grey in enumerate(greys):
        y, x = gap + i // 3 * (50 + gap) + 25, gap + i % 3 * (80 + gap) + 40
        assert sheet[y, x, 0] == grey[0, 0, 0]


def test_captions_are_drawn_beneath_and_must_match() -> None:
    black = [np.zeros((50, 80, 3), np.uint8)] * 2
    bare, told = (sample.contact_sheet(black, 2, captions) for captions in ((), ("00:01.000", "00:02.000")))
    assert told.shape[0] > bare.shape[0]
    assert told[50 + sample.GAP :].max() > 200 and told[: 50 + sample.GAP].max() == bare.max()
    with pytest.raises(UsageError, match="captions"):
        sample.contact_sheet(black, 2, ("one",))
    with pytest.raises(UsageError, match="at least one"):
        sample.contact_sheet([], 2)


def test_a_contact_sheet_of_frames(clip: Clip) -> None:
    found = sample.frames_at(clip, sample.uniform(clip, 6), height=48)
    sheet = sample.contact_sheet(found, 3, height=48)
    assert sheet.shape[0] > 2 * 48 and sheet.shape[1] > 3 * 72
