"""The sound of a clip as arrays, decoded once into a memory-mapped file so that memory stays flat."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from tempfile import TemporaryFile
from threading import Lock
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.clip import Clip
from evalverse.tools.media.lost import Lost
from evalverse.tools.media.source import RESTART, decoded, layout_name, open_media, stamp

Samples = NDArray[np.float32]

BLOCK = 1 << 16
"""Samples handled at a time."""

SLACK = 0.012
"""Seconds by which time stamps may differ from the count of samples: containers round them.

Shorter than one lost AAC packet (21 ms at 48 kHz), so that even that is filled."""
AHEAD = 2.0
"""Seconds of stamps that are read ahead to tell jitter from loss."""


@dataclass(frozen=True)
class Sound:
    """Decoded sound on the clip's timeline: sample 0 is at ``start`` seconds.

    ``samples`` is (N, C) float32 in [-1, 1] at ``rate`` Hz with the stream's own channels; a read-only memory map of a
    nameless temporary file, which is gone with the object. Float formats may exceed [-1, 1], as they are stored.
    """

    samples: Samples
    rate: int
    layout: str
    start: float
    lost: Lost = field(default_factory=Lost)
    _mono: dict[int, Samples] = field(default_factory=dict, repr=False, compare=False)
    _lock: Any = field(default_factory=Lock, repr=False, compare=False)

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def mono(self, rate: int = 16000) -> Samples:
        """(N,) float32, all channels averaged, band-limited and resampled to ``rate``; made once. Thread-safe.

        The average cannot clip. The low-frequency channel of surround sound is left out (ITU-R BS.775).
        """
        with self._lock:
            if rate not in self._mono:
                self._mono[rate] = self._resampled(rate)
            return self._mono[rate]

    def _resampled(self, rate: int) -> Samples:
        heard = [i for i, c in enumerate(av.AudioLayout(self.layout).channels) if not c.name.startswith("LFE")]
        columns = heard if 0 < len(heard) < self.samples.shape[1] else slice(None)
        blocks: Iterable[Samples] = (
            self.samples[at : at + BLOCK, columns].mean(axis=1, dtype=np.float32)
            for at in range(0, len(self.samples), BLOCK)
        )
        if rate != self.rate:
            blocks = _resample(blocks, self.rate, rate)
        return _on_disk(blocks, (), round(len(self.samples) * rate / self.rate))


def decode_sound(clip: Clip) -> Sound | None:
    """The sound of ``clip``, or None without an audio stream (or when nothing of it decodes).

    Damaged packets are passed over; the time that they leave empty is silence. Overlapping packets are trimmed.
    """
    if clip.sound is None:
        return None
    lost = Lost()
    with open_media(clip.path) as container:
        pieces = _pieces(decoded(container, container.streams[clip.sound.index], lost), lost)
        first = next(pieces, None)
        if first is None:
            return None
        begin = clip.origin if first.time is None else first.time
        samples = _on_disk(_placed(first, pieces, begin, clip.duration), (first.samples.shape[1],))
    return Sound(samples, first.rate, first.layout, float(begin - clip.origin), lost)


@dataclass
class _Piece:
    """(n, C) float32 with the time of its first sample on the container's clock."""

    samples: Samples
    rate: int
    layout: str
    time: Fraction | None


def _pieces(frames: Iterable[Any], lost: Lost) -> Iterator[_Piece]:
    """Decoded frames as floats; what changes rate or layout in mid-stream is brought to that of the first."""
    first: _Piece | None = None
    changed: tuple[int, str, str] | None = None
    resampler: Any = None
    for frame in frames:
        rate, layout = frame.sample_rate, layout_name(frame)
        if first is None or (rate, layout) == (first.rate, first.layout):
            piece = _Piece(_floats(frame), rate, layout, stamp(frame))
            first = first or piece
            yield piece
            continue
        if changed != (rate, layout, frame.format.name):
            changed = (rate, layout, frame.format.name)
            resampler = av.AudioResampler("fltp", first.layout, first.rate)
        try:
            found = resampler.resample(frame)
        except (av.FFmpegError, ValueError):  # a layout that cannot be mixed to the first
            lost.errors += 1
            continue
        for brought in found:
            yield _Piece(_floats(brought), first.rate, first.layout, stamp(frame))


def _floats(frame: Any) -> Samples:
    """(n, C) float32; integer formats are scaled so that full scale is 1."""
    raw = frame.to_ndarray()
    raw = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    samples: Samples = raw.astype(np.float32)
    if raw.dtype == np.uint8:
        samples -= 128
        return samples / np.float32(128)
    if raw.dtype.kind == "i":
        return samples / np.float32(2 ** (8 * raw.dtype.itemsize - 1))
    return np.nan_to_num(samples, posinf=0, neginf=0)


def _placed(first: _Piece, rest: Iterable[_Piece], begin: Fraction, longest: float) -> Iterator[Samples]:
    """Blocks of samples without gap or overlap, so that sample n is at ``begin`` + n / rate.

    Stamps jitter; only where all of the next seconds are late is something missing, only where all are early does
    something overlap. A stamp that stumbles and comes back moves nothing.
    """
    rate, channels = first.rate, first.samples.shape[1]
    shift = 0  # samples of silence put in, less those taken out
    for piece, near, far in _late(chain([first], rest), begin, rate, longest):
        samples = piece.samples
        if near - shift > SLACK * rate:
            for at in range(0, near - shift, BLOCK):
                yield np.zeros((min(BLOCK, near - shift - at), channels), np.float32)
            shift = near
        elif far - shift < -SLACK * rate:
            kept = samples[shift - far :]
            shift -= len(samples) - len(kept)
            samples = kept
        yield samples


def _late(pieces: Iterable[_Piece], begin: Fraction, rate: int, longest: float) -> Iterator[tuple[_Piece, int, int]]:
    """Each piece with the least and the most by which it and those of the next :data:`AHEAD` seconds are late.

    Lateness is in samples, against all pieces laid end to end. A piece without a stamp, or with one that starts anew,
    counts as late as the one before.
    """
    waiting: deque[tuple[_Piece, int]] = deque()
    counted = held = last = 0
    for piece in pieces:
        late = last if piece.time is None else round((piece.time - begin) * rate) - counted
        last = late if -RESTART * rate <= late - last <= longest * rate else last
        waiting.append((piece, last))
        counted += len(piece.samples)
        held += len(piece.samples)
        while held > AHEAD * rate and len(waiting) > 1:
            yield waiting[0][0], min(n for _, n in waiting), max(n for _, n in waiting)
            held -= len(waiting.popleft()[0].samples)
    while waiting:
        yield waiting[0][0], min(n for _, n in waiting), max(n for _, n in waiting)
        waiting.popleft()


def _resample(blocks: Iterable[Samples], rate: int, wanted: int) -> Iterator[Samples]:
    """(n,) blocks at ``rate`` Hz -> (m,) blocks at ``wanted`` Hz, by libav's polyphase filter, without delay."""
    resampler = av.AudioResampler("flt", "mono", wanted)
    for block in blocks:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None]), "flt", "mono")
        frame.sample_rate = rate
        for found in resampler.resample(frame):
            yield found.to_ndarray()[0]
    for found in resampler.resample(None):
        yield found.to_ndarray()[0]


def _on_disk(blocks: Iterable[Samples], shape: tuple[int, ...], length: int | None = None) -> Samples:
    """The blocks one after the other as a read-only map, (N, *shape); cut or filled with silence to ``length``."""
    width = int(np.prod(shape, dtype=int))
    with TemporaryFile() as file:  # nameless: the system frees it with the last map
        for block in blocks:
            file.write(np.ascontiguousarray(block, np.float32).data)
        count = file.tell() // (4 * width)
        if length is not None:
            file.truncate(length * 4 * width)
            count = length
        file.flush()
        if count == 0:
            return np.zeros((0, *shape), np.float32)
        return np.memmap(file, np.float32, "r", shape=(count, *shape))
