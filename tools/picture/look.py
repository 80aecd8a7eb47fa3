"""Look: single frames at times that somebody asks for, kept as evidence so that a claim can cite what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from evalverse.tools.evidence import Direction, Evidence, Measure, Span
from evalverse.tools.media.sample import frames_at
from evalverse.tools.media.timecode import clock
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Scene, register


def _several(given: Any) -> Any:
    """One time may be written without a list."""
    return (given,) if isinstance(given, int | float) else given


class LookSettings(OperatorSettings):
    """Which frames: those on screen at ``seconds``; times outside the clip are moved inside."""

    seconds: Annotated[tuple[float, ...], BeforeValidator(_several)] = Field(
        (), max_length=16, description="times in the clip"
    )
    height: int = Field(512, ge=16, le=2160, description="height of each picture, in pixels")


@register
class Look(Operator):
    """One picture per time that was asked for."""

    name, version, title = "look", "1", "A closer look"
    needs = Needs()
    measures = (
        Measure(
            name="frame",
            title="Frame looked at",
            unit="s",
            low=0,
            direction=Direction.NEUTRAL,
            definition="presentation time of a frame that was asked for; the picture is the evidence",
        ),
    )
    Settings = LookSettings
    on_request = True
    cost = 0.5

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        times = [min(max(0.0, t), self.clip.duration) for t in self.settings.seconds]
        if not times or self.clip.picture is None:
            yield self.could_not("frame", "the clip has no picture" if times else "no time was asked for")
            return
        for frame in frames_at(self.clip, times, self.settings.height):
            end = max(frame.seconds, min(self.clip.duration, frame.seconds + 1 / float(self.clip.picture.rate)))
            yield self.found(
                "frame",
                frame.seconds,
                span=Span(start=frame.seconds, end=end),
                words=f"The frame at {clock(frame.seconds)}.",
                picture=self.ledger.put_picture(frame.rgb(self.settings.height), caption=clock(frame.seconds)),
                seconds=frame.seconds,
            )
