"""Persistence: how far the picture still is what it was 0.4 s before, in one number that every moving picture gets.

The four ways in which matter fails to last, read together and without the limits of the operators that read each of
them: fast and blurred moments count here. So it ranks takes of one prompt; it says of no clip that it is faulty, since
fire, splashes, dance and fast cameras read low without any fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.image._pairs import GAP, Pacer, inside, pair, within_shots
from evalverse.tools.image.local_melt import remade_at
from evalverse.tools.image.track_survival import REACH, Anchor, recognised
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Track

FEWEST = 8
"""Corners, and ORB features, below which a moment has nothing that could last."""
POINTED = 25.0
"""% below which the worst moment is shown."""
PARTS = ("corners", "features", "paths", "places")


class _Window:
    """What 0.4 s have shown so far."""

    def __init__(self, anchor: Anchor) -> None:
        self.anchor = anchor
        self.until = anchor.seconds
        self.kept: list[float] = []
        """% of the picture that flow leads there and back, pair by pair."""
        self.blocks: list[NDArray[np.float32]] = []
        self.speeds: list[float] = []
        """Frame heights per second of the typical pixel."""


@register
class Persistence(Operator):
    """How much of the picture lasts for 0.4 s: corners, features, paths of flow and the worst place together."""

    name, version, title = "persistence", "2", "Persistence"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 4.0
    measures = (
        Measure(
            name="held",
            title="How much of the picture lasts",
            unit="%",
            low=0,
            high=100,
            direction=Direction.HIGHER,
            definition=f"Over {REACH} s ({FLOW_HEIGHT} lines, steps of {GAP} s) the mean, with equal weights, of four "
            "shares: of the corners that can be followed and still look alike, of the ORB features that are found "
            "again under one motion, of the picture that flow leads there and back, and of the relief that motion "
            "explains in the worst place. No limit of speed. Mean over a shot, averaged over time. Fast, burning and "
            "splashing things lower it without any fault: it compares takes of one prompt.",
            source="the measures of track_survival, flow_consistency and local_melt; weights fixed beforehand",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._pacer = Pacer()
        self._window: _Window | None = None
        self._moments = Track("start", "held", "speed", *PARTS)

    def see(self, frame: Frame) -> None:
        then = self._pacer.see(frame)
        if then is None:
            return
        moved = pair(frame, then)
        window = self._window
        if window is None or window.until != then[1]:  # none yet, or a gap in the clip
            window = self._window = _Window(Anchor(then[1], moved.before))
        window.until = frame.seconds
        window.anchor.step(moved.before, moved.after, moved.seconds)
        within = inside(moved.forward)
        window.kept.append(100 * float(1 - moved.astray[within].mean()) if within.any() else 0.0)
        window.blocks.append(remade_at(frame, then[0], moved))
        window.speeds.append(moved.speed)
        if frame.seconds >= window.anchor.seconds + REACH - 1e-4:
            self._close(window, frame)
            self._window = None

    def _close(self, window: _Window, frame: Frame) -> None:
        anchor, now = window.anchor, frame.grey(FLOW_HEIGHT)
        again = recognised(anchor.grey, now, FEWEST)
        if anchor.counted < FEWEST or again is None:
            return
        worst = min(1.0, float(np.mean(window.blocks, axis=0).max()))
        parts = (anchor.survival(now), again, float(np.mean(window.kept)), 100 * (1 - worst))
        self._moments.add(frame.seconds, anchor.seconds, float(np.mean(parts)), float(np.mean(window.speeds)), *parts)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, start, held = self._moments.t, self._moments["start"], self._moments["held"]
        told = within_shots(start, t, scene)
        if not told:
            yield self.could_not("held", f"no shot shows texture for {REACH} s")
            return
        kept = np.concatenate([chosen for _, chosen in told])
        yield from readings(
            self,
            scene,
            "held",
            [(shot, float(held[chosen].mean())) for shot, chosen in told],
            mean_over_time,
            "{} % of the picture lasts for 0.4 s.".format,
            curve=self.curve("held", t[kept], held[kept]),
            parts={name: round(float(self._moments[name][kept].mean()), 2) for name in PARTS},
            speed=round(float(self._moments["speed"][kept].mean()), 4),
            worst=round(float(held[kept].min()), 2),
        )
        low = int(kept[held[kept].argmin()])
        if held[low] < POINTED:
            yield self.found(
                "held",
                held[low],
                span=Span(start=start[low], end=t[low]),
                shot=scene.shot_at(t[low]),
                words=f"Here only {number(held[low])} % of the picture lasts.",
                confidence=0.5,
                picture=pair_at(self, start[low], t[low], "before and after"),
            )
