"""How much of a stream a file really holds: read off its packets, without decoding, whatever its header promises."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av

from evalverse.tools.media.source import AVI, RESTART

MAX_RATE = 1000
"""Frames per second beyond which a declared rate is not believed."""

PER_STREAM, PER_FILE = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"
"""Containers that declare durations in a header, for each stream or for the file; others are estimated by libav."""


@dataclass
class Extent:
    """What the packets of one stream say, in seconds of the container's clock; None without any time stamp."""

    first: Fraction | None = None
    end: Fraction | None = None
    packets: int = 0
    _shift: Fraction = Fraction(0)
    _latest: Fraction = Fraction(0)

    def add(self, packet: Any, stamp: int | None) -> None:
        self.packets += 1
        if stamp is None:
            return
        begin = stamp * Fraction(packet.time_base) + self._shift
        if self.end is not None and begin < self._latest - RESTART:  # the clock starts anew
            self._shift += self.end - begin
            begin = self.end
        self._latest = begin
        end = begin + (packet.duration or 0) * Fraction(packet.time_base)
        self.first = begin if self.first is None else min(self.first, begin)
        self.end = end if self.end is None else max(self.end, end)

    @property
    def seconds(self) -> Fraction:
        return Fraction(0) if self.first is None or self.end is None else self.end - self.first


def extents(container: Any, indices: list[int]) -> dict[int, Extent]:
    """Extents of the streams ``indices``, up to where the file breaks off. Reads ``container`` to its end."""
    found = {index: Extent() for index in indices}
    decoding_order = container.format.name == AVI
    with suppress(av.FFmpegError):  # what came before counts
        for packet in container.demux([container.streams[i] for i in indices]):
            if packet.size and not packet.is_discard:
                found[packet.stream_index].add(packet, packet.dts if decoding_order else packet.pts)
    return found


def average_rate(stream: Any, extent: Extent) -> Fraction:
    """Frames per second: as declared, unless the packets say otherwise by more than 2 % (variable frame rate)."""
    candidates = [stream.average_rate, stream.guessed_rate, stream.base_rate]
    if not extent.seconds:  # no time stamps: the coder's own rate is all there is
        candidates = [stream.guessed_rate, stream.average_rate]
    declared = next((Fraction(r) for r in candidates if r and 0 < r <= MAX_RATE), None)
    if not extent.seconds or extent.packets < 2:
        return declared or Fraction(25)
    measured = extent.packets / extent.seconds
    if declared and abs(measured / declared - 1) < Fraction(2, 100):
        return declared
    return min(measured, Fraction(MAX_RATE)).limit_denominator(1001)


def missing_seconds(container: Any, held: dict[int, tuple[Fraction, Fraction]]) -> float:
    """Declared seconds that the file does not hold, at its end; 0 below a tenth of a second, or if nothing is declared.

    Args:
        held: (first frame, end of the last packet) of each stream that is used, on the container's clock.
    """
    gap = Fraction(0)
    if container.format.name == PER_STREAM:
        for index, (first, end) in held.items():
            stream = container.streams[index]
            gap = max(gap, first + Fraction(stream.duration or 0) * Fraction(stream.time_base) - end)
    elif container.format.name == PER_FILE and len(container.streams) == len(held) and container.duration:
        gap = Fraction((container.start_time or 0) + container.duration, av.time_base) - max(
            e for _, e in held.values()
        )
    return float(gap) if gap > Fraction(1, 10) else 0.0
