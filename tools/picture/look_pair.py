"""Two moments or two shots side by side: does the face, the coat, the light stay the same?"""

from __future__ import annotations

from collections.abc import Iterator

from evalverse.tools.evidence import Direction, Evidence, Measure, Span
from evalverse.tools.media.sample import contact_sheet
from evalverse.tools.media.timecode import clock
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.picture._pair import PairSettings, pair


@register
class LookPair(Operator):
    """Shows two frames side by side: at two times, or from the middles of two shots."""

    name, version, title = "look_pair", "1", "Two moments side by side"
    needs = Needs(after=("shot_cutter",))
    measures = (
        Measure(
            name="apart",
            title="Time between two moments looked at",
            unit="s",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Seconds from the earlier frame to the later one; the picture is the evidence.",
        ),
    )
    Settings = PairSettings
    on_request = True
    cost = 0.4

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        found = pair(self, scene)
        if isinstance(found, str):
            yield self.could_not("apart", found)
            return
        one, other = found
        stamps = [clock(f.seconds) for f in found]
        sheet = contact_sheet(found, 2, stamps, self.settings.height)
        yield self.found(
            "apart",
            abs(other.seconds - one.seconds),
            span=Span(start=min(one.seconds, other.seconds), end=max(one.seconds, other.seconds)),
            words=f"Left {stamps[0]}, right {stamps[1]}.",
            picture=self.ledger.put_picture(sheet, f"left {stamps[0]}, right {stamps[1]}"),
            times=[round(f.seconds, 4) for f in found],
        )
