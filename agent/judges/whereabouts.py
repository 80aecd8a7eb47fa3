"""Where a problem shows: each frame is put to the model alone, and the worst one that stands out is the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalverse.agent.judges.chat import Message, says, words
from evalverse.agent.judges.exhibits import Still, parts, spread
from evalverse.agent.judges.weigh import APART, Asked, Form, Weighs, Weights, weigh_up

MOST_FRAMES = 8
"""Frames that are put alone; each is read once for all problems."""


@dataclass(frozen=True)
class Place:
    """The frame in which a problem shows most."""

    seconds: float
    evidence: str


def places(
    model: Weighs,
    system: Message,
    frames: Sequence[Still],
    problems: Sequence[tuple[Form, ...]],
    blind: Sequence[Weights],
) -> list[Place | None]:
    """For each problem the frame that it shows in most; None where no frame is clearly worse than another.

    Args:
        problems: mirrored forms of the statement that does not hold, in which 0 means that it fails.
        blind: their weights without the clip, one after another.
    """
    frames = spread(frames, MOST_FRAMES)
    if len(frames) < 2 or not problems:
        return [None] * len(problems)
    questions = [form.question for forms in problems for form in forms]
    asked = []
    for frame in frames:
        thread = [system, says("user", [words("One frame of the clip."), *parts([frame])])]
        seen, unseen = iter(model.weigh(thread, questions)), iter(blind)
        asked += [
            Asked(forms, tuple(next(seen) for _ in forms), tuple(next(unseen) for _ in forms)) for forms in problems
        ]
    said = weigh_up(asked)
    found: list[Place | None] = []
    for number in range(len(problems)):
        values = [
            (w.value, f) for w, f in zip(said[number :: len(problems)], frames, strict=True) if w.value is not None
        ]
        worst = min(values, key=lambda v: v[0], default=None)
        clear = worst is not None and max(v for v, _ in values) - worst[0] > APART
        found.append(Place(worst[1].seconds, worst[1].evidence) if worst and clear else None)
    return found
