"""Cuts in doubt: places where the shot cutter was not sure either way, each with the pictures on both sides.

It only points at them: a model judge is asked about each (see ``cut_replies``), and a cut list of the user's settles
them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, Span
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._track import Track, interval
from evalverse.tools.shots._cuts import certainty, steps
from evalverse.tools.shots._likeness import Strip
from evalverse.tools.shots._others import Adaptive
from evalverse.tools.shots._reconcile import places
from evalverse.tools.shots.shot_cutter import HEIGHT

LOW, HIGH = 0.25, 0.75
"""Certainties between which a place is in doubt; 0.5 is the shot cutter's own threshold."""
MOST = 8
"""Places that are shown, those nearest to the threshold."""
SHOWN = 180
"""Height of the pictures side by side, in pixels."""
CAPTION = "the last frame before a doubtful cut | the first after it"


@register
class CutDoubts(Operator):
    """Finds the places of which it is not sure whether the picture cuts."""

    name, version, title = "cut_doubts", "1", "Cuts in doubt"
    needs = Needs(picture=Picture(height=HEIGHT), after=("shot_cutter",))
    cost = 1.5
    measures = (
        Measure(
            name="count",
            title="Cuts in doubt",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition=f"Places where the detectors' mean certainty of a hard cut lies between {LOW} and {HIGH}: cuts "
            "that may be none, and places in a shot that may be cuts. None with a cut list of the user's.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._strip, self._times, self._adaptive = Strip(), Track(), Adaptive()

    def see(self, frame: Frame) -> None:
        rgb = frame.rgb(HEIGHT)
        self._strip.append(rgb)
        self._times.add(frame.seconds)
        self._adaptive.see(rgb)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        told = next((e for e in scene.evidence.get("shot_cutter", ()) if "shots" in e.data), None)
        if told is None or not len(self._times):
            yield self.could_not("count", "the shots could not be told")
            return
        if not told.data["detectors"]:
            yield self.found("count", 0, words="The cut list that was handed in settles where the shots begin.")
            return
        doubts = self._doubts(scene)
        words = f"{len(doubts) or 'No'} place{'' if len(doubts) == 1 else 's'} where it is not sure whether it cuts."
        yield self.found("count", len(doubts), words=words, places=[[round(t, 4), round(c, 3)] for t, c in doubts])
        step = interval(self._times.t)
        for at, sure in sorted(doubts, key=lambda d: (abs(d[1] - 0.5), d[0]))[:MOST]:
            kept = sure >= 0.5
            yield self.found(
                "count",
                1,
                span=Span(start=max(0.0, at - step), end=at),
                words="It is not sure that this is a cut; it counts as one."
                if kept
                else "This may be a cut; it does not count as one.",
                confidence=round(sure if kept else 1 - sure, 3),
                picture=pair_at(self, at - step, at, CAPTION, SHOWN),
                at=round(at, 4),
                counts=kept,
            )

    def _doubts(self, scene: Scene) -> list[tuple[float, float]]:
        """(seconds, certainty) of places in doubt, in order, outside dissolves, fades and wipes."""
        t = self._times.t
        near, _ = steps(self._strip)
        rate = 1 / interval(t)
        found = places([self._adaptive.certainty(), certainty(self._strip, near, rate)], rate)
        soft = [
            e.span
            for e in scene.evidence.get("shot_cutter", ())
            if e.scope is Scope.MOMENT and e.measure == "shot_cutter.transitions" and e.span is not None
        ]
        doubts = [(float(t[at]), sure) for at, sure in found if LOW <= sure < HIGH]
        return sorted(d for d in doubts if not any(span.start <= d[0] <= span.end for span in soft))
