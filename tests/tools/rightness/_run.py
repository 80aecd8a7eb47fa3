"""Drives one operator over pictures, as the scheduler does, without a file or a codec in between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evalverse.tools.evidence import Evidence, Scope, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip, PictureStream
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Operator, OperatorSettings, Scene, Shot


def clip(pictures: Sequence[RGB], rate: int = 25) -> Clip:
    """The fact sheet of a clip that exists only as pictures."""
    height, width = pictures[0].shape[:2]
    seconds = len(pictures) / rate
    stream = PictureStream(
        index=0,
        codec="raw",
        coded_width=width,
        coded_height=height,
        width=width,
        height=height,
        pixel_format="rgb24",
        bit_depth=8,
        alpha=False,
        rate=Fraction(rate),
        frames=len(pictures),
        start=0.0,
        duration=seconds,
    )
    return Clip(
        path=Path("none.mp4"), sha256="0" * 64, bytes=1, container="raw", duration=seconds, picture=stream, sound=None
    )


def frames(pictures: Sequence[RGB], rate: int = 25) -> Iterable[Frame]:
    """Frames that render the pictures, each knowing the one before."""
    before: Frame | None = None
    for index, picture in enumerate(pictures):

        def render(width: int, height: int, picture: RGB = picture) -> RGB:
            if picture.shape[:2] == (height, width):
                return picture.copy()
            return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

        height, width = picture.shape[:2]
        frame = Frame(index, Fraction(index, rate), (width, height), render)
        frame.previous = before
        yield frame
        if before is not None:
            before.previous = None
        before = frame


def run(
    kind: type[Operator],
    pictures: Sequence[RGB],
    ledger: Ledger,
    rate: int = 25,
    cuts: Sequence[int] = (),
    settings: OperatorSettings | None = None,
) -> list[Evidence]:
    """The evidence of ``kind`` on ``pictures``, with cuts before the frames ``cuts``."""
    made = clip(pictures, rate)
    operator = kind(made, ledger, settings)
    lacking = kind.lacks()
    if lacking is not None:
        return list(operator.could_not_at_all(lacking))
    for frame in frames(pictures, rate):
        operator.see(frame)
    edges = [0, *cuts, len(pictures)]
    shots = tuple(
        Shot(i, Span(start=a / rate, end=b / rate), "cut" if i else "start") for i, (a, b) in enumerate(pairwise(edges))
    )
    return list(operator.finish(Scene(made, ledger, shots)))


def whole(found: Iterable[Evidence], measure: str) -> Evidence:
    """The reading of the whole clip."""
    (item,) = (e for e in found if e.measure.endswith("." + measure) and e.scope is Scope.CLIP)
    return item


def grey(level: int, height: int = 48, width: int = 64) -> RGB:
    """A plain picture."""
    return np.full((height, width, 3), level, np.uint8)


def data(found: Evidence, key: str) -> Any:
    """One of the small extras."""
    return found.data[key]
