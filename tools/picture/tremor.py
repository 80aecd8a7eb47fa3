"""Tremor: a frame that trembles several times a second, sideways and in roll.

Hands sway slowly and hardly roll that fast; mounts on vehicles, a stabiliser at fault and frames that were drawn one by
one tremble. A subject that fills the picture can pass for a camera that shakes sideways, not for one that rolls.
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

LOWEST = 3.0
"""Hertz above which movement is tremor."""
LOST = 0.08
"""Support below which the neighbours of a frame stand in for it."""
FEWEST = 12
RAYLEIGH, NORMAL = 1.2, 1.48
"""Root mean square over median size, of a swing in two directions and in one: slips do not count."""
POINTED = {"sway": 0.5, "roll": 0.1}
APART = 0.12
"""Seconds between the two frames that are shown."""


def tremor(speed: Series, seconds: float) -> Series:
    """(N,) what of the way lies above :data:`LOWEST`.

    Args:
        speed: (N,) per second.
        seconds: between two values; less than a sixth of a second.
    """
    from scipy.signal import butter, sosfiltfilt

    way = np.cumsum(speed) * seconds
    return np.asarray(sosfiltfilt(butter(2, LOWEST, "high", fs=1 / seconds, output="sos"), way))


@register
class Tremor(Operator):
    """How much the frame trembles."""

    name, version, title = "tremor", "1", "Tremor"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 0.5
    measures = (
        Measure(
            name="sway",
            title="Trembling from side to side",
            unit="% of height",
            low=0,
            direction=Direction.LOWER,
            definition=f"What lies above {LOWEST:g} Hz of the way of pan and tilt (Butterworth, both ways): root mean "
            "square over a shot of a Rayleigh distribution with the same median. The clip takes its worst shot.",
        ),
        Measure(
            name="roll",
            title="Trembling in roll",
            unit="degrees",
            low=0,
            direction=Direction.LOWER,
            definition="The same of the roll, of a normal distribution with the same median.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._path = Track("x", "y", "roll", "support")

    def see(self, frame: Frame) -> None:
        found = global_motion(frame)
        if found is None or found.seconds <= 0:
            self._path.add(frame.seconds, 0, 0, 0, 0)
        else:
            speed, roll = 100 * found.shift / found.seconds, np.degrees(found.stretch.imag) / found.seconds
            self._path.add(frame.seconds, speed.real, speed.imag, roll, found.support)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._path.t
        lines = {"sway": np.zeros_like(t), "roll": np.zeros_like(t)}
        told = []
        for shot in scene.shots:
            chosen = steps(t, scene, shot)
            known = chosen[self._path["support"][chosen] > LOST]
            if len(known) < FEWEST or interval(t[chosen]) >= 0.5 / LOWEST:
                continue
            x, y, roll = (
                tremor(np.interp(t[chosen], t[known], self._path[name][known]), interval(t[chosen]))
                for name in ("x", "y", "roll")
            )
            lines["sway"][chosen], lines["roll"][chosen] = np.hypot(x, y), np.abs(roll)
            sway, turn = RAYLEIGH * np.median(np.hypot(x, y)), NORMAL * np.median(np.abs(roll))
            told.append((shot, {"sway": float(sway), "roll": float(turn)}))
        words = {
            "sway": "The frame trembles by {} % of the picture's height.",
            "roll": "The frame trembles in roll by {} degrees.",
        }
        absent = "no shot has frames enough whose movement can be followed"
        for name, line in lines.items():
            values = [(shot, both[name]) for shot, both in told]
            curve = self.curve(name, t, line) if told else None
            yield from readings(self, scene, name, values, worst, words[name].format, absent, curve)
            if values and worst(values) >= POINTED[name]:
                shot = max(values, key=lambda row: row[1])[0]
                mine = np.flatnonzero((t >= shot.span.start) & (t < shot.span.end))
                end = float(t[mine[line[mine].argmax()]])
                start = max(shot.span.start, end - APART)
                yield self.found(
                    name,
                    worst(values),
                    span=Span(start=start, end=end),
                    shot=shot,
                    words=words[name].format(number(worst(values))),
                    picture=pair_at(self, start, end, f"{number(start)} s beside {number(end)} s"),
                )
