"""Frames of a clip in order of presentation, decoded once, upright, with square pixels and exact times."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av

from evalverse.tools.media.clip import Clip
from evalverse.tools.media.frame import RGB, Frame


def frames(clip: Clip, start: float | None = None, end: float | None = None) -> Iterator[Frame]:
    """Decodes the picture of ``clip``; with ``start`` or ``end`` (seconds) only that span, by seeking.

    Damaged packets are passed over. Nothing is yielded for a clip without picture.
    """
    if clip.picture is None:
        return
    with av.open(str(clip.path)) as container:
        stream = container.streams[clip.picture.index]
        stream.thread_type = "AUTO"
        for index, frame in enumerate(container.decode(stream)):
            yield _frame(clip, index, frame)


def _frame(clip: Clip, index: int, frame: av.VideoFrame) -> Frame:
    assert clip.picture is not None
    time = Fraction(frame.pts or 0) * Fraction(frame.time_base or 1)

    def render(width: int, height: int) -> RGB:
        return frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA").to_ndarray()

    return Frame(index, time, (clip.picture.width, clip.picture.height), render)
