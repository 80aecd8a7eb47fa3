"""Side room: whether a head is squeezed against one side of the frame beside empty space.

A head on a third of the picture keeps at least a third of the wider room on its narrow side. Why it stands where it
stands, and what the empty space is for, it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import shots_of, why_no_face
from evalverse.tools.people._marks import boxes
from evalverse.tools.people.head_tracks import looks
from evalverse.tools.people.heads import Head, HeadTrack, joined
from evalverse.tools.picture._look import drawn_at
from evalverse.tools.picture._shots import readings

LEAST = 0.2
"""Head widths of the wider room below which the head fills the picture and cannot be squeezed."""
NOTICED = 0.1


def narrow_over_wide(head: Head, width: float) -> float | None:
    """The narrower room beside a head over the wider, 0..1; None where it fills a picture ``width`` heights wide."""
    left, _, across, _ = head.whole
    rooms = max(0.0, left), max(0.0, width - left - across)
    return min(rooms) / max(rooms) if max(rooms) >= LEAST * across else None


@register
class SideRoom(OnPeople):
    """Room to the left and right of the main head."""

    name, version, title = "side_room", "1", "Room beside the head"
    needs = Needs(after=("shot_cutter", "head_tracks", "face_tracks"))
    cost = 0.1
    measures = (
        Measure(
            name="narrow",
            title="Narrow side over wide side of the head",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="Room between the head that is largest for longest, hair included, and the nearer side of the "
            "frame, over that to the other side; 1 in the middle, about 0.4 on a third, 0 at the edge or beyond. "
            "Median over a shot, where the wider room has a fifth of the head's width; the clip takes its worst shot.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        picture = self.clip.picture
        shots = shots_of(scene)
        tracks = joined(looks(scene.evidence["head_tracks"], self.ledger), shots)
        if picture is None or not tracks:
            yield self.could_not("narrow", why_no_face(scene))
            return
        width = picture.width / picture.height
        main = {shot: max(here, key=_weight) for shot in shots if (here := [t for t in tracks if t.shot == shot.index])}
        rows = {shot: _rooms(track, width) for shot, track in main.items()}
        values = [(shot, median(room for _, room in row)) for shot, row in rows.items() if row]
        words = "The narrower room beside the head is {} of the wider one."
        absent = "the head fills the width of the picture"
        line = [each for row in rows.values() for each in row]
        curve = self.curve("narrow", *np.array(line).T) if line else None
        yield from readings(
            self, scene, "narrow", values, lambda each: min(v for _, v in each), words.format, absent, curve
        )
        shot, least = min(values, key=lambda each: each[1], default=(None, 1.0))
        if shot is not None and least < NOTICED:
            at = min(rows[shot], key=lambda each: abs(each[1] - least))[0]
            head = main[shot].heads[main[shot].t.index(at)]

            def mark(shown: RGB) -> None:
                boxes(shown, [head])

            yield self.found(
                "narrow",
                least,
                span=Span(start=at, end=at),
                shot=shot,
                words=words.format(number(least)),
                picture=drawn_at(self, at, mark, "the head against the side of the frame"),
            )


def _rooms(track: HeadTrack, width: float) -> list[tuple[float, float]]:
    read = [(t, narrow_over_wide(head, width)) for t, head in zip(track.t, track.heads, strict=True)]
    return [(t, room) for t, room in read if room is not None]


def _weight(track: HeadTrack) -> float:
    return track.size * len(track.t)
