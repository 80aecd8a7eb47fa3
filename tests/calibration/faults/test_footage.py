"""Takes from files, files from takes, takes from takes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from evalverse.calibration.faults.footage import read_take, render, set_ups, without_bars
from evalverse.calibration.faults.take import assemble, conform, read, splice
from evalverse.errors import MediaError
from tests.calibration.faults._takes import Seen, scene
from tests.synth import tone, travel, write_clip


def test_what_is_rendered_is_read_again(tmp_path: Path) -> None:
    take = scene(cuts=(30,), length=40, height=180)
    back = read_take(render(take, tmp_path / "take.mp4"), cuts=(1.2,))
    before, after = Seen(take), Seen(back)
    assert (back.rate, back.length, back.width, back.height, back.cuts) == (25, 40, 320, 180, (30,))
    error = np.mean((before.pictures.mean(axis=3) - after.pictures.mean(axis=3)) ** 2)
    assert 10 * np.log10(255**2 / error) > 40
    assert back.sound_rate == 16000
    assert np.abs(after.sound - np.clip(before.sound, -1, 1)).max() < 2 / 32768


def test_rendering_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (render(scene(length=12), tmp_path / f"{n}.mp4").read_bytes() for n in "ab")
    assert one == two
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["a.mp4", "b.mp4"]


def test_an_excerpt_begins_and_ends_where_asked(tmp_path: Path) -> None:
    path = render(scene(cuts=(), length=75), tmp_path / "take.mp4")
    part = Seen(read_take(path, 1.0, 0.8))
    assert part.clock == pytest.approx(np.arange(25, 45), abs=1.5)
    assert len(part.sound) == 0.8 * 16000
    whole = Seen(read_take(path))
    assert np.array_equal(part.sound, whole.sound[16000 : 16000 + 12800])


def test_fast_footage_is_thinned_and_odd_sizes_become_even(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "fast.mp4", travel(1, 60, 91, 161), 60)
    take = read_take(path)
    assert (take.rate, take.length, take.width, take.height) == (30, 30, 160, 90)


def test_uneven_frames_are_shown_at_an_even_rate(tmp_path: Path) -> None:
    times = [Fraction(k, 25) for k in (0, 1, 2, 5, 6, 7, 8, 9)]
    frames = [np.full((72, 128, 3), 30 + 20 * k, np.uint8) for k in range(8)]
    take = read_take(write_clip(tmp_path / "uneven.mp4", frames, 25, times=times))
    shown = [round((p.mean() - 30) / 20) for p in take.pictures()]
    assert shown == [sum(t <= tick / take.rate for t in times) - 1 for tick in range(take.length)]


def test_sound_that_begins_later_stays_later(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv", travel(1, 50), 25, sound=tone(440, 2.0, 16000, channels=6), sound_rate=16000)
    take = read_take(path, 0.5, 1.0)
    assert take.sound is not None
    assert take.sound.shape == (16000, 1)


def test_a_sound_file_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.wav", None, sound=tone(440, 1.0))
    with pytest.raises(MediaError, match="picture"):
        read_take(path)


def test_bars_are_cropped_and_dark_pictures_are_not() -> None:
    def barred() -> object:
        for rgb in scene().pictures():
            rgb = rgb.copy()
            rgb[:11] = rgb[-8:] = 2
            yield rgb

    assert (without_bars(replace(scene(), pictures=barred)).height, without_bars(scene()).height) == (52, 72)  # type: ignore[arg-type]
    black = replace(scene(), pictures=lambda: iter([np.zeros((72, 128, 3), np.uint8)] * 75))
    assert without_bars(black).height == 72


def test_pieces_are_joined_with_their_sound() -> None:
    take = scene()
    joined = assemble(take, [range(10), range(20, 30), range(30, 41), range(41, 50)])
    seen = Seen(joined)
    assert seen.clock == pytest.approx([*range(10), *range(20, 50)], abs=0.2)
    assert joined.cuts == (10, 17, 31)
    assert len(seen.sound) == 40 * 640
    assert np.array_equal(seen.sound[7000:8000], Seen(take).sound[7000 + 6400 : 8000 + 6400])
    with pytest.raises(ValueError, match="frame"):
        assemble(take, [range(0)])


def test_a_join_of_sound_dips_so_as_not_to_click() -> None:
    joined = splice([np.ones((1000, 1), np.float32), -np.ones((1000, 1), np.float32)], 16000)
    assert len(joined) == 2000
    assert np.abs(np.diff(joined[:, 0])).max() < 0.05


def test_pictures_can_be_read_in_any_order() -> None:
    take = scene(cuts=())
    clock = [(p[2:8, -8:-2].mean() - 16) / 3 for p in read(take, [5, 5, 3, 60])]
    assert clock == pytest.approx([5, 5, 3, 60], abs=0.2)


def test_other_footage_is_brought_to_size_rate_and_length() -> None:
    other = conform(scene(cuts=(), length=20, height=90), scene())
    assert Seen(other).pictures.shape == (75, 72, 128, 3)


def test_set_ups_cut_a_take_without_losing_time() -> None:
    take = scene(cuts=())
    cut = set_ups(take, np.random.default_rng(2), 4)
    assert len(cut.cuts) == 3
    assert (cut.length, cut.sound is take.sound) == (75, True)
    assert min(len(s) for s in cut.shots) >= 5
    assert np.array_equal(Seen(cut).pictures[0], Seen(take).pictures[0])
