"""The base of operators that need MediaPipe's networks, all of which are imported late."""

from __future__ import annotations

from typing import Any

from evalverse.tools.operator import Operator, Picture
from evalverse.tools.people._models import SIDE, lacks, warm
from evalverse.tools.people.heads import RATE

LOOKS = Picture(height=SIDE, rate=RATE)


class OnPeople(Operator):
    """An operator that says what it lacks, and is ready before threads start."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        warm()

    @classmethod
    def lacks(cls) -> str | None:
        return lacks()
