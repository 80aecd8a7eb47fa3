"""Pictures of a short clip, kept from the pass that decoded them for the looks that come after it.

Stills of the evidence and operators that look again would each open the clip and decode up to the moment they want;
for a clip of some seconds that costs more than the pass itself. A long clip is not kept: memory stays flat.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from threading import Lock

from evalverse.tools.media.clip import Clip
from evalverse.tools.media.frame import RGB, Frame

MOST_PIXELS = 2**27
"""Of all pictures together: about 200 MB as decoders hold them, five seconds of 720p at 25 pictures per second."""

_kept: dict[str, _Pictures] = {}
"""By the clip's content."""


class _Pictures:
    """What was decoded of a clip, without the views that operators made of it."""

    def __init__(self, clip: Clip) -> None:
        picture = clip.picture
        self.room = MOST_PIXELS // max(1, picture.coded_width * picture.coded_height) if picture else 0
        if picture and picture.duration * picture.rate > self.room + 1:  # nothing is held in vain
            self.room = 0
        self.frames: list[tuple[int, Fraction, tuple[int, int], Callable[[int, int], RGB]]] = []
        self._one = Lock()

    def add(self, frame: Frame) -> None:
        if len(self.frames) < self.room:
            self.frames.append((frame.index, frame.time, (frame.width, frame.height), self._alone(frame.render)))
        else:
            self.room = 0
            self.frames.clear()

    def since(self, seconds: float, tolerance: Fraction) -> Iterator[Frame]:
        """New frames, from the one on screen at ``seconds`` on."""
        first = bisect_right(self.frames, seconds + float(tolerance), key=lambda each: float(each[1])) - 1
        for each in self.frames[max(0, first) :]:
            yield Frame(*each)

    def _alone(self, render: Callable[[int, int], RGB]) -> Callable[[int, int], RGB]:
        """A decoded picture cannot be painted by two threads at once."""

        def painted(width: int, height: int) -> RGB:
            with self._one:
                return render(width, height)

        return painted


@contextmanager
def keeping(clip: Clip) -> Iterator[Callable[[Frame], None]]:
    """Hands out what must be called with every frame of the clip, in order; they are kept as long as this lasts."""
    mine = _Pictures(clip)
    _kept[clip.sha256] = mine
    try:
        yield mine.add
    finally:
        if _kept.get(clip.sha256) is mine:
            del _kept[clip.sha256]
        mine.frames.clear()  # they and what paints them know each other, and would wait for the garbage collector


def kept(clip: Clip, seconds: float, tolerance: Fraction) -> Iterator[Frame] | None:
    """The frames of ``clip`` from the one on screen at ``seconds`` on; None when they are not kept."""
    pictures = _kept.get(clip.sha256)
    return pictures.since(seconds, tolerance) if pictures and pictures.frames else None
