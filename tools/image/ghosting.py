"""Ghosting: a pale double that moving things drag behind them, or push ahead.

Where something with an edge has moved away, its edge should be gone. What share of it is still drawn there, some
frames later, is the opacity of the ghost: a regression of the later picture's gradient on the earlier one's over the
places that moved on. Textures that repeat in the direction of motion (fences, stripes) can look like a ghost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.image._pairs import carried, dense_flow, inside, within_shots
from evalverse.tools.media.frame import Frame, Grey
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import picture_at, without_bars
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Series, Track

EVERY = 0.4
"""Seconds between two looks back."""
DELAYS = (0.04, 0.08, 0.12, 0.16, 0.2, 0.28)
"""Seconds that a ghost may lag behind."""
MOVED = 5.0
"""Pixels (144 lines) by which a thing must have moved for its edge not to overlap with itself."""
EDGE = 12.0
"""8-bit luma per two pixels from which on a gradient is an edge."""
RETOLD = 0.6
"""Of the difference to what is there now: how well a thing must be found again where flow says that it went."""
CHANGED = 0.3
"""Of an edge's gradient: how much the picture must differ now where it was."""
FEWEST = 150
"""Moved edge pixels of a pair below which chance rules."""
LOOKS = 4
"""Looks at a shot below which it is not judged."""
POINTED = 25.0
"""% from which on the worst moment is shown."""


def echo(then: Grey, now: Grey) -> float | None:
    """% of the edges of ``then`` (h, w) still drawn in ``now`` at places they moved away from; None if few moved."""
    import cv2

    rows, columns = without_bars(now)
    then, now = then[rows, columns], now[rows, columns]
    forward = dense_flow(then, now)
    speed = np.hypot(forward[..., 0], forward[..., 1])
    if (speed > MOVED).mean() < 0.01:
        return None
    old, new = gradient(then), gradient(now)
    strength = np.hypot(old[..., 0], old[..., 1])
    # where flow does not explain the change, the thing has not moved
    missed = cv2.blur(np.abs(carried(now, forward) - then), (7, 7))
    found = missed < RETOLD * cv2.blur(np.abs(now.astype(np.float32) - then), (7, 7))
    changed = (
        cv2.blur(np.abs(now.astype(np.float32) - then), (3, 3)) > CHANGED * strength
    )  # flow bleeds onto what rests
    chosen = (strength > EDGE) & (speed > MOVED) & inside(forward) & found & changed
    if chosen.sum() < FEWEST:
        return None
    energy = (old[chosen] ** 2).sum()
    share = (old[chosen] * new[chosen]).sum() / energy
    # a soft texture is like itself a few pixels on: as much across the motion, where no ghost lies
    aside = forward[..., ::-1] * np.array([1, -1], np.float32)
    beside = [gradient(carried(then, turned))[chosen] for turned in (aside, -aside)]
    alike = sum((old[chosen] * one).sum() for one in beside) / 2 / energy
    return 100 * max(0.0, float((share - alike) / max(1 - alike, 0.2)))


def persistent(shares: Series) -> float:
    """What three quarters of the looks (N,) reach: a ghost is always there, a chance likeness now and then."""
    return float(np.percentile(shares, 25))


def gradient(grey: NDArray[np.generic]) -> NDArray[np.float32]:
    """(h, w, 2) central differences in x and y."""
    import cv2

    picture = cv2.GaussianBlur(np.asarray(grey, np.float32), (3, 3), 0)
    across, down = (cv2.Sobel(picture, cv2.CV_32F, *axis, ksize=1) for axis in ((1, 0), (0, 1)))
    return np.stack([across, down], -1).astype(np.float32)


@register
class Ghosting(Operator):
    """Doubles behind movement."""

    name, version, title = "ghosting", "1", "Ghosting"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 1.5
    measures = (
        Measure(
            name="echo",
            title="Doubles behind movement",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="Opacity of the ghost: regression of the gradients of the picture (144 lines) on those of the "
            f"picture {DELAYS[0]} to {DELAYS[-1]} s before, over edges that have moved on by more than {MOVED:g} "
            "pixels, less the same for the picture moved as far to the side; what three quarters of the "
            "looks reach, for each delay, the greatest of them. The clip takes its worst shot.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._recent: deque[tuple[float, Grey]] = deque()
        self._looks = Track("start", "delay", "share")
        self._next = 0.0

    def see(self, frame: Frame) -> None:
        now, grey = frame.seconds, frame.grey(FLOW_HEIGHT)
        while self._recent and now - self._recent[0][0] > DELAYS[-1] + 0.05:
            self._recent.popleft()
        if now >= self._next and self._recent:
            self._next = now + EVERY
            used: set[float] = set()
            for delay in DELAYS:
                then, before = min(self._recent, key=lambda item: abs(now - item[0] - delay))
                if then in used or abs(now - then - delay) > 0.021:
                    continue
                used.add(then)
                share = echo(before, grey)
                if share is not None:
                    self._looks.add(now, then, delay, share)
        self._recent.append((now, grey))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, start, delay, share = (self._looks[n] for n in ("seconds", "start", "delay", "share"))
        values, peaks = [], []
        for shot, chosen in within_shots(start, t, scene):
            lags = [chosen[delay[chosen] == d] for d in np.unique(delay[chosen])]
            lags = [lag for lag in lags if len(lag) >= LOOKS]
            if not lags:
                continue
            best = max(lags, key=lambda lag: persistent(share[lag]))
            values.append((shot, persistent(share[best])))
            peaks.append((values[-1][1], shot, best))
        yield from readings(
            self,
            scene,
            "echo",
            values,
            worst,
            lambda n: f"Edges that have moved on are still drawn behind at {n} % of their strength.",
            "no shot shows edges that move far enough, often enough",
        )
        if not peaks:
            return
        level, shot, lag = max(peaks, key=lambda p: p[0])
        if level >= POINTED:
            at = int(lag[share[lag].argmax()])
            yield self.found(
                "echo",
                level,
                span=Span(start=start[at], end=t[at]),
                shot=shot,
                words=f"Moving things drag a double of {number(level)} % opacity behind them.",
                confidence=0.7,
                picture=picture_at(self, t[at], "a double behind movement", height=360),
            )
