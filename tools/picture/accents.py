"""Accents: whether movement gathers and loses speed, or goes on at one even tempo.

What has weight prepares, falls, lands and rests; what floats moves evenly. A conveyor, drifting smoke and traffic go at
one tempo by nature, so evenness says something about bodies only, and little about movement that is evened out in part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.features import FLOW_HEIGHT, flow
from evalverse.tools.media.frame import Frame
from evalverse.tools.motion_model import global_motion, grid, grid_flow
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Series, Track, smooth, steps

FASTEST = 95
"""Percentile of the picture's speeds that stands for what moves."""
SLOWEST = 1.0
"""% of the height per second below which nothing moves that could have accents."""
STEADY = 0.2
"""Seconds over which speed is averaged."""
FEWEST = 18


@register
class Accents(Operator):
    """Rise and fall of the speed of what moves."""

    name, version, title = "accents", "1", "Accents of movement"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 0.5
    measures = (
        Measure(
            name="contrast",
            title="Accents of movement",
            unit="",
            low=0,
            direction=Direction.HIGHER,
            definition=f"Standard deviation over mean of the speed of what moves against the camera (P{FASTEST} of the "
            f"flow), averaged over {STEADY} s, within a shot in which that mean is {SLOWEST:g} % of the height per "
            "second or more; the clip averages its shots by time. People in footage mostly read 0.3 to 1, movement at "
            "one even tempo below 0.2.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._speeds = Track("own")

    def see(self, frame: Frame) -> None:
        moved, camera = flow(frame), global_motion(frame)
        own = 0.0
        if moved is not None and camera is not None and camera.seconds > 0:
            points = grid(moved.vectors.shape)
            field = grid_flow(moved)
            if points.size:
                own = 100 * float(np.percentile(np.abs(field - camera.at(points)), FASTEST)) / camera.seconds
        self._speeds.add(frame.seconds, own)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, told = self._speeds.t, []
        line: Series = np.zeros_like(t)
        for shot in scene.shots:
            chosen = steps(t, scene, shot)
            if len(chosen) < FEWEST:
                continue
            line[chosen] = smooth(self._speeds["own"][chosen], t[chosen], STEADY)
            if line[chosen].mean() >= SLOWEST:
                told.append((shot, float(line[chosen].std() / line[chosen].mean())))
        curve, picture = None, None
        if told:
            curve = self.curve("contrast", t, line)
            first, last = sorted((float(t[line.argmax()]), self._quietest(t, line)))
            picture = pair_at(self, first, last, "at its slowest and at its fastest, in the order of the film")
        words = "The speed of what moves varies by {} times its mean."
        absent = "in no shot does anything move long and far enough"
        yield from readings(self, scene, "contrast", told, mean_over_time, words.format, absent, curve, picture=picture)

    def _quietest(self, t: Series, line: Series) -> float:
        """When what moves is slowest."""
        return float(t[np.where(line > 0, line, np.inf).argmin()])
