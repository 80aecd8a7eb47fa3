"""What differs between two frames: both of them, and their difference with its strongest place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.sample import contact_sheet
from evalverse.tools.media.timecode import clock
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.picture._pair import PairSettings, pair

CHANGED = 0.08
"""Share of full scale by which the strongest channel of a pixel must differ to count as changed."""
AMPLIFIED = 3
"""Times that the difference is shown, so that a faint one can be seen."""
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")


@register
class LookChange(Operator):
    """Shows two frames and a picture of their difference: bright where they differ."""

    name, version, title = "look_change", "1", "What changed between two moments"
    needs = Needs(after=("shot_cutter",))
    measures = (
        Measure(
            name="changed",
            title="Changed between two moments",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Share of the pixels whose red, green or blue differs by more than 8 % of full scale; movement "
            "of camera or subject counts like any other change.",
        ),
    )
    Settings = PairSettings
    on_request = True
    cost = 0.4

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        found = pair(self, scene)
        if isinstance(found, str):
            yield self.could_not("changed", found)
            return
        one, other = (f.rgb(self.settings.height) for f in found)
        change = np.abs(one.astype(np.int16) - other).max(-1)
        share = 100 * float((change > 255 * CHANGED).mean())
        stamps = [clock(f.seconds) for f in found]
        grey = np.minimum(change * AMPLIFIED, 255).astype(np.uint8)
        difference: RGB = np.repeat(grey[..., None], 3, axis=-1)
        sheet = contact_sheet([*found, difference], 3, [*stamps, f"difference x{AMPLIFIED}"], self.settings.height)
        told = f"{number(share)} % of the picture differs between {stamps[0]} and {stamps[1]}"
        times = sorted(f.seconds for f in found)
        yield self.found(
            "changed",
            share,
            span=Span(start=times[0], end=times[1]),
            words=f"{told}, most at the {strongest(change)}." if share else f"{told}.",
            picture=self.ledger.put_picture(sheet, f"{stamps[0]}, {stamps[1]} and their difference, amplified"),
            times=[round(t, 4) for t in times],
        )


def strongest(change: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> str:
    """In words, the ninth of an (H, W) picture that changed most on average."""
    cells = [[part.mean() for part in np.array_split(row, 3, axis=1)] for row in np.array_split(change, 3, axis=0)]
    row, column = divmod(int(np.argmax(cells)), 3)
    return "centre" if row == column == 1 else f"{ROWS[row]} {COLUMNS[column]}"
