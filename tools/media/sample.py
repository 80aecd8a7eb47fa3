"""Frames for looking: spread over the clip, per shot, around a time; and contact sheets of them.

The planners return times in seconds; :func:`frames_at` fetches the frames that are on screen then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from evalverse.errors import MediaError, UsageError
from evalverse.tools.evidence import Span
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.decode import TOLERANCE, frames
from evalverse.tools.media.frame import RGB, Frame, scaled
from evalverse.tools.media.kept import kept

NEAR = 4.0
"""Seconds up to which decoding on is cheaper than seeking back to a keyframe."""

GAP = 6
"""Pixels between the pictures of a contact sheet."""


class HasSpan(Protocol):
    """Anything with a span: shots, evidence."""

    @property
    def span(self) -> Span: ...


def uniform(clip: Clip, n: int) -> list[float]:
    """The middles of ``n`` equal parts of the picture, seconds."""
    return [] if clip.picture is None else _middles(clip.picture.start, clip.picture.duration, n)


def per_shot(clip: Clip, shots: Iterable[HasSpan], n: int) -> list[float]:
    """The middles of ``n`` equal parts of every shot, seconds, in order of the shots."""
    return [_inside(clip, t) for shot in shots for t in _middles(shot.span.start, shot.span.seconds, n)]


def around(clip: Clip, seconds: float, n: int, spacing: float) -> list[float]:
    """``n`` times, ``spacing`` seconds apart, centred on ``seconds``; those outside the clip are left out."""
    times = [seconds + (i - (n - 1) / 2) * spacing for i in range(n)]
    return [t for t in times if _inside(clip, t) == t]


def frame_at(clip: Clip, seconds: float, height: int | None = None) -> Frame:
    """The frame that is on screen at ``seconds`` (the first before the clip, the last after it).

    Raises:
        MediaError: the clip has no picture, or nothing decodes there.
    """
    return frames_at(clip, [seconds], height)[0]


def frames_at(clip: Clip, times: Sequence[float], height: int | None = None) -> list[Frame]:
    """The frames that are on screen at ``times`` (seconds, any order), in the order of ``times``.

    One pass forwards that seeks over long gaps; frames that are kept are not decoded again. With ``height`` the frames
    are ``height`` pixels high (never enlarged) and the large pictures are let go.

    Raises:
        MediaError: the clip has no picture, or nothing decodes.
    """
    if clip.picture is None:
        raise MediaError(clip.path, "has no picture to look at")
    found: dict[float, Frame] = {}
    stream: Iterator[Frame] | None = None
    shown: Frame | None = None
    following: Frame | None = None
    for time in sorted(set(times)):
        if stream is None or (shown is not None and time - shown.seconds > NEAR):
            stream = kept(clip, time, TOLERANCE) or frames(clip, start=time)
            shown, following = next(stream, None), next(stream, None)
        while following is not None and following.time <= time + TOLERANCE:
            shown, following = following, next(stream, None)
        if shown is None:
            raise MediaError(clip.path, f"no frame can be decoded at {time:.3f} s")
        found[time] = shown if height is None else shrunk(shown, height)
    return [found[time] for time in times]


def shrunk(frame: Frame, height: int) -> Frame:
    """A frame of its own, ``height`` pixels high (never enlarged), that does not hold the large picture."""
    from cv2 import INTER_AREA, resize

    picture = frame.rgb(height)
    size = picture.shape[1], picture.shape[0]

    def render(width: int, height: int) -> RGB:
        if (width, height) == size:
            return picture.copy()
        return np.asarray(resize(picture, (width, height), interpolation=INTER_AREA), np.uint8)

    return Frame(frame.index, frame.time, size, render)


def crop(picture: RGB, box: tuple[float, float, float, float]) -> RGB:
    """The part (left, top, right, bottom) of a (H, W, 3) picture, in fractions of its size; at least one pixel.

    Raises:
        UsageError: the box is empty or lies outside.
    """
    left, top, right, bottom = (min(max(v, 0.0), 1.0) for v in box)
    if left >= right or top >= bottom:
        raise UsageError(f"an empty box: {box}; it is (left, top, right, bottom) in fractions of the picture")
    height, width = picture.shape[:2]
    x, y = min(int(left * width), width - 1), min(int(top * height), height - 1)
    return picture[y : max(y + 1, round(bottom * height)), x : max(x + 1, round(right * width))]


def contact_sheet(
    pictures: Sequence[Frame | RGB], columns: int, captions: Sequence[str] = (), height: int = 180
) -> RGB:
    """(H, W, 3) uint8 RGB: the pictures row by row, each ``height`` high, on dark grey, captions beneath.

    Raises:
        UsageError: no pictures, or not as many captions as pictures.
    """
    import cv2

    if not pictures:
        raise UsageError("a contact sheet needs at least one picture")
    if captions and len(captions) != len(pictures):
        raise UsageError(f"{len(captions)} captions for {len(pictures)} pictures")
    columns = max(1, min(columns, len(pictures)))
    cells = []
    for item in pictures:
        picture = item.rgb(height) if isinstance(item, Frame) else item
        size = scaled((picture.shape[1], picture.shape[0]), height)
        cells.append(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8))
    wide, high = max(c.shape[1] for c in cells), max(c.shape[0] for c in cells)
    strip = 18 if captions else 0
    rows = -(-len(cells) // columns)
    step_x, step_y = wide + GAP, high + strip + GAP
    sheet = np.full((rows * step_y + GAP, columns * step_x + GAP, 3), 32, np.uint8)
    for i, cell in enumerate(cells):
        x, y = GAP + i % columns * step_x, GAP + i // columns * step_y
        sheet[y : y + cell.shape[0], x : x + cell.shape[1]] = cell
        if captions:
            place = (x, y + high + strip - 5)
            cv2.putText(sheet, captions[i], place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (230, 230, 230), 1, cv2.LINE_AA)
    return sheet


def _middles(start: float, seconds: float, n: int) -> list[float]:
    return [start + (i + 0.5) * seconds / n for i in range(n)]


def _inside(clip: Clip, time: float) -> float:
    assert clip.picture is not None
    return min(max(time, clip.picture.start), clip.picture.start + clip.picture.duration)
