"""Camera jolts: knocks, jerks and dead stops, which a camera with mass and a steady hand would not make.

Speed just after a moment against speed just before it, beyond what the shot's own hand-held unrest makes likely. When
the camera jolts, the whole picture does: where a bus drives out of it, the fitted movement leaps from the bus to the
street, but most places go on as they went. A whip pan that ends on its target, a crash or a blow that the camera takes
part in jolts it on purpose.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT, flow
from evalverse.tools.media.frame import Frame
from evalverse.tools.motion_model import Complex, global_motion, grid_flow, on_grid, texture
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Series, Track, interval, steps

ASIDE = 0.12
"""Seconds before and after a moment over which speed is averaged."""
USUAL = 4.0
"""Times the shot's median change of speed that unrest may make."""
SURE = 0.35
"""Median support of the fits around a moment below which it is not believed: fast action feigns jolts."""
LOST = 0.08
"""Support below which the neighbours of a frame stand in for it."""
SHARE = 0.75
"""Of the textured picture that must show a change of speed."""
FEWEST = 12
POINTED = 20.0
MOMENTS = 3


def jolts(x: Series, y: Series, support: Series, felt: Series, t: Series) -> Series | None:
    """(N,) change of speed at each frame beyond the usual, in the unit of the speeds ``x`` and ``y`` (N,); >= 0.

    Never more than ``felt`` (N,), the change that three quarters of the picture show. None where fewer than twelve
    frames could be understood.
    """
    known = support > LOST
    if known.sum() < FEWEST:
        return None
    speed = np.interp(t, t[known], x[known]) + 1j * np.interp(t, t[known], y[known])
    reach = max(1, round(ASIDE / interval(t)))
    way = np.concatenate([[0], np.cumsum(speed)])
    at = np.arange(reach, len(t) - reach + 1)
    if len(at) < FEWEST:
        return None
    size = np.abs(way[at + reach] - 2 * way[at] + way[at - reach]) / reach
    trust = np.median(np.lib.stride_tricks.sliding_window_view(support, 2 * reach), axis=1)
    beyond = np.where(trust >= SURE, np.maximum(size - USUAL * np.median(size), 0), 0)
    found = np.zeros(len(t))
    found[at] = np.minimum(beyond, felt[at])
    return found


class Felt:
    """The change of speed that most of the textured picture shows, by the movement of each place before and after."""

    def __init__(self, reach: int) -> None:
        self._reach = reach
        self._seen: deque[tuple[Complex, NDArray[np.float64]]] = deque(maxlen=2 * reach)

    def add(self, speed: Complex, weight: NDArray[np.float64]) -> float | None:
        """With the speeds (K,) of all places in the frame now, the change ``reach - 1`` frames ago, in their unit; None
        before that many have been seen."""
        if self._seen and self._seen[-1][0].shape != speed.shape:
            self._seen.clear()
        self._seen.append((speed, weight))
        if len(self._seen) < 2 * self._reach:
            return None
        fields = np.array([each for each, _ in self._seen])
        change = np.abs(fields[self._reach :].mean(axis=0) - fields[: self._reach].mean(axis=0))
        order = change.argsort()
        mass = np.cumsum(self._seen[self._reach][1][order])
        if not mass.size or mass[-1] <= 0:  # a bare wall, or a picture of a few pixels
            return 0.0
        return float(change[order][np.searchsorted(mass, mass[-1] * (1 - SHARE))])


@register
class CameraJolts(Operator):
    """Sudden changes of the camera's speed."""

    name, version, title = "camera_jolts", "2", "Camera jolts"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 0.5
    measures = (
        Measure(
            name="jolt",
            title="Sudden change of the camera's speed",
            unit="% of height/s",
            low=0,
            direction=Direction.LOWER,
            definition=f"Greatest change, over a shot, of the mean speed of pan and tilt from the {ASIDE} s before a "
            f"moment to those after it, less {USUAL:g} times its median over the shot, but at most what "
            f"{100 * SHARE:g} % of the textured picture show of it; moments at which the camera's "
            "movement is not understood are left out. The clip takes its worst shot.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._path = Track("x", "y", "support")
        self._reach = max(1, round(ASIDE * float(self.clip.picture.rate))) if self.clip.picture else 1
        self._felt, self._places = array("d"), Felt(self._reach)

    def see(self, frame: Frame) -> None:
        found, moved = global_motion(frame), flow(frame)
        self._felt.append(0.0)
        if found is None or moved is None or frame.previous is None or found.seconds <= 0:
            self._path.add(frame.seconds, 0, 0, 0)
            return
        speed = 100 * found.shift / found.seconds
        self._path.add(frame.seconds, speed.real, speed.imag, found.support)
        places, weight = 100 * grid_flow(moved) / found.seconds, on_grid(texture(frame.previous))
        felt = self._places.add(places.ravel(), weight.ravel().astype(np.float64))
        if felt is not None:
            self._felt[-self._reach] = felt

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, felt, told = self._path.t, np.frombuffer(self._felt), []
        line = np.zeros_like(t)
        for shot in scene.shots:
            chosen = steps(t, scene, shot)
            x, y, support = (self._path[name][chosen] for name in ("x", "y", "support"))
            found = jolts(x, y, support, felt[chosen], t[chosen]) if len(chosen) >= FEWEST else None
            if found is not None:
                line[chosen] = found
                told.append((shot, float(found.max())))
        words = "The camera's speed changes at once by {} % of the picture's height per second."
        absent = "no shot has frames enough whose movement can be followed"
        curve = self.curve("jolt", t, line) if told else None
        yield from readings(self, scene, "jolt", told, worst, words.format, absent, curve)
        shown: list[float] = []
        for at in np.argsort(-line)[: 10 * MOMENTS]:
            seconds = float(t[at])
            if line[at] < POINTED or len(shown) == MOMENTS:
                return
            if all(abs(seconds - other) > 3 * ASIDE for other in shown):
                shown.append(seconds)
                before, after = max(float(t[0]), seconds - ASIDE), min(float(t[-1]), seconds + ASIDE)
                yield self.found(
                    "jolt",
                    float(line[at]),
                    span=Span(start=before, end=after),
                    shot=scene.shot_at(seconds),
                    words=words.format(number(float(line[at]))),
                    picture=pair_at(self, before, after, f"{number(before)} s beside {number(after)} s"),
                )
