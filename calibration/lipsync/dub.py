"""Real clips with another sound beside the same picture: moved, slowly running away, or only stamped later."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import decode_sound

RATE = 48000
BLOCK = 1024
Wave = NDArray[np.float32]


def moved(wave: Wave, late: float) -> Wave:
    """(N,) ``late`` seconds later (negative: earlier), as long as before; what is missing is silence."""
    by = round(late * RATE)
    silence = np.zeros(min(abs(by), len(wave)), np.float32)
    return np.concatenate([silence, wave[: len(wave) - by]] if by > 0 else [wave[-by:], silence])


def dragged(wave: Wave, late: float) -> Wave:
    """(N,) in step at the beginning and ``late`` seconds late at the end (negative: early), played slower or faster."""
    at = np.arange(len(wave))
    return np.asarray(np.interp(at * (1 - late * RATE / len(wave)), at, wave), np.float32)


def with_sound(source: Path, change: Callable[[Wave], Wave], target: Path) -> Path:
    """Writes ``source`` with its picture as it is, packet for packet, and its sound as mono AAC after ``change``."""
    clip = probe(source)
    sound = decode_sound(clip)
    assert sound is not None
    wave = change(np.pad(np.asarray(sound.mono(RATE)), (round(sound.start * RATE), 0)))
    with av.open(str(source)) as given, av.open(str(target), "w") as container:
        video = container.add_stream_from_template(given.streams.video[0])
        audio: Any = container.add_stream("aac", rate=RATE, layout="mono")
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                container.mux(packet)
        encode(wave, audio, container, round(clip.origin * RATE))
    return target


def encode(wave: Wave, stream: Any, container: Any, first: int = 0) -> None:
    """Writes (N,) mono at 48 kHz to an audio stream; sample 0 is at ``first`` / 48000 s."""
    for start in range(0, len(wave), BLOCK):
        piece = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave[None, start : start + BLOCK]), "fltp", "mono")
        piece.sample_rate, piece.time_base, piece.pts = RATE, Fraction(1, RATE), first + start
        container.mux(stream.encode(piece))
    container.mux(stream.encode())


def stamped(source: Path, late: float, target: Path) -> Path:
    """Writes ``source`` packet for packet, the sound's time stamps ``late`` seconds later (negative: earlier)."""
    with av.open(str(source)) as given, av.open(str(target), "w") as container:
        streams = {s.index: container.add_stream_from_template(s) for s in (*given.streams.video, *given.streams.audio)}
        for packet in given.demux(*given.streams.video, *given.streams.audio):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            if packet.stream.type == "audio":
                by = round(Fraction(late).limit_denominator(1000) / packet.time_base)
                packet.dts, packet.pts = packet.dts + by, packet.pts + by
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    return target
