"""How deep a critique goes: one word for the frames, tool calls, second thoughts, samples and operators it may use."""

from __future__ import annotations

from dataclasses import dataclass

from evalverse.errors import UnknownName
from evalverse.settings import Settings


@dataclass(frozen=True)
class Depth:
    """What one word stands for. It scales the caller's settings, which stay what ``standard`` means."""

    name: str
    frames: float = 1.0
    """Times the frames that a judge is shown per question."""
    height: int | None = None
    """Pixels that a frame is high at most; None leaves it to the settings."""
    rounds: float = 1.0
    """Times the rounds of tool calls per question."""
    reflects: bool = True
    """Whether the judge re-examines its answers. The verifier holds them to the ledger at any depth."""
    samples: int = 1
    """How often at least each question is put, with other frames and in another order."""
    dearest: float | None = None
    """Seconds of one core per minute of clip that one operator may take, with what it builds on; None is no bound."""

    @classmethod
    def named(cls, name: str | None) -> Depth:
        """The depth of this name; None is the standard one. Raises UnknownName."""
        if name is None:
            return DEPTHS[STANDARD]
        if name not in DEPTHS:
            raise UnknownName("depth", name, list(DEPTHS))
        return DEPTHS[name]

    def settings(self, given: Settings) -> Settings:
        """The settings of a run at this depth."""
        height = given.judge_frame_height
        return given.model_copy(
            update={
                "judge_frame_height": height if self.height is None else min(height, self.height),
                "max_frames_per_question": min(64, max(1, round(given.max_frames_per_question * self.frames))),
                "judge_tool_rounds": min(10, round(given.judge_tool_rounds * self.rounds)),
                "reflections": given.reflections if self.reflects else 0,
                "judge_samples": max(self.samples, given.judge_samples) if self.reflects else 1,
            }
        )


STANDARD = "standard"

DEPTHS = {
    depth.name: depth
    for depth in (
        Depth("quick", frames=0.5, height=180, rounds=0.0, reflects=False, dearest=3.0),
        Depth(STANDARD),
        Depth("deep", frames=2.0, rounds=2.0, samples=3),
    )
}
