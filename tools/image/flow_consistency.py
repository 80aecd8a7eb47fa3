"""Flow consistency: whether matter can be followed from one frame to the next and back again to where it came from.

What is solid can, apart from a seam where one thing covers another. What appears, dissolves or is repainted cannot.
Fire, smoke, splashes and fast blurred motion cannot either: a low reading is a hint, not a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.image._pairs import FAST, GAP, Pacer, Pair, inside, pair, textured, within_shots
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Track

BARE = 0.03
"""Share of the picture that must have texture."""
FEWEST = 4
"""Pairs of a shot below which it is not judged."""
POINTED = 60.0
"""% from which on the worst moment of the clip is shown."""


def inconsistent(moved: Pair) -> float | None:
    """% of the textured pixels whose flow, followed there and back, does not return; None if it is too fast or bare.

    Pixels that leave the picture do not count.
    """
    if moved.speed > FAST:
        return None
    known = inside(moved.forward) & textured(moved.before)
    return 100 * float(moved.astray[known].mean()) if known.mean() >= BARE else None


@register
class FlowConsistency(Operator):
    """Forward-backward consistency of dense flow."""

    name, version, title = "flow_consistency", "1", "Flow consistency"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 3.0
    measures = (
        Measure(
            name="inconsistent",
            title="Matter that cannot be followed",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition=f"Share of the textured picture (144 lines) whose DIS flow over {GAP} s, followed forwards and "
            "then backwards, misses its origin by half a squared pixel plus 1 % of the squared displacements,"
            f" where the typical pixel moves slower than {FAST} frame heights per second; "
            "median over a shot. The clip takes its worst shot.",
            source="Sundaram et al. 2010, Dense point trajectories by GPU-accelerated large displacement optical flow",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._pacer = Pacer()
        self._pairs = Track("start", "share")

    def see(self, frame: Frame) -> None:
        then = self._pacer.see(frame)
        share = None if then is None else inconsistent(pair(frame, then))
        if then is not None and share is not None:
            self._pairs.add(frame.seconds, then[1], share)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, start, share = self._pairs.t, self._pairs["start"], self._pairs["share"]
        told = [(shot, chosen) for shot, chosen in within_shots(start, t, scene) if len(chosen) >= FEWEST]
        if not told:
            yield from self.could_not_at_all(
                "no shot shows textured matter, slow enough to be followed, for half a second"
            )
            return
        kept = np.concatenate([chosen for _, chosen in told])
        yield from readings(
            self,
            scene,
            "inconsistent",
            [(shot, float(np.median(share[chosen]))) for shot, chosen in told],
            worst,
            lambda n: f"{n} % of the picture cannot be followed from frame to frame and back.",
            curve=self.curve("inconsistent", t[kept], share[kept]),
        )
        peak = int(kept[share[kept].argmax()])
        if share[peak] >= POINTED:
            yield self.found(
                "inconsistent",
                share[peak],
                span=Span(start=start[peak], end=t[peak]),
                shot=scene.shot_at(t[peak]),
                words=f"Here {number(share[peak])} % of the picture cannot be followed.",
                confidence=0.5,
                picture=pair_at(self, start[peak], t[peak], "before and after"),
            )
