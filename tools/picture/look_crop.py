"""A part of the frame, enlarged, so that a small face, a sign or an edge can be looked at and cited."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from evalverse.tools.evidence import Direction, Evidence, Measure, Span
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.sample import crop, frame_at
from evalverse.tools.media.timecode import clock
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Scene, register

MOST_ENLARGED = 8.0
"""Times: beyond that an enlargement shows the interpolation rather than the picture."""


class CropSettings(OperatorSettings):
    """Which part of which frame."""

    seconds: float = Field(0.0, description="time of the frame; outside the clip, the nearest frame")
    left: float = Field(0.0, ge=0, le=1, description="left edge of the box, as a fraction of the frame's width")
    top: float = Field(0.0, ge=0, le=1, description="top edge, as a fraction of the height, counted from the top")
    right: float = Field(1.0, ge=0, le=1, description="right edge, greater than left")
    bottom: float = Field(1.0, ge=0, le=1, description="bottom edge, greater than top")
    height: int = Field(512, ge=64, le=1080, description="height of the picture that is shown, in pixels")


@register
class LookCrop(Operator):
    """Shows a box of one frame, enlarged."""

    name, version, title = "look_crop", "1", "A part of the frame, enlarged"
    needs = Needs()
    measures = (
        Measure(
            name="enlarged",
            title="Part of the frame looked at",
            unit="times",
            low=0,
            direction=Direction.NEUTRAL,
            definition="How many times the part is enlarged, linearly; the picture is the evidence.",
        ),
    )
    Settings = CropSettings
    on_request = True
    cost = 0.3

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        s = self.settings
        if self.clip.picture is None:
            yield self.could_not("enlarged", "the clip has no picture")
            return
        if s.left >= s.right or s.top >= s.bottom:
            yield self.could_not("enlarged", "the box is empty: left must be less than right, and top than bottom")
            return
        frame = frame_at(self.clip, min(max(0.0, s.seconds), self.clip.duration))
        part = crop(frame.rgb(), (s.left, s.top, s.right, s.bottom))
        shown, times = enlarged(part, s.height)
        end = max(frame.seconds, min(self.clip.duration, frame.seconds + 1 / float(self.clip.picture.rate)))
        place = f"{s.left:.0%} to {s.right:.0%} of the width, {s.top:.0%} to {s.bottom:.0%} of the height"
        yield self.found(
            "enlarged",
            times,
            span=Span(start=frame.seconds, end=end),
            words=f"A part of the frame at {clock(frame.seconds)}: {place}.",
            picture=self.ledger.put_picture(shown, f"{place}, at {clock(frame.seconds)}"),
            box=[s.left, s.top, s.right, s.bottom],
        )


def enlarged(part: RGB, height: int) -> tuple[RGB, float]:
    """(h, w, 3) as near to ``height`` pixels high as :data:`MOST_ENLARGED` allows, and how many times it grew."""
    import cv2

    times = min(height / part.shape[0], MOST_ENLARGED)
    size = max(1, round(part.shape[1] * times)), max(1, round(part.shape[0] * times))
    kind = cv2.INTER_CUBIC if times > 1 else cv2.INTER_AREA
    return cv2.resize(part, size, interpolation=kind), times  # type: ignore[return-value]
