"""Jump cuts within a take: the same view goes on, but a piece of time is missing.

Such a cut leaves the shot cutter cold, since nearly everything stays where it was. It shows as one step that is larger
than all movement around it, and that moves the picture as far as the few frames around it do together: movement would
go on, a flash would come back.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Picture, Scene, register

SIZE = (48, 27)
"""(width, height) of the thumbnails that are compared, in luma without level and contrast."""
AROUND = 12
"""Frames before and after a step whose steps it is measured against."""
BEFORE, AFTER = 2, 3
"""Frames around a step over which the picture must have gone no further than in the step itself."""
LARGER = 2.0
"""Times the 90th percentile of the steps around that a jump is."""
NO_FURTHER, NO_LESS = 1.4, 0.6
"""Change over the frames around, in steps: more is movement that goes on, less a flash."""
FAINT = 0.015
"""Step, in standard deviations of the picture, that is no more than coding noise."""
SLOWEST = 12.0
"""Frames per second below which movement itself jumps."""


@register
class TakeJumps(Operator):
    """Finds places where a piece of a take is missing."""

    name, version, title = "take_jumps", "1", "Jumps within a take"
    needs = Needs(picture=Picture(height=144))
    cost = 0.5
    measures = (
        Measure(
            name="count",
            title="Jumps within a take",
            unit="",
            low=0,
            high=None,
            direction=Direction.LOWER,
            definition="Places within a shot at which one step between frames is at least twice the 90th percentile of "
            "the 12 steps before and after, and the picture goes no further than that within six frames. Luma of "
            "48x27 thumbnails, made equal in level and contrast.",
            source="Ours; finds two of three cuts made on purpose in talking heads; see docs/shots.md",
        ),
    )

    def __init__(self, clip: Clip, ledger: Ledger, settings: OperatorSettings | None = None) -> None:
        super().__init__(clip, ledger, settings)
        self._times, self._steps, self._spans = array("d"), array("d"), array("d")
        self._last: deque[NDArray[np.float32]] = deque(maxlen=BEFORE + AFTER + 1)

    def see(self, frame: Frame) -> None:
        import cv2

        luma = cv2.cvtColor(cv2.resize(frame.rgb(144), SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        small = luma.astype(np.float32)
        small = (small - small.mean()) / (small.std() + 2.0)  # a change of light is no jump; 2 levels are coding noise
        if self._last:
            self._steps.append(float(np.abs(small - self._last[-1]).mean()))
        self._last.append(small)
        self._times.append(frame.seconds)
        self._spans.append(float(np.abs(self._last[-1] - self._last[0]).mean()))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        times = np.array(self._times)
        rate = 1 / float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        if rate < SLOWEST:
            yield from self.could_not_at_all(f"at {rate:.3g} frames per second movement itself jumps")
            return
        edges = [int(np.searchsorted(times, shot.span.start - 0.5 / rate)) for shot in scene.shots] + [len(times)]
        steps, spans = np.array(self._steps), np.array(self._spans)
        found = [
            first + place
            for first, last in pairwise(edges)
            for place in jumps(steps[first : last - 1], spans[first:last])
        ]
        told = f"{len(found)} jump{'s' if len(found) > 1 else ''} within a take" if found else "No jump within a take"
        yield self.found("count", len(found), words=f"{told}.", confidence=0.7)
        for place in found:
            span = Span(start=float(times[place - 1]), end=float(times[place]))
            yield self.found("count", 1, span=span, words="A piece of the take is missing here.", confidence=0.7)


def jumps(steps: NDArray[np.float64], spans: NDArray[np.float64]) -> list[int]:
    """Frames (0-based, within the shot) before which time is missing.

    Args:
        steps: (N - 1,) change from each frame to the next.
        spans: (N,) change from five frames earlier (or from the first frame seen) to this one.
    """
    found = []
    for i in range(BEFORE, len(steps) - AFTER):
        around = np.concatenate([steps[max(0, i - AROUND) : i], steps[i + 1 : i + 1 + AROUND]])
        if len(around) < AROUND or steps[i] < LARGER * (np.quantile(around, 0.9) + FAINT):
            continue
        if NO_LESS <= spans[i + AFTER] / steps[i] <= NO_FURTHER:
            found.append(i + 1)
    return found
