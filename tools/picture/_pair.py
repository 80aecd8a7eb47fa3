"""Two frames that are to be compared: at two times, or out of the middles of two shots."""

from __future__ import annotations

from pydantic import Field

from evalverse.tools.media.frame import Frame
from evalverse.tools.media.sample import frames_at
from evalverse.tools.operator import Operator, OperatorSettings, Scene


class PairSettings(OperatorSettings):
    """Which two frames: by ``seconds`` or by ``shots``; of both, the shots count."""

    seconds: tuple[float, float] | None = Field(None, description="two times in the clip")
    shots: tuple[int, int] | None = Field(
        None, description="numbers of two shots, the first is 1; the middle of each is taken"
    )
    height: int = Field(384, ge=64, le=720, description="height of each picture, in pixels")


def pair(subject: Operator, scene: Scene) -> tuple[Frame, Frame] | str:
    """The two frames, ``settings.height`` pixels high; or why there are none."""
    s = subject.settings
    if subject.clip.picture is None:
        return "the clip has no picture"
    times = s.seconds
    if s.shots is not None:
        absent = [n for n in s.shots if not 1 <= n <= len(scene.shots)]
        if absent:
            return f"there is no shot {absent[0]}; the clip has {len(scene.shots)}"
        spans = [scene.shots[n - 1].span for n in s.shots]
        times = [(span.start + span.end) / 2 for span in spans]
    if times is None:
        return "neither two times nor two shots were named"
    one, other = frames_at(subject.clip, [min(max(0.0, t), subject.clip.duration) for t in times], s.height)
    return one, other
