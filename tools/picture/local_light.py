"""Local light: light that changes in one part of the picture against the rest, on the same things.

Motion is taken out first, and what the picture does as a whole. What is left is smoothed over neighbours, counts only
where they agree, and adds up over a moment: a key that changes sides, a shadow that passes, a coloured glow from the
edge of the frame. A lamp that is switched on, a window that someone passes and a fire do it by nature. Where a fast
camera passes near walls, motion cannot be taken out and would feign it: such moments are left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.change import Change, change
from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import Frame
from evalverse.tools.motion_model import global_motion
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import boxed_pair
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Series, Track, inside, interval

QUICK, SLOW = 0.3, 0.8
"""Seconds over which a jump, and a wandering light or tint, add up."""
HELD = 2.0
"""Seconds of which the median must show a wandering light: passing errors of motion are shorter."""
NEIGHBOURS = 1.5
"""Blocks (a twelfth of the picture's height): standard deviation of the smoothing."""
BELIEVED = 0.2
"""Share of the picture that must be understood for a step to count."""
MOST = (1.0, 0.2)
"""Change at one step beyond which it is not a change of light, in the units of :func:`steps_of`."""
FASTEST = 0.5
"""Mean speed of the camera over a moment, in frame heights per second, from which on it is left out."""
INNER = (5, 95)
"""Percentiles of the places between which a difference is read."""
EPSILON = 1e-4
POINTED = {"jump": 0.6, "wander": 0.35, "tint": 3.0}
"""From which on the worst moment is shown."""

Field = NDArray[np.float32]


def steps_of(moved: Change) -> Field:
    """(2, h, w) change of light in stops, and of red less blue in display code (0..1, power law 2).

    What most of the picture gained or lost is taken out of both, so that a fade tints nothing.
    """
    stops = moved.stops
    whole = float(np.median(stops[moved.trusted])) if moved.trusted.any() else 0.0
    code = np.sqrt(np.maximum(moved.after, 0)) - np.sqrt(np.maximum(moved.before, 0) * 2**whole)
    return np.stack([stops - whole, code[..., 0] - code[..., 2]]).astype(np.float32)


def agreed(steps: Field, trusted: NDArray[np.bool_]) -> Field:
    """(2, h, w) ``steps`` less what the whole picture did, as far as neighbours agree on it; 0 where they do not.

    Args:
        steps: (2, h, w) of :func:`steps_of`.
        trusted: (h, w) blocks that could be followed; those at the edge of what could not are left out too.
    """
    import cv2

    found = np.zeros_like(steps)
    sure = cv2.erode(trusted.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if sure.mean() < BELIEVED:
        return found
    weight = _smooth(sure.astype(np.float32))
    for k, step in enumerate(steps):
        rest = np.where(sure, np.clip(step - np.median(step[sure]), -MOST[k], MOST[k]), 0).astype(np.float32)
        mean = _smooth(rest) / np.maximum(weight, 1e-3)
        strewn = np.maximum(_smooth(rest * rest) / np.maximum(weight, 1e-3) - mean * mean, 0)
        found[k] = np.where(weight > 0.3, mean**3 / (mean * mean + strewn + 1e-12), 0)
    return found


def apart(field: Field) -> float:
    """How far the changed places lie apart from each other, in the unit of ``field`` (h, w); >= 0."""
    low, high = np.percentile(field, INNER)
    return float(high - low)


def lasting(line: Series, seconds: float) -> float:
    """The greatest median of ``line`` (N,) over :data:`HELD` seconds, or over all of it; ``seconds`` between values."""
    size = min(len(line), max(1, round(HELD / seconds)))
    return float(np.median(np.lib.stride_tricks.sliding_window_view(line, size), axis=1).max())


def _smooth(field: Field) -> Field:
    import cv2

    return np.asarray(cv2.GaussianBlur(field, (0, 0), NEIGHBOURS), np.float32)


@register
class LocalLight(Operator):
    """Light and tints that change in one part of the picture."""

    name, version, title = "local_light", "2", "Local light"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 1.0
    measures = (
        Measure(
            name="jump",
            title="Light that shifts at once",
            unit="stops",
            low=0,
            direction=Direction.LOWER,
            definition=f"Change of light within {QUICK} s, on the same things and less that of the whole picture, "
            f"between the places that gain and that lose most ({INNER[0]}th and {INNER[1]}th percentile of the "
            f"picture); its greatest value in a shot, moments with a camera faster than {100 * FASTEST:g} % of the "
            "height per second left out. The clip takes its worst shot.",
        ),
        Measure(
            name="wander",
            title="Light that wanders",
            unit="stops",
            low=0,
            direction=Direction.LOWER,
            definition=f"The same within {SLOW} s, as long as it lasts: the greatest median over {HELD:g} s of a shot.",
        ),
        Measure(
            name="tint",
            title="Warm or cool light that wanders",
            unit="% of white",
            low=0,
            direction=Direction.LOWER,
            definition=f"The same within {SLOW} s of red less blue (display code): the greatest median over {HELD:g} s "
            "of a shot.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._recent: deque[tuple[float, Field]] = deque()
        self._read = Track("jump", "wander", "tint", *(f"place of {m.name}" for m in self.measures), "way")
        self._way = 0.0
        self._shape = (1, 1)

    def see(self, frame: Frame) -> None:
        now, moved, camera = frame.seconds, change(frame), global_motion(frame)
        if camera is not None:  # what a zoom or a turn moves lies half a height from the middle
            self._way += abs(camera.shift) + abs(camera.stretch) / 2
        if moved is None:
            return
        step = agreed(steps_of(moved), moved.trusted)
        self._shape = step.shape[1], step.shape[2]
        if not self._recent:
            self._recent.append((now - moved.seconds, np.zeros_like(step)))
        self._recent.append((now, self._recent[-1][1] + step))
        while len(self._recent) > 2 and self._recent[1][0] <= now - SLOW + EPSILON:
            self._recent.popleft()
        quick, slow = self._since(now - QUICK), self._since(now - SLOW)
        places = (float(np.abs(field).argmax()) for field in (quick[0], slow[0], slow[1]))
        self._read.add(now, apart(quick[0]), apart(slow[0]), 100 * apart(slow[1]), *places, self._way)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, way = self._read.t, self._read["way"]
        words = {
            "jump": "Within a moment the light shifts by {} stops between two parts of the picture.",
            "wander": "Light wanders over the picture by {} stops within a second, with no change of what it falls on.",
            "tint": "Warm or cool light wanders over the picture, by {} % of white within a second.",
        }
        for measure in self.measures:
            name = measure.name
            line, back = self._read[name], QUICK if name == "jump" else SLOW
            fast = way - np.interp(t - back, t, way) > FASTEST * back if len(t) else np.zeros(0, np.bool_)
            values = []
            peaks = []
            for shot in scene.shots:
                chosen = inside(t, scene, shot)
                chosen = chosen[(t[chosen] - back >= shot.span.start - EPSILON) & ~fast[chosen]]
                if len(chosen):
                    seen = line[chosen]
                    values.append((shot, float(seen.max()) if name == "jump" else lasting(seen, interval(t))))
                    peaks.append(int(chosen[seen.argmax()]))
            absent = "the camera moves too fast throughout" if fast.any() else "no shot is long enough"
            curve = self.curve(name, t, line) if values else None
            yield from readings(self, scene, name, values, worst, words[name].format, absent, curve)
            if values and max(value for _, value in values) >= POINTED[name]:
                at = max(peaks, key=lambda k: float(line[k]))
                yield self._shown(scene, measure, at, back, words[name])

    def _since(self, start: float) -> Field:
        """(2, h, w) what has changed since ``start``."""
        earlier = [field for at, field in self._recent if at <= start + EPSILON]
        return self._recent[-1][1] - (earlier[-1] if earlier else self._recent[0][1])

    def _shown(self, scene: Scene, measure: Measure, at: int, back: float, words: str) -> Evidence:
        """The worst moment: the frames before and after, with the place that changed most."""
        end, value = float(self._read.t[at]), float(self._read[measure.name][at])
        rows, columns = self._shape
        row, column = divmod(int(self._read[f"place of {measure.name}"][at]), columns)
        corners = ((column - 1) / columns, (row - 1) / rows, (column + 2) / columns, (row + 2) / rows)
        box = [round(min(max(v, 0.0), 1.0), 3) for v in corners]
        return self.found(
            measure.name,
            value,
            span=Span(start=end - back, end=end),
            shot=scene.shot_at(end),
            words=words.format(number(value)),
            confidence=0.7,
            picture=boxed_pair(self, end - back, end, box, f"{number(end - back)} s beside {number(end)} s"),
            box=box,
        )
