"""Camera course: what of the camera's path is taken back, and how far it tips over.

A move leads somewhere. What swells and shrinks again, wanders off and returns, or slowly tips over leads nowhere. It is
read off the path that :mod:`evalverse.tools.picture.camera_motion` found; where one subject fills a plain picture, its
nodding may be taken for the camera's. A dance of the camera, a pendulum or a wave beneath a boat comes and goes too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.operator import Needs, Operator, Scene, Shot, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Series, steps
from evalverse.tools.picture.camera_motion import speeds_from
from evalverse.tools.shots.shot_cutter import shots_from

LEAST = {"zoom": 0.4, "pan": 0.6, "tilt": 0.6}
"""% by which a path must turn back before it counts: unrest of a hand is read by camera_motion.shake."""
FEWEST = 12
WORDS = {
    "breathing": "The picture swells and shrinks again by {} % a second.",
    "wandering": "The camera wanders and comes back over {} % of the picture a second.",
    "lean": "The picture turns by {} degrees within a shot.",
}
POINTED = {"breathing": 2.1, "wandering": 4.0, "lean": 6.0}
ABSENT = "the camera's movement could not be followed through any shot"


def taken_back(path: Series, least: float) -> float:
    """Way that ``path`` (N,) goes there and back again, in its unit, one way; turns below ``least`` do not count."""
    turns, low, high, way = [float(path[0])], float(path[0]), float(path[0]), 0
    for value in path:
        low, high = min(low, float(value)), max(high, float(value))
        if way >= 0 and high - value > least:
            turns, way, low = [*turns, high], -1, float(value)
        elif way <= 0 and value - low > least:
            turns, way, high = [*turns, low], 1, float(value)
    turns.append(float(path[-1]))
    return float(np.abs(np.diff(turns)).sum() - abs(turns[-1] - turns[0])) / 2


@register
class CameraCourse(Operator):
    """What of the camera's movement leads nowhere."""

    name, version, title = "camera_course", "1", "Course of the camera"
    needs = Needs(after=("shot_cutter", "camera_motion"))
    cost = 0.1
    measures = (
        Measure(
            name="breathing",
            title="Zoom that breathes",
            unit="%/s",
            low=0,
            direction=Direction.LOWER,
            definition="Way in the size of the picture that is gone there and back again (turns of "
            f"{LEAST['zoom']} % or more), one way, over the length of the shot. The clip takes its worst shot.",
        ),
        Measure(
            name="wandering",
            title="Camera that wanders and returns",
            unit="%/s",
            low=0,
            direction=Direction.LOWER,
            definition=f"As breathing, of pan and tilt (turns of {LEAST['pan']} % of width or height or more), both "
            "as legs of one triangle.",
        ),
        Measure(
            name="lean",
            title="Turn of the picture within a shot",
            unit="degrees",
            low=0,
            direction=Direction.LOWER,
            definition="Greatest angle between two moments of a shot by which the camera has rolled. The clip takes "
            "its worst shot. Following a plane in a bank or a deliberate Dutch roll turns it on purpose.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        found = speeds_from(scene)
        if found is None:
            yield from self.could_not_at_all(ABSENT)
            return
        t, axes = found
        told: dict[str, list[tuple[Shot, float]]] = {measure.name: [] for measure in self.measures}
        extremes: dict[str, dict[int, tuple[float, float]]] = {measure.name: {} for measure in self.measures}
        paths: dict[str, Series] = {axis: np.zeros_like(t) for axis in axes}
        for shot in scene.shots or shots_from(scene.evidence["shot_cutter"]):
            chosen = steps(t, scene, shot)
            if len(chosen) < FEWEST:
                continue
            seconds = np.diff(t[chosen], prepend=t[chosen[0]])
            for axis, speed in axes.items():
                paths[axis][chosen] = np.cumsum(speed[chosen] * seconds)
            lasted = max(float(np.ptp(t[chosen])), 1e-6)
            back = {axis: taken_back(paths[axis][chosen], least) / lasted for axis, least in LEAST.items()}
            told["breathing"].append((shot, back["zoom"]))
            told["wandering"].append((shot, float(np.hypot(back["pan"], back["tilt"]))))
            told["lean"].append((shot, float(np.ptp(paths["roll"][chosen]))))
            farthest = "pan" if back["pan"] > back["tilt"] else "tilt"
            for name, axis in (("breathing", "zoom"), ("wandering", farthest), ("lean", "roll")):
                ends = sorted(float(t[chosen[k(paths[axis][chosen])]]) for k in (np.argmin, np.argmax))
                extremes[name][shot.index] = (ends[0], ends[1])
        for name, axis in (("breathing", "zoom"), ("wandering", "pan"), ("lean", "roll")):
            curve = self.curve(name, t, paths[axis]) if told[name] else None
            yield from readings(self, scene, name, told[name], worst, WORDS[name].format, ABSENT, curve)
            yield from self._shown(name, told[name], extremes[name])

    def _shown(
        self, name: str, told: list[tuple[Shot, float]], ends: dict[int, tuple[float, float]]
    ) -> Iterator[Evidence]:
        """The two moments between which the worst shot changed most, side by side."""
        shot, value = max(told, key=lambda each: each[1], default=(None, 0.0))
        if shot is None or value < POINTED[name]:
            return
        start, end = ends[shot.index]
        yield self.found(
            name,
            value,
            span=Span(start=start, end=end),
            shot=shot,
            words=WORDS[name].format(number(value)),
            picture=pair_at(self, start, end, f"{number(start)} s beside {number(end)} s"),
        )
