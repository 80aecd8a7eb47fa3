"""Camera easing: how long a move takes to get going and to come to rest.

A dolly, a crane and a good operator ease in and out; a key frame without a curve, a bumped tripod and a cut-off move do
not. It is read off the path that :mod:`evalverse.tools.picture.camera_motion` found, whose speeds are means over 0.2 s,
so that no start is shorter than that. Only starts from rest and stops to rest, within a shot, are read.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.operator import Needs, Operator, Scene, Shot, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import PerShot, readings
from evalverse.tools.picture._track import Series, runs, steps
from evalverse.tools.picture.camera_motion import speeds_from
from evalverse.tools.shots.shot_cutter import shots_from

REST, MOVING = 1.5, 4.0
"""% of the height (of the size, for zooms) per second below which the camera rests, and which a move must reach."""
SHORTEST = 0.5
"""Seconds above rest below which it is a jolt, not a move."""
RAMP = (0.1, 0.9)
"""Of the move's usual speed: from where to where a start or stop is timed."""
FEWEST = 12
ABSENT = "no move of the camera begins from rest or comes to rest within a shot"


def ramp(speed: Series, t: Series) -> tuple[float, float] | None:
    """When a move begins and when it has got going, in seconds; None where it does not begin from rest.

    Args:
        speed: (N,) >= 0, from at most :data:`REST` on.
        t: (N,) seconds. For a stop, give both backwards.
    """
    if len(speed) < 3 or speed[0] > REST:
        return None
    usual = float(np.median(speed[speed > max(REST, speed.max() / 2)]))
    gone = int((speed >= RAMP[1] * usual).argmax())
    begun = (
        int(np.flatnonzero(speed[: gone + 1] <= RAMP[0] * usual)[-1])
        if (speed[: gone + 1] <= RAMP[0] * usual).any()
        else 0
    )
    return float(t[begun]), float(t[gone])


@register
class CameraEasing(Operator):
    """Starts and stops of moves."""

    name, version, title = "camera_easing", "1", "Easing of camera moves"
    needs = Needs(after=("shot_cutter", "camera_motion"))
    cost = 0.1
    measures = tuple(
        Measure(
            name=name,
            title=title,
            unit="s",
            low=0,
            direction=Direction.HIGHER,
            definition=f"Time that the camera's speed (pan, tilt and zoom together) takes {way} of the move's usual "
            f"speed, for moves of {SHORTEST} s and longer that reach {MOVING:g} % of the height per second; the "
            "shortest of a shot, the shortest of the clip. 0.2 s and less is abrupt, half a second and more is eased.",
        )
        for name, title, way in (
            ("start", "Quickest start of a move", "from 10 to 90 %"),
            ("stop", "Quickest stop of a move", "from 90 down to 10 %"),
        )
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        found = speeds_from(scene)
        if found is None:
            yield from self.could_not_at_all("the camera's movement could not be followed through any shot")
            return
        t, axes = found
        aspect = self.clip.picture.width / self.clip.picture.height if self.clip.picture else 1.0
        parts = [times * axes[axis] for axis, times in (("pan", aspect), ("tilt", 1.0), ("zoom", 0.5))]
        speed: Series = np.sqrt(np.sum(np.square(parts), axis=0))
        times: dict[str, list[tuple[Shot, tuple[float, float]]]] = {"start": [], "stop": []}
        for shot in scene.shots or shots_from(scene.evidence["shot_cutter"]):
            chosen = steps(t, scene, shot)
            if len(chosen) >= FEWEST:
                for name, span in _edges(speed[chosen], t[chosen]):
                    times[name].append((shot, span))
        for name, words in (
            ("start", "A move gets going within {} s."),
            ("stop", "A move comes to rest within {} s."),
        ):
            quickest: dict[int, tuple[Shot, tuple[float, float]]] = {}
            for shot, span in times[name]:
                known = quickest.get(shot.index)
                if known is None or np.ptp(span) < np.ptp(known[1]):
                    quickest[shot.index] = shot, span
            values = [(shot, span[1] - span[0]) for shot, span in quickest.values()]
            curve = self.curve(name, t, speed) if values else None
            yield from readings(self, scene, name, values, _shortest, words.format, ABSENT, curve)
            if values:
                shot, span = min(quickest.values(), key=lambda each: each[1][1] - each[1][0])
                yield self.found(
                    name,
                    span[1] - span[0],
                    span=Span(start=span[0], end=span[1]),
                    shot=shot,
                    words=words.format(number(span[1] - span[0])),
                    picture=pair_at(self, span[0], span[1], f"{number(span[0])} s beside {number(span[1])} s"),
                )


def _edges(speed: Series, t: Series) -> Iterator[tuple[str, tuple[float, float]]]:
    """Starts and stops, with the seconds between which they happen, of all moves within ``speed`` (N,)."""
    for first, end in runs(speed > REST):
        if t[end - 1] - t[first] < SHORTEST or speed[first:end].max() < MOVING:
            continue
        if first > 0 and (begun := ramp(speed[first - 1 : end], t[first - 1 : end])) is not None:
            yield "start", begun
        if end < len(t) and (rested := ramp(speed[first : end + 1][::-1], t[first : end + 1][::-1])) is not None:
            yield "stop", (rested[1], rested[0])


def _shortest(values: PerShot) -> float:
    return min(value for _, value in values)
