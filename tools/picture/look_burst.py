"""Frames in quick succession around a time, on one sheet: how something moves, appears or breaks."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sample import around, contact_sheet, frames_at
from evalverse.tools.media.timecode import clock
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Scene, register

COLUMNS = 3


class BurstSettings(OperatorSettings):
    """Which frames: ``count`` of them, ``spacing`` seconds apart, centred on ``seconds``."""

    seconds: float = Field(0.0, description="the time in the middle")
    count: int = Field(6, ge=2, le=12, description="how many frames")
    spacing: float = Field(0.1, ge=0.01, le=2.0, description="seconds from one frame to the next")
    height: int = Field(240, ge=64, le=480, description="height of each frame on the sheet, in pixels")


@register
class LookBurst(Operator):
    """Shows frames in quick succession around a time, row by row on one sheet."""

    name, version, title = "look_burst", "1", "Frames around a time"
    needs = Needs()
    measures = (
        Measure(
            name="frames",
            title="Frames in succession",
            unit="frames",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Number of different frames on the sheet; the picture is the evidence.",
        ),
    )
    Settings = BurstSettings
    on_request = True
    cost = 0.5

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        s = self.settings
        if self.clip.picture is None:
            yield self.could_not("frames", "the clip has no picture")
            return
        middle = min(max(0.0, s.seconds), self.clip.duration)
        times = around(self.clip, middle, s.count, s.spacing) or [middle]
        # slower pictures than the spacing show the same frame twice; each is shown once
        frames = list({f.seconds: f for f in frames_at(self.clip, times, s.height)}.values())
        stamps = [clock(f.seconds) for f in frames]
        sheet = contact_sheet(frames, COLUMNS, stamps, s.height)
        yield self.found(
            "frames",
            len(frames),
            span=Span(start=frames[0].seconds, end=frames[-1].seconds),
            words=f"{len(frames)} frames from {stamps[0]} to {stamps[-1]}, about {number(s.spacing)} s apart.",
            picture=self.ledger.put_picture(sheet, f"row by row: {', '.join(stamps)}"),
            times=[round(f.seconds, 4) for f in frames],
        )
