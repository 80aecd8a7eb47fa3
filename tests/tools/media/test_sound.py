"""Sound against tones and clicks whose place, level and length are known."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import Any

import av
import numpy as np
import pytest

from evalverse.tools.media.lost import Lost
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Samples, Sound, _floats, _Piece, _pieces, _placed, decode_sound
from tests.synth import flat, noise, tone, write_clip

RATE = 48000


def heard(path: Path) -> Sound:
    sound = decode_sound(probe(path))
    assert sound is not None
    return sound


def write_pieces(path: Path, pieces: Sequence[tuple[float, Samples]], codec: str = "pcm_s16le") -> Path:
    """Mono sound whose blocks carry the time stamps given (seconds), gaps and overlaps included."""
    with av.open(str(path), "w") as container:
        picture: Any = container.add_stream("mpeg4", rate=25)
        picture.width = picture.height = 64
        audio: Any = container.add_stream(codec, rate=RATE, layout="mono")
        for shot in flat(25, (90, 90, 90), 64, 64):
            container.mux(picture.encode(av.VideoFrame.from_ndarray(shot, format="rgb24")))
        container.mux(picture.encode())
        for seconds, samples in pieces:
            whole = (samples.reshape(1, -1) * 32767).astype(np.int16)
            for at in range(0, whole.shape[1], 1200):
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(whole[:, at : at + 1200]), "s16", "mono")
                frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
                frame.pts = round(seconds * RATE) + at
                container.mux(audio.encode(frame))
        container.mux(audio.encode())
    return path


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def test_pcm_comes_back_sample_by_sample(tmp_path: Path) -> None:
    written = noise(3, 0.5, RATE, level=-20, channels=2)
    sound = heard(write_clip(tmp_path / "a.wav", None, sound=written))
    assert (sound.rate, sound.layout, sound.start) == (RATE, "stereo", 0.0)
    assert sound.samples.shape == written.shape and sound.samples.dtype == np.float32
    assert np.abs(sound.samples - written).max() <= 1.5 / 32768


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".webm", "libopus"), (".mp3", "libmp3lame")])
def test_coded_sound_keeps_its_place_and_level(tmp_path: Path, suffix: str, codec: str) -> None:
    written = np.zeros((RATE, 1), np.float32)
    written[RATE // 2 :] = tone(440, 0.5, RATE, level=-12)
    picture = None if suffix == ".mp3" else flat(25, (90, 90, 90), 64, 64)
    coder = "libvpx-vp9" if suffix == ".webm" else "libx264"
    path = write_clip(tmp_path / f"a{suffix}", picture, sound=written, sound_codec=codec, codec=coder)
    sound = heard(path)
    wave = sound.samples[:, 0]
    begins = np.flatnonzero(np.abs(wave) > 0.1)[0] / sound.rate + sound.start
    # coders smear a start by some milliseconds, and containers round to a millisecond
    assert begins == pytest.approx(0.5, abs=0.012 if suffix != ".mp3" else 0.035)
    inside = wave[round(0.6 * RATE) : round(0.9 * RATE)]
    assert 20 * np.log10(rms(inside) * np.sqrt(2)) == pytest.approx(-12, abs=0.5)


def test_clip_without_sound_has_none(tmp_path: Path) -> None:
    clip = probe(write_clip(tmp_path / "a.mp4", flat(3, (90, 90, 90), 64, 64)))
    assert clip.sound is None and decode_sound(clip) is None


def test_sound_that_starts_late_says_so(tmp_path: Path) -> None:
    clip = probe(write_pieces(tmp_path / "a.mkv", [(0.4, tone(440, 0.4, RATE))]))
    assert clip.picture is not None and clip.sound is not None
    assert clip.picture.start == 0.0
    sound = decode_sound(clip)
    assert sound is not None
    assert sound.start == pytest.approx(0.4, abs=0.001) == clip.sound.start
    assert sound.seconds == pytest.approx(0.4, abs=0.001)


def test_a_gap_is_silence_and_what_follows_is_in_its_place(tmp_path: Path) -> None:
    sound = heard(write_pieces(tmp_path / "a.mkv", [(0.0, tone(440, 0.2, RATE)), (0.7, tone(440, 0.2, RATE))]))
    assert sound.seconds == pytest.approx(0.9, abs=0.002)
    assert not sound.samples[round(0.21 * RATE) : round(0.69 * RATE)].any()
    assert rms(sound.samples[round(0.71 * RATE) : round(0.89 * RATE)]) > 0.05


def test_an_overlap_is_trimmed() -> None:
    ramp = np.arange(1000, dtype=np.float32)[:, None]
    spans = ((0, 400), (300, 700))
    first, second = (_Piece(ramp[a:b], 1000, "mono", Fraction(5) + Fraction(a, 1000)) for a, b in spans)
    placed = np.concatenate(list(_placed(first, [second], Fraction(5), longest=10.0)))
    assert np.array_equal(placed, ramp[:700])


def test_one_lost_packet_is_filled_and_rounded_stamps_are_not() -> None:
    def piece(seconds: float) -> _Piece:
        return _Piece(np.ones((1024, 1), np.float32), RATE, "mono", Fraction(seconds))

    rounded = [piece(round(i * 1024 / RATE, 3)) for i in range(50)]
    assert sum(len(b) for b in _placed(rounded[0], rounded[1:], Fraction(0), 10.0)) == 50 * 1024
    lost = [p for i, p in enumerate(rounded) if i != 20]
    assert sum(len(b) for b in _placed(lost[0], lost[1:], Fraction(0), 10.0)) == pytest.approx(50 * 1024, abs=48)


def test_a_stamp_beyond_the_clip_does_not_make_silence_without_end() -> None:
    far = _Piece(np.ones((10, 1), np.float32), RATE, "mono", Fraction(10**9))
    assert sum(len(b) for b in _placed(far, [far], Fraction(0), longest=2.0)) == 20


def test_damaged_packets_are_passed_over_and_leave_silence(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", flat(50, (90, 90, 90), 64, 64), sound=tone(440, 2.0))
    whole = heard(path)
    data = bytearray(path.read_bytes())
    packets = []
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(audio=0) if p.size]
    for pos, size in packets[30:60]:
        data[pos : pos + size] = b"\xff" * size
    path.write_bytes(data)
    hurt = heard(path)
    assert hurt.lost.errors > 0 and hurt.lost.words
    assert hurt.seconds == pytest.approx(whole.seconds, abs=0.05)
    gap, rest = slice(35 * 1024, 55 * 1024), slice(70 * 1024, 90 * 1024)
    assert rms(hurt.samples[gap]) < 0.1 * rms(whole.samples[gap])
    assert np.allclose(hurt.samples[rest], whole.samples[rest], atol=1e-3)


def test_mono_averages_without_clipping_and_without_the_low_frequency_channel(tmp_path: Path) -> None:
    stereo = tone(440, 0.3, RATE, level=0, channels=2)
    mono = heard(write_clip(tmp_path / "a.wav", None, sound=stereo)).mono(RATE)
    assert mono.shape == (len(stereo),) and np.abs(mono).max() <= 1
    assert np.abs(mono - stereo[:, 0]).max() < 1e-4
    surround = np.zeros((RATE // 4, 6), np.float32)
    surround[:, 3] = 0.5  # the fourth channel of 5.1 is the low-frequency one
    surround[:, 2] = 0.5
    mono = heard(write_clip(tmp_path / "b.wav", None, sound=surround)).mono(RATE)
    assert mono == pytest.approx(0.1, abs=1e-3)


def test_resampling_keeps_time_level_and_length_and_removes_what_does_not_fit(tmp_path: Path) -> None:
    written = np.zeros((RATE, 1), np.float32)
    written[RATE // 2] = 1.0
    click = heard(write_clip(tmp_path / "a.wav", None, sound=written)).mono(16000)
    assert len(click) == 16000
    assert abs(int(np.argmax(np.abs(click))) - 8000) <= 1
    low = heard(write_clip(tmp_path / "b.wav", None, sound=tone(1000, 1, RATE, level=-6))).mono(16000)
    assert rms(low[1000:-1000]) == pytest.approx(10 ** (-6 / 20) / np.sqrt(2), rel=0.01)
    high = heard(write_clip(tmp_path / "c.wav", None, sound=tone(11000, 1, RATE, level=-6))).mono(16000)
    assert rms(high[1000:-1000]) < 0.005


def test_samples_are_a_read_only_map_of_a_file_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    sound = heard(write_clip(tmp_path / "a.wav", None, sound=tone(440, 0.2)))
    assert isinstance(sound.samples, np.memmap) and not sound.samples.flags.writeable
    assert isinstance(sound.mono(8000), np.memmap)
    assert not list((tmp_path / "temp").iterdir())


def test_mono_is_made_once_for_all_threads(tmp_path: Path) -> None:
    sound = heard(write_clip(tmp_path / "a.wav", None, sound=tone(440, 1.0)))
    got: list[Samples] = []
    threads = [Thread(target=lambda: got.append(sound.mono(16000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4 and all(g is got[0] for g in got)


@pytest.mark.parametrize(
    ("fmt", "dtype", "full"), [("u8", np.uint8, 255), ("s16", np.int16, 32767), ("s32", np.int32, 2**31 - 1)]
)
@pytest.mark.parametrize("planar", [False, True])
def test_integer_formats_are_scaled_to_one(fmt: str, dtype: Any, full: int, planar: bool) -> None:
    left, right = np.full(8, full, dtype), np.zeros(8, dtype) + (128 if fmt == "u8" else 0)
    data = np.stack([left, right]) if planar else np.stack([left, right], 1).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), fmt + "p" * planar, "stereo")
    found = _floats(frame)
    assert found.shape == (8, 2) and found.dtype == np.float32
    assert found[:, 0] == pytest.approx(1, abs=0.01) and not found[:, 1].any()


def test_what_is_not_a_number_is_silence() -> None:
    data = np.array([[0.5, np.nan, np.inf, -np.inf]], np.float32)
    found = _floats(av.AudioFrame.from_ndarray(data, "fltp", "mono"))
    assert found[:, 0].tolist() == [0.5, 0.0, 0.0, 0.0]


def test_a_change_of_rate_and_channels_in_mid_stream_is_brought_to_the_first() -> None:
    def frame(rate: int, layout: str, seconds: float) -> Any:
        samples = tone(440, 0.1, rate, channels=2 if layout == "stereo" else 1)
        made = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), "fltp", layout)
        made.sample_rate, made.time_base, made.pts = rate, Fraction(1, rate), round(seconds * rate)
        return made

    frames = [frame(RATE, "stereo", 0), *(frame(24000, "mono", 0.1 + 0.1 * i) for i in range(5))]
    pieces = list(_pieces(frames, Lost()))
    assert {p.samples.shape[1] for p in pieces} == {2}
    assert sum(len(p.samples) for p in pieces) == pytest.approx(0.6 * RATE, abs=0.002 * RATE)


def test_real_speech(shared: Path) -> None:
    clip = probe(shared / "film" / "sintel.mp4")
    sound = decode_sound(clip)
    assert sound is not None and clip.sound is not None
    assert sound.samples.shape == (pytest.approx(clip.sound.duration * RATE, abs=2048), 2)
    assert 0.01 < rms(sound.mono()) < 0.5 and not sound.lost
