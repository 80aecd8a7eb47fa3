"""Framing of people: room above the head and before the eyes, heads and joints that the edge of the frame cuts.

Which way somebody looks is told from where the nose stands between the ears. A crown that is cut in a close-up is
custom; in a wider shot it is a cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.composition._frame import Area, area, widest
from evalverse.tools.composition.shot_size import SIZES, measured
from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Scene, Shot, register
from evalverse.tools.people._base import LOOKS, OnPeople
from evalverse.tools.people._looking import drawn
from evalverse.tools.people._models import heads, people
from evalverse.tools.people.bodies import ANKLES, KNEES, BodyTrack, body_tracks
from evalverse.tools.people.body_tracks import HEADED
from evalverse.tools.people.head_tracks import looks
from evalverse.tools.people.heads import Head, HeadTrack, joined
from evalverse.tools.picture._shots import mean_over_time, readings, worst

Series = NDArray[np.float64]

ASIDE = 0.17
"""How far between the ears the nose must stand from the middle for a look to lead aside: about 15 degrees."""
CLOSE = SIZES[1][0]
"""Heads from crown to lower edge below which a crown may be cut."""
AT_JOINT = 0.025
"""Statures around knee and ankle within which the lower edge cuts at the joint."""
CUT = 0.1
"""Share of a head outside the frame from which on a moment is pointed at."""
PERSON = 0.6
DESCRIBED = {
    "headroom": "The room above the head is {} of the height.",
    "eye_line": "The eyes lie {} of the height down the frame.",
    "look_room": "Of the room beside the face, {} lies before its eyes.",
}


class Framed(NamedTuple):
    """One head in one look; shares of the picture inside its bars."""

    t: float
    headroom: float
    eye_line: float
    look_room: float
    """Room before the face over all room beside it; nan for a face to the camera."""
    cut: float
    """Share of the head outside the frame; the crown of a close-up does not count."""
    head: Head


def turned(head: Head) -> float:
    """Where the nose stands between the ears: 0 in the middle, negative towards the left of the picture."""
    nose, left, right = head.marks[2, 0], head.marks[4, 0], head.marks[5, 0]
    return float((nose - left) / (right - left) - 0.5) if right - left > 0.2 * head.box[2] else 0.0


def framed(t: float, head: Head, crown: float, frame: Area) -> Framed:
    """How ``head`` with its ``crown`` (picture heights) stands in ``frame``."""
    left, top, width, height = head.whole
    before = head.box[0] - frame.left if turned(head) < 0 else frame.right - head.box[0] - head.box[2]
    beside = frame.width - head.box[2]
    leads = abs(turned(head)) >= ASIDE and beside > 0
    over = max(0.0, frame.top - min(crown, top)) if measured(head, frame)[0] >= CLOSE else 0.0
    under = max(0.0, top + height - frame.bottom)
    sides = max(0.0, frame.left - left) + max(0.0, left + width - frame.right)
    kept = max(0.0, 1 - (over + under) / height) * max(0.0, 1 - sides / width)
    return Framed(
        t=t,
        headroom=(crown - frame.top) / frame.height,
        eye_line=(float(head.marks[:2, 1].mean()) - frame.top) / frame.height,
        look_room=float(np.clip(before / beside, 0, 1)) if leads else float("nan"),
        cut=1 - kept,
        head=head,
    )


def crown_of(head: Head, person: NDArray[np.float32]) -> float:
    """Top of the hair in picture heights, from an (h, w) mask of people; its usual place where the mask is empty."""
    high, wide = person.shape
    left, top, width, height = (value * high for value in head.box)
    columns = person[: max(1, int(top + 0.5 * height)), max(0, int(left)) : min(wide, int(left + width) + 1)]
    rows = (columns > PERSON).mean(axis=1) > 0.25 if columns.size else np.zeros(1, bool)
    usual = head.whole[1]
    if not rows.any():
        return usual
    below = np.flatnonzero(~rows)
    first = int(below[-1]) + 1 if len(below) and below[-1] < len(rows) - 1 else 0 if rows.all() else int(rows.argmax())
    return float(np.clip(first / high, usual - 0.5 * head.size, head.box[1]))


def cut_at_joint(body: BodyTrack, frame: Area, aspect: float) -> Series:
    """(N,) whether the lower edge passes at the knees or ankles, 1 or 0, of a body that stands upright."""
    assert body.stature is not None
    hits = np.zeros(len(body.t))
    for pair in (KNEES, ANKLES):
        y = body.at(*pair)[..., 1]
        near = np.abs(y - frame.bottom) < AT_JOINT * body.stature
        known = body.joints[:, list(pair), 3] > 0.3
        hits = np.maximum(hits, (near & known).all(axis=1))
    return hits


@register
class Framing(OnPeople):
    """Headroom, eye line, look room, cut heads and joints."""

    name, version, title = "framing", "1", "Framing of people"
    needs = Needs(picture=LOOKS, after=("head_tracks", "body_tracks"))
    cost = 2.0
    measures = (
        Measure(
            name="headroom",
            title="Headroom",
            unit="",
            high=1,
            direction=Direction.NEUTRAL,
            definition="Room above the crown of the largest person, as a share of the picture's height inside black "
            "bars, median over a shot; negative when the crown is cut. The clip averages its shots by time. Custom: "
            "0.02 to 0.2, less the closer the shot.",
            source="Thompson and Bowen, Grammar of the Shot",
        ),
        Measure(
            name="eye_line",
            title="Height of the eyes",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="How far down the frame the eyes of the largest person lie, median over a shot. Custom: about a "
            "third, half in a close-up.",
        ),
        Measure(
            name="look_room",
            title="Look room",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Room before a face that looks aside by 15 degrees or more, as a share of all room beside it, "
            "median over a shot, of the largest person; above 0.5 there is more before the eyes than behind.",
        ),
        Measure(
            name="cut_head",
            title="Head cut by the frame",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Share of a head outside the frame, 90th percentile over a shot of the worst of the heads that "
            "are half as large as the largest; the crown of a close-up does not count. The clip takes its worst shot.",
        ),
        Measure(
            name="joint_cut",
            title="Frame cuts at a joint",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Share of the time in which the lower edge passes within 2.5 % of the stature of the knees or "
            "ankles. The clip takes its worst shot.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._crowns: dict[Head, float] = {}
        self._areas: list[Area] = []

    def see(self, frame: Frame) -> None:
        found = heads(frame)
        self._looks.append((frame.seconds, found))
        self._areas.append(area(frame))
        for head in found:
            self._crowns[head] = crown_of(head, people(frame))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        tracks = joined(self._looks, scene.shots)
        if not tracks:
            yield from self.could_not_at_all("no head is found")
            return
        frame = widest(self._areas)
        framings = [(track, self._framed(track, frame)) for track in tracks]
        leading: dict[int, list[Framed]] = {}
        for track, rows in framings:  # the largest first
            leading.setdefault(track.shot, rows)
        shots = {shot.index: shot for shot in scene.shots}
        for measure, words in DESCRIBED.items():
            yield from self._told(scene, leading, shots, measure, words)
        yield from self._cuts(scene, framings, shots)
        yield from self._joints(scene, frame)

    def _framed(self, track: HeadTrack, frame: Area) -> list[Framed]:
        return [framed(t, head, self._crowns[head], frame) for t, head in zip(track.t, track.heads, strict=True)]

    def _told(
        self,
        scene: Scene,
        leading: dict[int, list[Framed]],
        shots: dict[int, Shot],
        measure: str,
        words: str,
    ) -> Iterator[Evidence]:
        """A reading that describes, of the largest person of each shot."""
        values, lines = [], []
        for index in sorted(leading):
            lines += [(row.t, float(getattr(row, measure))) for row in leading[index]]
            column = np.array([getattr(row, measure) for row in leading[index]])
            if np.isfinite(column).mean() > 0.25:
                values.append((shots[index], float(np.nanmedian(column))))
        curve = self.curve(measure, *np.array(sorted(lines)).T) if values else None
        yield from readings(self, scene, measure, values, mean_over_time, words.format, "nobody looks aside", curve)

    def _cuts(
        self, scene: Scene, framings: Sequence[tuple[HeadTrack, list[Framed]]], shots: dict[int, Shot]
    ) -> Iterator[Evidence]:
        values: dict[int, tuple[float, list[Framed]]] = {}
        for track, rows in framings:
            largest = next(other.size for other, _ in framings if other.shot == track.shot)
            value = float(np.percentile([row.cut for row in rows], 90))
            if track.size >= largest / 2 and value >= values.get(track.shot, (-1.0, rows))[0]:
                values[track.shot] = value, rows
        found = [(shots[index], values[index][0]) for index in sorted(values)]
        yield from readings(self, scene, "cut_head", found, worst, lambda n: f"Of a head, {n} lies outside the frame.")
        value, rows = max(values.values(), key=lambda each: each[0])
        if value >= CUT:
            most = max(rows, key=lambda row: row.cut)
            shot = scene.shot_at(most.t)
            yield self.found(
                "cut_head",
                most.cut,
                span=Span(start=rows[0].t, end=rows[-1].t),
                shot=shot,
                words=f"Of a head, {number(most.cut)} lies outside the frame.",
                picture=drawn(self, most.t, lambda picture: _boxed(picture, most.head), "the head and the frame"),
            )

    def _joints(self, scene: Scene, frame: Area) -> Iterator[Evidence]:
        seen = looks(scene.evidence["head_tracks"], scene.ledger)
        bodies = body_tracks(scene.evidence["body_tracks"], scene.ledger, scene.shots, seen)
        assert self.clip.picture is not None
        aspect = self.clip.picture.width / self.clip.picture.height
        values: dict[int, float] = {}
        for body in bodies:
            if body.agreement >= HEADED and body.stature is not None:
                value = float(cut_at_joint(body, frame, aspect).mean())
                values[body.shot] = max(value, values.get(body.shot, 0.0))
        found = [(shot, values[shot.index]) for shot in scene.shots if shot.index in values]
        yield from readings(
            self,
            scene,
            "joint_cut",
            found,
            worst,
            lambda n: f"For {n} of the time, on a scale to one, the frame cuts a body at the knees or ankles.",
            "no body is followed",
            confidence=0.3,
        )


def _boxed(picture: RGB, head: Head) -> None:
    import cv2

    left, top, width, height = (round(value * picture.shape[0]) for value in head.whole)
    cv2.rectangle(picture, (left, top), (left + width, top + height), (230, 60, 60), 2)
