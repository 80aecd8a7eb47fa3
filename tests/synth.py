"""Clips and sounds whose truth is known, made from a seed: textures that move, tones, noise, speech-like sound.

Everything here is deterministic. Pictures are (H, W, 3) uint8 RGB, sound is (N, C) float32 in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
Samples = NDArray[np.float32]


def write_clip(
    path: Path | str,
    frames: Iterable[RGB] | None,
    rate: Fraction | int = Fraction(25),
    sound: Samples | None = None,
    sound_rate: int = 48000,
    codec: str = "libx264",
    crf: int = 10,
    sound_codec: str | None = None,
    pixel_format: str | None = None,
    times: Sequence[Fraction] | None = None,
    tune: Callable[[Any], None] | None = None,
    **options: Any,
) -> Path:
    """Writes a clip and returns its path; the container follows the suffix.

    Args:
        frames: pictures of one size, or None for a clip without picture; (H, W, 4) RGBA for a codec with transparency.
        sound: (N, C) or (N,) float32; C of 1, 2 or 6 (5.1).
        sound_codec: "aac" by default, 32-bit float PCM in .mkv and .mov, 16-bit PCM in .wav.
        pixel_format: "yuv420p" by default; "yuv444p" for odd sizes.
        times: presentation times in seconds, one per frame (variable frame rate); ``rate`` counts otherwise.
        tune: called with the picture stream before encoding: pixel aspect, colour tags, rotation.
        options: further options of the picture's encoder, e.g. ``preset="ultrafast"``.
    """
    path, rate = Path(path), Fraction(rate)
    with av.open(str(path), "w") as container:
        pictures = iter(frames if frames is not None else ())
        first = next(pictures, None)
        video = None
        if first is not None:
            video = container.add_stream(codec, rate=rate)
            video.height, video.width = first.shape[:2]
            odd = video.width % 2 or video.height % 2
            video.pix_fmt = pixel_format or ("yuv444p" if odd else "yuv420p")
            base = Fraction(1, 90000) if times is not None else 1 / rate
            video.codec_context.time_base = base
            rated = {"crf": str(crf)} if codec in ("libx264", "libx265", "libvpx-vp9") else {}
            video.options = {"preset": "veryfast", **rated, **{k: str(v) for k, v in options.items()}}
            if tune is not None:
                tune(video)
        audio: Any = None
        if sound is not None:
            sound = sound[:, None] if sound.ndim == 1 else sound
            default = {".wav": "pcm_s16le", ".mkv": "pcm_f32le", ".mov": "pcm_f32le"}.get(path.suffix, "aac")
            layout = {1: "mono", 2: "stereo", 6: "5.1"}[sound.shape[1]]
            audio = container.add_stream(sound_codec or default, rate=sound_rate, layout=layout)
        if video is not None:
            index = 0
            while first is not None:
                layer = "rgba" if first.shape[2] == 4 else "rgb24"
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(first), format=layer)
                # left to itself the encoder converts on several threads, and not always to the same pixels
                frame = frame.reformat(format=video.pix_fmt, threads=1)
                frame.time_base = base
                frame.pts = index if times is None else round(times[index] / base)
                container.mux(video.encode(frame))
                first, index = next(pictures, None), index + 1
            container.mux(video.encode())
        if sound is not None:
            for start in range(0, len(sound), 1024):
                block = np.ascontiguousarray(sound[start : start + 1024].T, np.float32)
                piece = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
                piece.sample_rate, piece.time_base, piece.pts = sound_rate, Fraction(1, sound_rate), start
                container.mux(audio.encode(piece))
            container.mux(audio.encode())
    return path


# pictures


def gradient_noise(seed: int, height: int, width: int, coarsest: int = 4, octaves: int = 3) -> RGB:
    """A smooth random colour texture (height, width, 3); ``coarsest`` cells across its height, then finer octaves."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(octaves):
        rows = coarsest * 2**octave + 1
        grid = rng.normal(0, 0.5**octave, (rows, max(2, round(rows * width / height)), 3)).astype(np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    mean = rng.uniform(70, 185, 3)  # each texture has a tint of its own, as shots of a film do
    return np.clip(total * 38 + mean, 0, 255).astype(np.uint8)


def travel(
    seed: int,
    count: int,
    height: int = 90,
    width: int = 160,
    pan: tuple[float, float] = (1.0, 0.0),
    zoom: float = 1.0,
    **texture: Any,
) -> Iterator[RGB]:
    """``count`` frames of a camera over one texture: ``pan`` pixels (x, y) and a factor ``zoom`` per frame."""
    texture_at = gradient_noise(seed, height * 3, width * 3, **{"coarsest": 12, **texture})
    for index in range(count):
        scale = zoom**index
        matrix = np.array(
            [
                [scale, 0, width / 2 - scale * (1.5 * width + pan[0] * (index - count / 2))],
                [0, scale, height / 2 - scale * (1.5 * height + pan[1] * (index - count / 2))],
            ]
        )
        flags = cv2.INTER_LINEAR
        yield np.asarray(
            cv2.warpAffine(texture_at, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT), np.uint8
        )


def flat(count: int, colour: tuple[int, int, int] = (0, 0, 0), height: int = 90, width: int = 160) -> Iterator[RGB]:
    """``count`` frames of one colour."""
    for _ in range(count):
        yield np.full((height, width, 3), colour, np.uint8)


# sound


def tone(hz: float, seconds: float, rate: int = 48000, level: float = -20.0, channels: int = 1) -> Samples:
    """A sine (N, channels) whose peak is at ``level`` dBFS."""
    t = np.arange(round(seconds * rate)) / rate
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * hz * t)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def noise(seed: int, seconds: float, rate: int = 48000, level: float = -40.0, channels: int = 1) -> Samples:
    """White noise (N, channels) whose RMS is ``level`` dBFS; channels are independent."""
    rng = np.random.default_rng(seed)
    return (10 ** (level / 20) * rng.standard_normal((round(seconds * rate), channels))).astype(np.float32)


def speech_like(seed: int, seconds: float, rate: int = 48000, level: float = -20.0, channels: int = 1) -> Samples:
    """Speech-like sound (N, channels): a wavering pulse train through moving formants, in syllables and phrases.

    Not speech; it has speech's pitch, formants, syllable rate (3 to 6 a second) and pauses (about a fifth of the
    time). ``level`` is the RMS in dBFS while it sounds.
    """
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    total = np.zeros(round(seconds * rate), np.float32)
    position, pitch = 0, rng.uniform(95, 210)
    while position < len(total):
        for _ in range(rng.integers(5, 12)):  # one phrase of syllables
            length = round(rng.uniform(0.16, 0.3) * rate)
            bend = pitch * 2 ** (np.linspace(*rng.uniform(-0.25, 0.25, 2), length))
            phase = np.cumsum(bend / rate) % 1
            source = np.diff((phase < 0.1).astype(float), prepend=0) + 0.02 * rng.standard_normal(length)
            for formant, width in zip(rng.uniform((300, 900, 2200), (800, 2000, 3000)), (80, 110, 160), strict=True):
                radius = np.exp(-np.pi * width / rate)
                source = lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * formant / rate), radius**2], source)
            syllable = source * np.sin(np.pi * np.linspace(0, 1, length)) ** 0.7
            syllable *= 10 ** ((level + rng.uniform(-3, 3)) / 20) / np.sqrt(np.mean(syllable**2))
            place = total[position : position + length]
            place += syllable[: len(place)].astype(np.float32)
            position += length
        position += round(rng.uniform(0.25, 0.5) * rate)
    return np.repeat(np.clip(total, -1, 1)[:, None], channels, axis=1)
