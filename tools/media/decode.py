"""Frames of a clip in order of presentation, decoded once, upright, with square pixels and exact times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from functools import partial
from typing import Any

import av

from evalverse.settings import Settings
from evalverse.tools.media.clip import Clip, PictureStream
from evalverse.tools.media.colour import paint
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.lost import Lost
from evalverse.tools.media.source import AVI, RESTART, decoded, limit, open_media

__all__ = ["Frames", "Lost", "frames"]

TOLERANCE = Fraction(1, 10**6)
"""A time within a microsecond of a frame's means that frame: floats cannot say 1/3."""

SEEK_MARGINS = (0.25, 5.0)
"""Seconds before the wanted time to which to seek; a wider one, then the beginning, when that came out too late."""

MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
"""The container that tells of every packet when it is shown and how long."""


class Frames(Iterator[Frame]):
    """An iterator over frames; ``lost`` tells what could not be decoded, complete once the iterator is spent."""

    def __init__(self, found: Iterator[Frame], lost: Lost) -> None:
        self._found = found
        self.lost = lost

    def __next__(self) -> Frame:
        return next(self._found)


def frames(clip: Clip, start: float | None = None, end: float | None = None) -> Frames:
    """Decodes the picture of ``clip``; with ``start`` or ``end`` (seconds of the clip) only that span, by seeking.

    A span holds what a viewer sees in it: from the frame that is on screen at ``start`` to the last one that begins
    before ``end``. ``Frame.time`` is always exact. ``Frame.index`` is exact when decoding from the beginning; after a
    seek it is time x average rate, which is an estimate when the rate varies.

    Damaged packets are passed over and counted. A frame without a time stamp follows the one before at the average
    rate, and so does the rest of a clip whose stamps start anew. Frames that change size in mid-stream are scaled to
    the clip's size. Nothing is yielded for a clip without picture.
    """
    lost = Lost()
    if clip.picture is None:
        return Frames(iter(()), lost)
    if start is None or start <= clip.picture.start:
        found = _timed(clip, clip.picture, None, lost)
    else:
        found = _from(clip, clip.picture, start, lost)
    return Frames(_until(found, end) if end is not None else found, lost)


def _until(found: Iterator[Frame], end: float) -> Iterator[Frame]:
    for frame in found:
        if frame.time >= end - TOLERANCE:
            return
        yield frame


def _from(clip: Clip, picture: PictureStream, start: float, lost: Lost) -> Iterator[Frame]:
    """From the frame that is on screen at ``start``."""
    for target in (*(start - margin for margin in SEEK_MARGINS), None):
        found = _timed(clip, picture, target, lost)
        on_screen = next(found, None)
        if on_screen is not None and (target is None or on_screen.time <= start + TOLERANCE):
            break
    for frame in found:
        if on_screen is not None and frame.time > start + TOLERANCE:
            yield on_screen
            yield frame
            on_screen = None
            break
        on_screen = frame
    if on_screen is not None:
        yield on_screen
    yield from found


def _timed(clip: Clip, picture: PictureStream, target: float | None, lost: Lost) -> Iterator[Frame]:
    """All frames from the keyframe before ``target`` on (None: from the beginning)."""
    with open_media(clip.path) as container:
        stream: Any = container.streams[picture.index]
        limit(stream, max(Settings.load().max_pixels, picture.coded_width * picture.coded_height))
        stream.thread_type = "AUTO"
        sought = target is not None and _seek(clip, container, stream, Fraction(target))
        towards = Fraction(target) + clip.origin if sought and target is not None and clip.container == MP4 else None
        clock = _Clock(clip, picture, lost)
        size = (picture.width, picture.height)
        index: int | None = None if sought else -1
        interlaced = False
        for frame in decoded(container, stream, lost, towards):
            if index is None and frame.pts is None:  # only a stamp can tell where the seek came out
                continue
            interlaced = interlaced or frame.interlaced_frame
            time = clock.time(frame)
            leaps = towards is not None and time + clip.origin < towards  # over frames that nobody asked for
            index = max(0, round(time * picture.rate)) if index is None or leaps else index + 1
            yield Frame(index, time, size, partial(paint, frame, picture))
        lost.missing_seconds = clock.missing()
        if not (sought or interlaced):  # an interlaced frame may lie in two packets
            lost.absent = max(0, (picture.frames or 0) - lost.decoded)


def _seek(clip: Clip, container: Any, stream: Any, target: Fraction) -> bool:
    """Whether the container could be moved to the keyframe before ``target``, in seconds of the clip."""
    if clip.container == AVI:  # its times can only be counted from the beginning, see _Clock
        return False
    with suppress(av.FFmpegError):  # raw streams cannot; they are read from the beginning
        container.seek(int((target + clip.origin) / stream.time_base), stream=stream)
        return True
    return False


class _Clock:
    """Times of successive frames on the clip's timeline, always advancing.

    AVI stores the order of decoding only. Frames leave the decoder in order of presentation, evenly, so there the
    decoding times are right but for a constant delay, which is taken off.
    """

    def __init__(self, clip: Clip, picture: PictureStream, lost: Lost) -> None:
        self._avi = clip.container == AVI
        self._origin: Fraction | None = None if self._avi else clip.origin
        self._start, self._step = Fraction(picture.start).limit_denominator(10**6), 1 / picture.rate
        self._promised = picture.start + picture.duration + clip.missing
        self._tolerance = max(0.1, 2 * float(self._step))
        self._lost = lost
        self._last: Fraction | None = None
        self._end = 0.0

    def time(self, frame: av.VideoFrame) -> Fraction:
        ticks = frame.dts if self._avi else frame.pts
        if ticks is None or frame.time_base is None:
            time = self._start if self._last is None else self._last + self._step
            self._lost.retimed += 1
        else:
            time = self._placed(ticks * Fraction(frame.time_base))
        self._last = time
        self._end = float(time + ((frame.duration or 0) * (frame.time_base or 0) or self._step))
        return time

    def _placed(self, stamp: Fraction) -> Fraction:
        """The stamp on the clip's timeline, corrected where it does not advance."""
        if self._origin is None:
            self._origin = stamp - self._start
        time = stamp - self._origin
        if self._last is None or time > self._last:
            return time
        self._lost.retimed += 1
        if time < self._last - RESTART:
            time = self._last + self._step
            self._origin = stamp - time
            return time
        return self._last + self._step / 8  # short, so that the frames to come keep their own times

    def missing(self) -> float:
        """Seconds at the end that never came; 0 within two frames of it."""
        gap = self._promised - self._end
        return gap if gap > self._tolerance else 0.0
