"""Appearing: things that are there, or gone, from one frame to the next while all around them goes on as before.

Motion is taken out first. What it leaves over in a place at one step, and neither shortly before nor shortly after nor
all over the picture, is a thing that popped in or out, or a face that snapped to another. Muzzle flashes, sparks and
lamps that are switched on appear at once by nature, and what is uncovered in fast action looks as if it did.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT, block_means, flow
from evalverse.tools.image._pairs import carried, dense_flow
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import boxed_pair
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Series, steps

BLOCK = 12
"""Pixels of 144 lines on a side of the blocks that are watched: small enough for a hand, too large for a seam."""
NEAR = 3
"""Steps before and after at which a place, or one beside it, must have been explained by motion."""
FLOOR = 2.0
"""8-bit luma that is added to what they left over: below it lies noise."""
EVERYWHERE = 0.35
"""Share of the blocks beyond which a step changed the whole picture: a cut, a flash, lost frames, a knock."""
EDGE = 2
"""Steps after a shot begins and before it ends that are left out: dissolves and left-over frames."""
FEWEST = 12
POINTED = 3.3
"""From which on the worst moment is shown."""

Blocks = NDArray[np.float32]


def left_over(before: NDArray[np.uint8], after: NDArray[np.uint8], forward: NDArray[np.float32]) -> Blocks:
    """(rows, columns) mean 8-bit luma per block that flow does not explain, mean of both directions.

    Args:
        before, after: (h, w) pictures.
        forward: (h, w, 2) flow from ``before`` to ``after``.
    """
    ahead = np.abs(carried(after, forward) - before)
    back = np.abs(carried(before, dense_flow(after, before)) - after)
    size = max(1, min(BLOCK, *before.shape))
    return np.asarray((block_means(ahead, size) + block_means(back, size)) / 2, np.float32)


def sudden(rests: Blocks) -> Blocks:
    """(N, rows, columns) how many times more each step left over in a place than the steps before and after did there.

    Args:
        rests: (N, rows, columns) of :func:`left_over`. Steps that changed the whole picture come out as 0.
    """
    import cv2
    from scipy.ndimage import maximum_filter

    around = maximum_filter(rests, (1, 3, 3))
    held = np.pad(around, ((NEAR, NEAR), (0, 0), (0, 0)))
    count = len(rests)
    usual = np.max([held[k : k + count] for k in range(2 * NEAR + 1) if k != NEAR], axis=0)
    times = np.stack([cv2.blur(each, (2, 2)) for each in rests / (usual + FLOOR)])
    times[(times > 1).mean(axis=(1, 2)) > EVERYWHERE] = 0
    return np.asarray(times, np.float32)


@register
class Appearing(Operator):
    """What pops in or out."""

    name, version, title = "appearing", "1", "Things that pop in or out"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 1.5
    measures = (
        Measure(
            name="pop",
            title="Something that is there, or gone, at once",
            unit="times",
            low=0,
            direction=Direction.LOWER,
            definition="What motion leaves unexplained (mean luma of blocks a twelfth of the frame's height, "
            f"both directions) at one step, over {FLOOR:g} plus what it left there and beside at the {NEAR} steps "
            "before and after; the greatest of a shot, without steps that change the whole picture. The clip takes its "
            "worst shot.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._t: list[float] = []
        self._rests: list[Blocks] = []

    def see(self, frame: Frame) -> None:
        moved = flow(frame)
        now = frame.grey(FLOW_HEIGHT)
        if moved is None or frame.previous is None:
            size = max(1, min(BLOCK, *now.shape))
            rest = np.zeros((now.shape[0] // size, now.shape[1] // size), np.float32)
        else:
            rest = left_over(frame.previous.grey(FLOW_HEIGHT), now, moved.vectors)
        self._t.append(frame.seconds)
        self._rests.append(rest.astype(np.float16))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = np.array(self._t)
        line: Series = np.zeros_like(t)
        places: dict[int, tuple[int, int]] = {}
        told = []
        for shot in scene.shots:
            chosen = steps(t, scene, shot)
            if len(chosen) < FEWEST:
                continue
            times = sudden(np.stack([self._rests[k] for k in chosen]).astype(np.float32))[EDGE:-EDGE]
            inner = chosen[EDGE:-EDGE]
            line[inner] = times.max(axis=(1, 2))
            peak = int(line[inner].argmax())
            places[int(inner[peak])] = divmod(int(times[peak].argmax()), times.shape[2])
            told.append((shot, float(line[inner].max())))
        words = "Something appears or vanishes at once: {} times more changes there than just before and after."
        absent = "no shot has frames enough"
        curve = self.curve("pop", t, line) if told else None
        yield from readings(self, scene, "pop", told, worst, words.format, absent, curve)
        for at, (row, column) in places.items():
            if line[at] >= POINTED:
                rows, columns = self._rests[at].shape
                corners = ((column - 1) / columns, (row - 1) / rows, (column + 1) / columns, (row + 1) / rows)
                box = [round(v, 3) for v in corners]
                start, end = float(t[at - 1]), float(t[at])
                yield self.found(
                    "pop",
                    float(line[at]),
                    span=Span(start=start, end=end),
                    shot=scene.shot_at(end),
                    words=words.format(number(float(line[at]))),
                    confidence=0.7,
                    picture=boxed_pair(self, start, end, box, "before and after"),
                    box=box,
                )
