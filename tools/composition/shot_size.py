"""Shot size: how much of a person the frame takes in, from extreme close-up to extreme long shot.

Named as film crews do, by where the lower edge cuts a standing body. People who sit or bow are taken for nearer, and
shots in which no head is found are not sized.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.composition._frame import LOOKS, Area, area, widest
from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._marks import boxes
from evalverse.tools.people._models import heads
from evalverse.tools.people.heads import Head, HeadTrack, joined
from evalverse.tools.picture._look import drawn_at
from evalverse.tools.picture._shots import mean_over_time, readings

SIZES = (
    (1.0, "extreme close-up"),
    (1.9, "close-up"),
    (3.0, "medium close-up"),
    (4.6, "medium shot"),
    (6.6, "medium long shot"),
)
"""Heads from crown to lower edge below which a shot has its name: cut through the face, above the chest, above the
waist, at the hips, at the knees."""
FAR = 14.0
"""Heads that fit into the frame's height from which on a long shot is an extreme one: the person fills half of it."""
NAMES = (*(name for _, name in SIZES), "long shot", "extreme long shot")


def size_name(reach: float, fit: float) -> str:
    """The name of a shot that shows ``reach`` heads from crown to lower edge, of ``fit`` that its height would take."""
    if fit < SIZES[0][0]:
        return SIZES[0][1]
    for limit, name in SIZES:
        if reach < limit:
            return name
    return NAMES[-1] if fit > FAR else NAMES[-2]


def measured(head: Head, frame: Area) -> tuple[float, float]:
    """(reach, fit) of a head in the picture: heads from crown to lower edge, and heads in the frame's height."""
    _, top, _, height = head.whole
    return (frame.bottom - top) / height, frame.height / height


@register
class ShotSize(OnPeople):
    """Size of every shot after its largest head."""

    name, version, title = "shot_size", "1", "Shot size"
    needs = Needs(picture=LOOKS)
    cost = 1.0
    measures = (
        Measure(
            name="reach",
            title="Body in frame",
            unit="heads",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Heads (crown to chin) from the crown of the largest head down to the lower edge of the frame, "
            "median over a shot; the clip averages its shots by time. Below 1 extreme close-up, 1.9 close-up, 3 "
            "medium close-up, 4.6 medium shot, 6.6 medium long shot, else long shot; extreme where 14 heads would fit.",
            source="Thompson and Bowen, Grammar of the Shot (names); the head as unit of the figure",
        ),
        Measure(
            name="sizes",
            title="Different shot sizes",
            unit="",
            low=1,
            high=7,
            direction=Direction.NEUTRAL,
            definition="Number of different sizes among the shots that show a head.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._areas: list[Area] = []

    def see(self, frame: Frame) -> None:
        self._looks.append((frame.seconds, heads(frame)))
        self._areas.append(area(frame))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        leading: dict[int, HeadTrack] = {}
        for track in joined(self._looks, scene.shots):  # the largest first
            leading.setdefault(track.shot, track)
        if not leading:
            yield from self.could_not_at_all("no head is found, which sizes are read from")
            return
        frame = widest(self._areas)
        found, rows = [], []
        for shot in scene.shots:
            if shot.index in leading:
                pairs = [measured(head, frame) for head in leading[shot.index].heads]
                reach, fit = (float(v) for v in np.median(pairs, axis=0))
                found.append((shot, reach))
                rows.append({"shot": shot.index, "size": size_name(reach, fit), "heads": round(reach, 2)})
        names = [str(row["size"]) for row in rows]
        said = f"{names[0].capitalize()}: " if len(set(names)) == 1 else "Sizes vary: "
        t = np.array([t for track in leading.values() for t in track.t])
        y = np.array([measured(head, frame)[0] for track in leading.values() for head in track.heads])
        order = t.argsort()
        largest = max(leading.values(), key=lambda track: track.size)
        middle = len(largest.t) // 2
        picture = drawn_at(self, largest.t[middle], lambda shown: boxes(shown, [largest.heads[middle]]), "the head")
        yield from readings(
            self,
            scene,
            "reach",
            found,
            mean_over_time,
            lambda n: f"{said}{n} heads from crown to lower edge.",
            curve=self.curve("reach", t[order], y[order]),
            picture=picture,
            shots=rows,
        )
        words = f"Number of different shot sizes: {number(len(set(names)))} ({', '.join(dict.fromkeys(names))})."
        yield self.found("sizes", len(set(names)), words=words)
