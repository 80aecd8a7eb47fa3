"""Cadence: pictures that repeat in a beat, as after a careless change of frame rate, and how many new ones there are.

What the operator for frozen frames takes for a beat, and therefore not for an accident, may still be a fault: a picture
that every so often stands twice as long moves in jerks (telecine judder), and below some ten to twelve new pictures a
second motion falls apart into stills (Read and Meyer 2000, "Restoration of Motion Picture Film", p. 24). Animation on
twos has an even beat and twelve pictures; it passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, number
from evalverse.tools.operator import Needs, Operator, Scene, register


@register
class Cadence(Operator):
    """Uneven steps and new pictures per second."""

    name, version, title = "cadence", "1", "Cadence"
    needs = Needs(after=("frozen_frames",))
    cost = 0.0
    measures = (
        Measure(
            name="uneven",
            title="Pictures held too long in a beat",
            unit="%",
            low=0,
            high=50,
            direction=Direction.LOWER,
            definition="Frames that repeat the one before in a regular beat while the others do not (one in five: "
            "20 %), so that motion goes in uneven steps; 0 without a beat or where each picture is held alike, as on "
            "twos. The clip takes its worst shot.",
        ),
        Measure(
            name="new_pictures",
            title="New pictures per second",
            unit="1/s",
            low=0,
            direction=Direction.HIGHER,
            definition="Frame rate less the frames that repeat in a beat, where a picture is held for three frames at "
            "most: a longer hold is not seen as a beat. The clip takes its worst shot.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        frozen = scene.evidence.get("frozen_frames", [])
        told = next((e for e in frozen if _counts(e)), None)
        rate = float(self.clip.picture.rate) if self.clip.picture else 0.0
        if told is None or rate <= 0:
            yield from self.could_not_at_all("whether frames repeat could not be measured")
            return
        beats: Sequence[Mapping[str, int]] = told.data.get("cadence") or ()
        uneven = max((100 / b["repeats_one_in"] for b in beats if b["held_for"] == 1), default=0.0)
        new = min((rate * _new(b) for b in beats), default=rate)
        yield self.found(
            "uneven",
            uneven,
            words=f"Every so often a picture stands twice as long: {number(uneven)} % of the frames repeat in a beat."
            if uneven
            else "No picture is held longer than the others in a beat.",
            curve=next((e.curve for e in frozen if e.curve), None),
        )
        yield self.found("new_pictures", new, words=f"The clip shows {number(new)} new pictures a second.")


def _counts(item: Evidence) -> bool:
    return item.measure == "frozen_frames.duplicate_share" and item.scope is Scope.CLIP and item.value is not None


def _new(beat: Mapping[str, int]) -> float:
    """Share of the frames that show something new."""
    return 1 / beat["held_for"] if beat["held_for"] > 1 else 1 - 1 / beat["repeats_one_in"]
