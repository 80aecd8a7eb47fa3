"""Camera jolts: knocks, jerks and dead stops, which a camera with mass and a steady hand would not make.

Speed just after a moment against speed just before it, beyond what the shot's own hand-held unrest makes likely. A
whip pan that ends on its target, a crash or a blow that the camera takes part in jolts it on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import Frame
from evalverse.tools.motion_model import global_motion
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
FEWEST = 12
POINTED = 20.0
MOMENTS = 3


def jolts(x: Series, y: Series, support: Series, t: Series) -> Series | None:
    """(N,) change of speed at each frame beyond the usual, in the unit of the speeds ``x`` and ``y`` (N,); >= 0.

    None where fewer than twelve frames could be understood.
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
    found[at] = beyond
    return found


@register
class CameraJolts(Operator):
    """Sudden changes of the camera's speed."""

    name, version, title = "camera_jolts", "1", "Camera jolts"
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
            f"moment to those after it, less {USUAL:g} times its median over the shot; moments at which the camera's "
            "movement is not understood are left out. The clip takes its worst shot.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._path = Track("x", "y", "support")

    def see(self, frame: Frame) -> None:
        found = global_motion(frame)
        if found is None or found.seconds <= 0:
            self._path.add(frame.seconds, 0, 0, 0)
        else:
            speed = 100 * found.shift / found.seconds
            self._path.add(frame.seconds, speed.real, speed.imag, found.support)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, told = self._path.t, []
        line = np.zeros_like(t)
        for shot in scene.shots:
            chosen = steps(t, scene, shot)
            x, y, support = (self._path[name][chosen] for name in ("x", "y", "support"))
            found = jolts(x, y, support, t[chosen]) if len(chosen) >= FEWEST else None
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
