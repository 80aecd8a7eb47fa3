"""What a judge that looked said of the cuts in doubt: an opinion laid over the shots, which stay as they were found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from evalverse.tools.evidence import Direction, Evidence, Measure, Scope
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Scene, register

Said = Literal["cut", "take"]


class ReplySettings(OperatorSettings):
    """Who said what. Both come from the run itself, never from the arguments of a call."""

    by: str = Field(default_factory=str)
    replies: tuple[tuple[float, Said], ...] = Field(default_factory=tuple)


@register
class CutReplies(Operator):
    """Keeps what was said of cuts in doubt."""

    name, version, title = "cut_replies", "1", "Cuts in doubt, looked at"
    needs = Needs(after=("cut_doubts",))
    Settings = ReplySettings
    on_request = True
    cost = 0.0
    measures = (
        Measure(
            name="settled",
            title="Doubtful cuts that a judge settled",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Number of places in doubt of which a judge that saw the pictures on both sides said whether "
            "the picture cuts (1 at the place) or goes on (0). The shots are not changed by it.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        doubts = {
            e.data["at"]: e
            for e in scene.evidence.get("cut_doubts", ())
            if e.scope is Scope.MOMENT and e.measure == "cut_doubts.count"
        }
        said = [(doubts[at], what) for at, what in self.settings.replies if at in doubts]
        yield self.found(
            "settled",
            len(said),
            words=f"{len(said) or 'No'} of {len(doubts)} cuts in doubt were settled by looking.",
            by=self.settings.by,
        )
        for doubt, what in said:
            found = "a cut" if what == "cut" else "one take that goes on"
            yield self.found(
                "settled",
                float(what == "cut"),
                span=doubt.span,
                words=f"{self.settings.by} looked at both sides and calls it {found}.",
                picture=doubt.picture,
                confidence=0.5,
                by=self.settings.by,
                at=doubt.data["at"],
                counts=doubt.data["counts"],
            )
