"""Frames against clips whose every picture and time is known: formats, orientation, damage, limits."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import av
import numpy as np
import pytest

from evalverse.tools.media import source
from evalverse.tools.media.decode import Lost, frames
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.probe import probe
from tests.synth import flat, gradient_noise, noise, write_clip
from tests.tools.media._levels import level, levels

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (255, 255, 0), (0, 255, 255)]


def colours(count: int, height: int = 64, width: int = 96, alpha: int | None = None) -> Iterator[RGB]:
    """Frame i is all COLOURS[i % 7]."""
    for i in range(count):
        colour = COLOURS[i % 7] if alpha is None else (*COLOURS[i % 7], alpha)
        yield np.full((height, width, len(colour)), colour, np.uint8)


def numbers(found: list[Frame]) -> list[int]:
    """Which of COLOURS each frame shows."""
    means = [frame.rgb().reshape(-1, 3).mean(axis=0) for frame in found]
    return [int(np.argmin([np.abs(mean - np.array(c)).max() for c in COLOURS])) for mean in means]


def encoder(name: str) -> str:
    try:
        av.codec.Codec(name, "w")
    except ValueError:
        pytest.skip(f"this build of PyAV has no encoder {name}")
    return name


FORMATS = [
    ("h264.mp4", {"codec": "libx264"}, ("h264", 8)),
    ("h264.mkv", {"codec": "libx264", "bf": 3}, ("h264", 8)),
    ("h264.ts", {"codec": "libx264"}, ("h264", 8)),
    ("h264.avi", {"codec": "libx264", "bf": 2}, ("h264", 8)),
    ("h264.h264", {"codec": "libx264"}, ("h264", 8)),
    ("h264_10.mp4", {"codec": "libx264", "pixel_format": "yuv420p10le"}, ("h264", 10)),
    ("hevc.mp4", {"codec": "libx265", "preset": "ultrafast", "x265-params": "log-level=none"}, ("hevc", 8)),
    (
        "hevc_10.mp4",
        {"codec": "libx265", "preset": "ultrafast", "x265-params": "log-level=none", "pixel_format": "yuv420p10le"},
        ("hevc", 10),
    ),
    ("vp9.webm", {"codec": "libvpx-vp9"}, ("vp9", 8)),
    ("av1.mp4", {"codec": "libsvtav1", "preset": "10", "svtav1-params": "lp=1"}, ("av1", 8)),
    ("prores.mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}, ("prores", 10)),
    ("mjpeg.avi", {"codec": "mjpeg", "pixel_format": "yuvj420p"}, ("mjpeg", 8)),
    ("full.mp4", {"codec": "libx264", "pixel_format": "yuvj420p"}, ("h264", 8)),
    ("png.mov", {"codec": "png", "pixel_format": "rgb24"}, ("png", 8)),
    ("film.gif", {"codec": "gif", "pixel_format": "rgb8"}, ("gif", 8)),
    ("film.apng", {"codec": "apng", "pixel_format": "rgb24"}, ("apng", 8)),
]


@pytest.mark.parametrize(("name", "how", "truth"), FORMATS, ids=[f[0] for f in FORMATS])
def test_every_format_gives_the_pictures_in_order_at_their_times(
    tmp_path: Path, name: str, how: dict[str, Any], truth: tuple[str, int]
) -> None:
    encoder(how["codec"])
    clip = probe(write_clip(tmp_path / name, colours(9), rate=20, **how))
    assert clip.picture is not None
    assert (clip.picture.width, clip.picture.height) == (96, 64)
    assert truth[0] in clip.picture.codec or clip.picture.codec == "libdav1d"
    assert clip.picture.bit_depth == truth[1]
    assert clip.picture.rate == 20 and clip.picture.frames == 9
    assert clip.picture.duration == pytest.approx(0.45, abs=0.002)
    stream = frames(clip)
    found = list(stream)
    assert numbers(found) == [i % 7 for i in range(9)]
    assert [f.index for f in found] == list(range(9))
    # Matroska counts milliseconds, GIF hundredths; 1/20 s is exact in both
    assert [f.time for f in found] == [Fraction(i, 20) for i in range(9)]
    assert not stream.lost and stream.lost.words == "" and stream.lost.decoded == 9


UNUSUAL = [
    *(("a.mkv", "ffv1", pixels) for pixels in ("gray", "gray10le", "yuv444p", "yuv444p12le")),
    *(("a.nut", "rawvideo", pixels) for pixels in ("gray", "gray10le", "monob", "yuv444p", "yuv444p12le", "gbrp")),
    *(("a.mp4", "libx264", pixels) for pixels in ("gray", "yuv444p")),
]


@pytest.mark.parametrize(("name", "codec", "pixel_format"), UNUSUAL)
def test_unusual_pixel_formats_at_odd_sizes(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    white = np.concatenate([np.zeros((33, 20, 3), np.uint8), np.full((33, 17, 3), 255, np.uint8)], axis=1)
    clip = probe(write_clip(tmp_path / name, [white] * 3, codec=codec, pixel_format=pixel_format))
    assert clip.picture is not None and (clip.picture.width, clip.picture.height) == (37, 33)
    found = next(frames(clip)).rgb()
    assert found.shape == (33, 37, 3)
    assert found[:, :18].max() < 12 and found[:, 22:].min() > 243


def test_pictures_are_those_that_were_written(tmp_path: Path) -> None:
    truth = gradient_noise(7, 90, 160)
    clip = probe(write_clip(tmp_path / "a.mov", [truth] * 2, codec="png", pixel_format="rgb24"))
    assert np.array_equal(next(frames(clip)).rgb(), truth)


TURNS = [(turn, flip) for turn in (0, 90, 180, 270) for flip in (False, True)]


@pytest.mark.parametrize(("turn", "flip"), TURNS)
def test_turned_and_mirrored_clips_are_upright(tmp_path: Path, turn: int, flip: bool) -> None:
    if not hasattr(av.video.stream.VideoStream, "set_display_rotation"):
        pytest.skip("this PyAV cannot write a rotation")
    truth = gradient_noise(2, 64, 96)
    # the file asks for a turn counter-clockwise, then a mirror
    expected = np.rot90(truth, turn // 90)
    expected = expected[:, ::-1] if flip else expected
    path = write_clip(
        tmp_path / "a.mov",
        [truth] * 3,
        codec="png",
        pixel_format="rgb24",
        tune=lambda s: s.set_display_rotation(turn, hflip=flip),
    )
    clip = probe(path)
    assert clip.picture is not None
    assert (clip.picture.height, clip.picture.width) == expected.shape[:2]
    assert (clip.picture.rotation, clip.picture.mirrored) == (-turn % 360, flip)
    assert bool(clip.notes) == (bool(turn) or flip)
    frame = next(frames(clip))
    assert np.array_equal(frame.rgb(), expected)
    assert frame.rgb(32).shape[0] == 32 and frame.rgb(32).flags.c_contiguous


@pytest.mark.parametrize(
    ("aspect", "size"), [(Fraction(2), (192, 64)), (Fraction(1, 2), (96, 128)), (Fraction(4, 3), (128, 64))]
)
def test_pixels_that_are_not_square_are_made_square(tmp_path: Path, aspect: Fraction, size: tuple[int, int]) -> None:
    def tune(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = aspect

    clip = probe(write_clip(tmp_path / "a.mp4", colours(3), tune=tune))
    assert clip.picture is not None and clip.picture.pixel_aspect == aspect
    assert (clip.picture.width, clip.picture.height) == size
    assert (clip.picture.coded_width, clip.picture.coded_height) == (96, 64)
    assert next(frames(clip)).rgb().shape == (size[1], size[0], 3)


def test_pixels_of_absurd_shape_are_not_believed(tmp_path: Path) -> None:
    def tune(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(40)

    clip = probe(write_clip(tmp_path / "a.mp4", colours(3), tune=tune))
    assert clip.picture is not None and (clip.picture.width, clip.picture.height) == (96, 64)
    assert any("not believed" in note for note in clip.notes)


VARIABLE = [Fraction(n, 100) for n in (0, 10, 50, 55, 100, 110, 200, 250)]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm"])
def test_a_variable_rate_keeps_its_times(tmp_path: Path, name: str) -> None:
    codec = "libvpx-vp9" if name == "a.webm" else "libx264"
    clip = probe(levels(tmp_path / name, 8, times=VARIABLE, codec=codec))
    found = list(frames(clip))
    assert [f.time for f in found] == VARIABLE
    assert [level(f) for f in found] == list(range(8))
    assert clip.picture is not None and clip.duration >= 2.5
    assert 2 < clip.picture.rate < 4


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_a_picture_that_starts_after_the_sound_keeps_its_offset(tmp_path: Path, name: str) -> None:
    times = [Fraction(1, 2) + Fraction(i, 25) for i in range(10)]
    clip = probe(levels(tmp_path / name, 10, times=times, sound=noise(1, 1.0), sound_codec="aac"))
    assert clip.picture is not None and clip.sound is not None
    assert clip.sound.start == 0
    # an encoder's first sound may lie one packet (21 ms) early
    assert clip.picture.start == pytest.approx(0.5, abs=0.022)
    found = list(frames(clip))
    assert found[0].seconds == clip.picture.start
    assert [level(f) for f in found] == list(range(10))
    assert np.allclose(np.diff([f.seconds for f in found]), 0.04, atol=1e-6)


# damage


def hurt(path: Path, how: str) -> Path:
    data = bytearray(path.read_bytes())
    size = len(data)
    if how == "half":
        data = data[: size // 2]
    elif how == "flips":
        for at in np.random.default_rng(0).integers(size // 5, size * 4 // 5, size // 200):
            data[at] ^= 0xFF
    else:
        data[size * 2 // 5 : size * 3 // 5] = bytes(size * 3 // 5 - size * 2 // 5)
    path.write_bytes(data)
    return path


DAMAGE = [
    (name, how)
    for name in ("a.mkv", "a.ts", "a.h264", "a.mov", "a.webm")
    for how in ("half", "flips", "zeros")
    if (name, how) != ("a.mov", "half")  # its index is at the end, so probe refuses it
]
MAY_BE_SILENT = {("a.mkv", "zeros"), ("a.webm", "zeros"), ("a.h264", "half"), ("a.ts", "half")}
"""Damage that may leave no trace: readers skip it, or the container declares no length."""


@pytest.mark.parametrize(("name", "how"), DAMAGE)
def test_a_damaged_clip_gives_what_decodes(tmp_path: Path, name: str, how: str) -> None:
    codec = {"a.webm": "libvpx-vp9", "a.mov": "prores_ks"}.get(name, "libx264")
    pixels = "yuv422p10le" if name == "a.mov" else None
    pictures = (np.roll(gradient_noise(5, 90, 160), 3 * i, axis=1) for i in range(40))
    path = write_clip(tmp_path / name, pictures, codec=codec, pixel_format=pixels, g=10)
    clip = probe(hurt(path, how))
    stream = frames(clip)
    found = list(stream)
    assert 10 <= len(found) <= 40
    times = [f.time for f in found]
    assert all(a < b for a, b in pairwise(times))
    assert all(f.rgb().shape == (90, 160, 3) for f in found)
    assert bool(stream.lost) == bool(stream.lost.words)
    assert stream.lost or (name, how) in MAY_BE_SILENT


def test_a_clip_cut_short_says_how_much_is_missing(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.mkv", colours(100), rate=25, g=10)
    clip = probe(hurt(whole, "half"))
    stream = frames(clip)
    held = sum(1 for _ in stream) / 25
    assert stream.lost.missing_seconds == pytest.approx(4 - held, abs=0.1)
    assert clip.missing == pytest.approx(4 - clip.duration, abs=0.1)
    assert any("cut short" in note for note in clip.notes)


def test_a_hopeless_stream_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "ERRORS_IN_A_ROW", 3)
    pictures = (gradient_noise(i, 90, 160) for i in range(30))
    clip = probe(hurt(write_clip(tmp_path / "a.mov", pictures, codec="prores_ks", pixel_format="yuv422p10le"), "zeros"))
    stream = frames(clip)
    assert sum(1 for _ in stream) < 20
    assert stream.lost.gave_up and "stopped" in stream.lost.words


class FailingReader:
    """A container whose reader fails after ``count`` packets, and from then on."""

    def __init__(self, container: Any, count: int) -> None:
        self.container, self.left = container, count

    def demux(self, stream: Any) -> Iterator[Any]:
        for packet in self.container.demux(stream):
            if self.left == 0:
                raise av.error.InvalidDataError(1, "broken")
            self.left -= 1
            yield packet


def test_a_reader_that_fails_for_good_ends_with_all_that_was_read(tmp_path: Path) -> None:
    path = levels(tmp_path / "a.mp4", 30, bf=3)
    with av.open(str(path)) as container:
        lost = Lost()
        stream = container.streams.video[0]
        found = list(source.decoded(FailingReader(container, 20), stream, lost))  # type: ignore[arg-type]
    assert len(found) == 20 and lost.errors == 2
    assert all(source.stamp(f) is not None for f in found)


def test_a_clock_that_starts_anew_goes_on(tmp_path: Path) -> None:
    part = levels(tmp_path / "part.ts", 30, rate=10).read_bytes()
    (tmp_path / "joined.ts").write_bytes(part + part)
    found = list(frames(probe(tmp_path / "joined.ts")))
    assert [level(f) for f in found] == [*range(30), *range(30)]
    assert np.allclose(np.diff([f.seconds for f in found]), 0.1, atol=0.001)


def test_a_picture_that_grows_in_mid_stream_is_scaled_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = write_clip(tmp_path / "s.h264", colours(10)).read_bytes()
    large = write_clip(tmp_path / "l.h264", colours(10, 256, 384)).read_bytes()
    (tmp_path / "a.h264").write_bytes(small + large)
    clip = probe(tmp_path / "a.h264")
    found = list(frames(clip))
    assert len(found) == 20 and {f.rgb().shape for f in found} == {(64, 96, 3)}
    monkeypatch.setenv("EVALVERSE_MAX_PIXELS", str(96 * 64))
    stream = frames(clip)
    assert 8 <= len(list(stream)) <= 10 and stream.lost.errors > 0  # the last of the small ones may be in flight


# frames


def test_no_picture_no_frames(tmp_path: Path) -> None:
    assert not list(frames(probe(write_clip(tmp_path / "a.wav", None, sound=noise(1, 0.1)))))


def test_frames_are_let_go_when_the_reader_moves_on(tmp_path: Path) -> None:
    seen: list[weakref.ref[Frame]] = []
    for frame in frames(probe(write_clip(tmp_path / "a.mp4", colours(20)))):
        frame.rgb()
        seen.append(weakref.ref(frame))
    del frame
    gc.collect()
    assert not [r for r in seen if r() is not None]


def test_views_are_made_once_for_all_threads_and_are_read_only(tmp_path: Path) -> None:
    frame = next(frames(probe(write_clip(tmp_path / "a.mp4", colours(2)))))
    got: list[RGB] = []
    threads = [Thread(target=lambda: got.append(frame.rgb(32))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4 and all(g is got[0] for g in got) and not got[0].flags.writeable
    assert frame.grey(32).shape == (32, 48)
    assert frame.rgb(9999).shape == (64, 96, 3)


def test_the_same_clip_gives_the_same_pixels(tmp_path: Path) -> None:
    clip = probe(write_clip(tmp_path / "a.mp4", (gradient_noise(i, 90, 160) for i in range(12))))
    once, twice = ([f.rgb(45).tobytes() for f in frames(clip)] for _ in range(2))
    assert once == twice


def test_real_footage(shared: Path) -> None:
    clip = probe(shared / "film" / "sintel.mp4")
    stream = frames(clip, 10.0, 12.0)
    found = list(stream)
    assert len(found) == 51  # the frame on screen at 10.0 and the 50 that begin in the span
    assert found[0].time <= 10 < found[1].time and found[-1].time < 12
    whole = next(f for f in frames(clip) if f.time == found[7].time)
    assert np.array_equal(whole.rgb(120), found[7].rgb(120))
    assert whole.index == found[7].index or abs(whole.index - found[7].index) <= 1


@pytest.mark.parametrize("grey", [0, 20, 77, 120, 180, 255])
@pytest.mark.parametrize(("name", "codec", "pixels"), [("a.mov", "png", "rgb24"), ("a.mp4", "libx264", "yuv444p")])
def test_a_flat_grey_is_exact_at_every_height(tmp_path: Path, name: str, codec: str, pixels: str, grey: int) -> None:
    path = write_clip(tmp_path / name, flat(2, (grey,) * 3, 90, 161), codec=codec, pixel_format=pixels, crf=0)
    frame = next(frames(probe(path)))
    for height in (None, 64, 33, 2):
        # limited range has 220 levels for 256, and encoding rounded once already
        assert np.abs(frame.rgb(height).astype(int) - grey).max() <= (0 if codec == "png" else 1)
