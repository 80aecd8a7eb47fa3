"""Takes from files and files from takes, and set-ups: one continuous take cut as if several cameras had stood there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from evalverse.calibration.faults._dsp import score
from evalverse.calibration.faults._paint import framed
from evalverse.calibration.faults.take import RGB, Samples, Take, Trait, assemble, read
from evalverse.errors import MediaError, UsageError
from evalverse.settings import Settings
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import decode_sound

HEIGHT = 540
"""Pixels high at which faults are made: enough to see them, little enough for thousands of clips."""

CRF = 10
"""x264's constant rate factor: no difference can be seen, and fine faults survive."""

SIZES = (1.0, 1.5, 1.15, 1.9)
"""Enlargements of the set-ups, in turn."""

BLACK = 24
"""Code value up to which an edge is a bar."""

MASTER_RATE = 30
"""Frames per second at most; faster footage is thinned evenly."""


def read_take(
    path: Path | str,
    start: float = 0.0,
    seconds: float | None = None,
    *,
    height: int = HEIGHT,
    cuts: tuple[float, ...] = (),
    traits: frozenset[Trait] = frozenset(),
    settings: Settings | None = None,
) -> Take:
    """The take at ``start`` of a clip, decoded anew at every run.

    Pictures are at most ``height`` high, of even size, at the clip's mean rate: at each tick the frame that is then on
    screen. Sound keeps up to two channels; more are mixed to one.

    Args:
        cuts: seconds at which the clip's shots begin.

    Raises:
        MediaError: unreadable, without picture, or nothing of it lies in the span.
    """
    clip = probe(path, settings)
    if clip.picture is None:
        raise MediaError(path, "has no picture to put faults into")
    begin = clip.picture.start + start
    end = min(begin + (seconds or clip.duration), clip.picture.start + clip.picture.duration)
    rate = clip.picture.rate.limit_denominator(1001)
    rate /= -(-rate // MASTER_RATE)  # thinned by a whole number
    length = int((end - begin) * rate + Fraction(1, 1000))
    first = next(iter(frames(clip, begin, end)), None)
    if first is None or length < 1:
        raise MediaError(path, f"has no picture from {start:g} s on")
    high, wide = (n - n % 2 for n in first.rgb(height).shape[:2])

    def pictures() -> Iterator[RGB]:
        shown, coming = None, frames(clip, begin, end)
        ahead = next(coming, None)
        for tick in range(length):
            while ahead is not None and (shown is None or ahead.time <= begin + tick / rate + Fraction(1, 1000)):
                shown, ahead = ahead, next(coming, None)
            assert shown is not None
            yield np.ascontiguousarray(shown.rgb(height)[:high, :wide])

    sound, sound_rate = _sound(clip, begin, float(length / rate))
    ticks = sorted({round((c - start) * rate) for c in cuts})
    return Take(
        rate=rate,
        width=wide,
        height=high,
        length=length,
        pictures=pictures,
        cuts=tuple(t for t in ticks if 0 < t < length),
        sound=sound,
        sound_rate=sound_rate,
        traits=traits,
    )


def _sound(clip: Clip, begin: float, seconds: float) -> tuple[Samples | None, int]:
    """(N, C) with C of 1 or 2, exactly ``seconds`` long from ``begin`` on, and its rate."""
    heard = decode_sound(clip)
    if heard is None:
        return None, 48000
    samples: Any = heard.samples if heard.samples.shape[1] <= 2 else heard.mono(heard.rate)[:, None]
    first, length = round((begin - heard.start) * heard.rate), round(seconds * heard.rate)
    part = np.zeros((length, samples.shape[1]), np.float32)
    inside = samples[max(0, first) : max(0, first + length)]
    into = max(0, -first)
    part[into : into + len(inside)] = inside[: max(0, length - into)]
    return part, heard.rate


def render(take: Take, path: Path, crf: int = CRF) -> Path:
    """Writes ``take`` as H.264 and, with sound, lossless ALAC (MP4); the same bytes each time.

    Sound over full scale is clipped, as any player would. The file appears under its name only when it is whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{os.getpid()}-{path.stem}.mp4")
    try:
        _encode(take, part, crf)
        return part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _encode(take: Take, path: Path, crf: int) -> None:
    with av.open(str(path), "w", format="mp4", container_options={"fflags": "+bitexact"}) as file:
        picture: Any = file.add_stream("libx264", rate=take.rate)
        picture.width, picture.height, picture.pix_fmt = take.width, take.height, "yuv420p"
        picture.codec_context.time_base = 1 / take.rate
        picture.thread_count = 1
        picture.options = {"preset": "veryfast", "crf": str(crf)}
        sound: Any = None
        if take.sound is not None:
            layout = "mono" if take.sound.shape[1] == 1 else "stereo"
            sound = file.add_stream("alac", rate=take.sound_rate, layout=layout, format="s16p")
        for index, rgb in enumerate(take.pictures()):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            frame.pts, frame.time_base = index, 1 / take.rate
            file.mux(picture.encode(frame))
        file.mux(picture.encode())
        if sound is not None and take.sound is not None:
            for at in range(0, len(take.sound), 4096):
                block = np.rint(np.clip(take.sound[at : at + 4096], -1, 1) * 32767).astype(np.int16)
                heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="s16p", layout=layout)
                heard.sample_rate, heard.pts, heard.time_base = take.sound_rate, at, Fraction(1, take.sound_rate)
                file.mux(sound.encode(heard))
            file.mux(sound.encode())


def set_ups(take: Take, rng: np.random.Generator, shots: int) -> Take:
    """One continuous take cut into ``shots`` set-ups of different size and length: picture and sound stay continuous.

    The honest way to a clean scene with cuts when the footage has none: each set-up sees the same action, the same
    people and the same light, nearer or wider.
    """
    share = rng.dirichlet(np.full(shots, 4.0)) * 0.7 + 0.3 / shots
    edges = np.rint(np.concatenate([[0], np.cumsum(share)]) * take.length).astype(int)
    return _cut_at(take, rng, edges[1:-1].tolist())


def set_ups_on_beats(take: Take, rng: np.random.Generator) -> Take:
    """Like :func:`set_ups`, every cut on a beat of a score that replaces the sound."""
    beat = round(0.5 * take.rate)  # whole frames, so that every beat begins with one
    music = score(rng, take.seconds, take.sound_rate, float(beat / take.rate))
    cuts, at = [], 0
    while True:
        at += beat * int(rng.integers(1, 4))
        if at >= take.length - beat // 2:
            break
        cuts.append(at)
    if not cuts:
        raise UsageError("a take of a second or less cannot be cut on beats")
    scored = replace(take, sound=music, traits=frozenset({Trait.SCORE}))
    return _cut_at(scored, rng, cuts).told(beat_seconds=float(beat / take.rate))


def _cut_at(take: Take, rng: np.random.Generator, cuts: list[int]) -> Take:
    """Cuts at the given frames; each shot a set-up of its own."""
    cuts = sorted({c for c in cuts if 0 < c < take.length})
    centre = (0.5 + rng.uniform(-0.03, 0.03), 0.44 + rng.uniform(-0.03, 0.03))
    zooms = [SIZES[k % len(SIZES)] for k in range(len(cuts) + 1)]

    def pictures() -> Iterator[RGB]:
        number = 0
        for index, rgb in enumerate(take.pictures()):
            number += number < len(cuts) and index >= cuts[number]
            yield framed(rgb, _within(centre, zooms[number]), zooms[number]) if zooms[number] > 1 else rgb

    return replace(take, pictures=pictures, cuts=tuple(sorted({*take.cuts, *cuts})))


def _within(centre: tuple[float, float], zoom: float) -> tuple[float, float]:
    """The centre moved so that the view does not reach beyond the picture."""
    half = 0.5 / zoom
    x, y = (float(np.clip(c, half, 1 - half)) for c in centre)
    return x, y


def without_bars(take: Take, looks: int = 6) -> Take:
    """The active picture alone: rows and columns at the edges that stay black all through are cropped."""
    at = np.linspace(0, take.length - 1, looks).astype(int).tolist()
    lightest = np.max([rgb.max(axis=2) for rgb in read(take, at)], axis=0)
    inside = [np.flatnonzero(np.percentile(lightest, 98, axis=axis) > BLACK) for axis in (1, 0)]
    if not all(len(i) for i in inside):
        return take  # black all over
    (top, bottom), (left, right) = ((int(i[0]), int(i[-1]) + 1) for i in inside)
    bottom -= (bottom - top) % 2
    right -= (right - left) % 2
    if (bottom - top, right - left) == (take.height, take.width):
        return take

    def pictures() -> Iterator[RGB]:
        return (np.ascontiguousarray(rgb[top:bottom, left:right]) for rgb in take.pictures())

    return replace(take, height=bottom - top, width=right - left, pictures=pictures)


def one_shot(take: Take) -> Take:
    """The longest shot of a take, by itself."""
    return assemble(take, [max(take.shots, key=len)])
