"""Cast: who appears in which shot, and whether clothes, hair, places and looks hold over the cuts of a scene.

People are told apart by the shape of the face mesh and the colours above and below the face, without any learned
identity: two people of like build and dress become one, and one who turns away becomes two. All of it is a hint.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.continuity._joins import Grouping, Pairs, Value, grouping, over_joins, row
from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.light import lab, linear
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.sample import frames_at
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.people.faces import FaceTrack, aligned, face_tracks, pose

HEIGHT = 240
MOST = 24
"""Tracks that are looked at, the largest faces first."""
SHAPE, COLOUR = 0.034, 22.0
"""Root mean square distance of two straightened faces (unit: the distance of the eyes' outer corners) and distance of
their colours in L*a*b* at which two tracks are as likely as not of two people. Of 12 speakers' two halves 95 % are
within 0.034 in shape, of pairs of different speakers about one in five. The colour is ours."""
SIDE, PROFILE = 0.12, 12.0
"""Picture widths from the middle, and degrees of yaw, from which on a face is on a side and looks to a side."""
HINT = 0.35

Series = NDArray[np.float64]


@dataclass(frozen=True)
class Appearance:
    """One face track as it looks: ``shape`` (P, 3), ``hair`` and ``clothes`` (3,) L*a*b* or None outside the picture,
    ``side`` picture widths from the middle, ``yaw`` in degrees, positive to the right of the picture.
    """

    shot: int
    seconds: float
    shape: Series
    hair: Series | None
    clothes: Series | None
    side: float
    yaw: float


def appearance(track: FaceTrack, picture: RGB, seconds: float) -> Appearance:
    """How a track looks in the (h, w, 3) ``picture`` at ``seconds``."""
    at = int(np.abs(track.t - seconds).argmin())
    straight, turn, _ = aligned(track.points)
    height, width = picture.shape[:2]
    tall = track.heights[at]
    middle = track.centres[at]
    return Appearance(
        shot=track.shot,
        seconds=seconds,
        shape=np.asarray(np.median(straight, axis=0)),
        hair=_colour(picture, middle + np.array([0, -0.75 * tall]), (0.5 * tall, 0.12 * tall)),
        clothes=_colour(picture, middle + np.array([0, 1.5 * tall]), (0.8 * tall, 0.35 * tall)),
        side=float(middle[0]) * height / width - 0.5,
        yaw=float(np.median(pose(turn)[:, 0])),
    )


def _colour(picture: RGB, middle: Series, half: tuple[float, float]) -> Series | None:
    """(3,) median L*a*b* of a box, in picture heights; None when less than half of it is in the picture."""
    height, width = picture.shape[:2]
    (x, y), (wide, high) = middle * height, (half[0] * height, half[1] * height)
    left, right = max(0, round(x - wide)), min(width, round(x + wide))
    top, bottom = max(0, round(y - high)), min(height, round(y + high))
    if (right - left) * (bottom - top) < 2 * wide * high or right <= left or bottom <= top:
        return None
    box = np.ascontiguousarray(picture[top:bottom, left:right])
    return np.asarray(np.median(lab(linear(box)).reshape(-1, 3), axis=0), np.float64)


def apart(a: Appearance, b: Appearance) -> float:
    """How unlike two appearances are, 1 where one person or two are equally likely."""
    shape = float(np.sqrt(((a.shape - b.shape) ** 2).sum(axis=1).mean())) / SHAPE
    colours = [
        float(np.linalg.norm(p - q)) / COLOUR
        for p, q in ((a.hair, b.hair), (a.clothes, b.clothes))
        if p is not None and q is not None
    ]
    return float(np.mean([shape, *colours]))


def people(seen: Sequence[Appearance]) -> list[int]:
    """(N,) number of the person of each appearance. Two at one time are two people."""
    found: list[int] = []
    for k, this in enumerate(seen):
        taken = {found[i] for i in range(k) if seen[i].shot == this.shot}
        near = [(apart(seen[i], this), found[i]) for i in range(k) if found[i] not in taken]
        best = min(near, default=(np.inf, 0))
        found.append(best[1] if best[0] < 1 else max(found, default=-1) + 1)
    return found


@register
class Cast(Operator):
    """Who appears where, and what of them changes over cuts."""

    name, version, title = "cast", "1", "People over cuts"
    needs = Needs(picture=Picture(height=HEIGHT, rate=0.1), after=("scenes", "face_tracks"))  # looks by itself, later
    cost = 0.8
    measures = (
        Measure(
            name="people",
            title="Different people",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Number of people that the face tracks look like, by mesh shape, hair colour and clothes' "
            "colour. The data say who appears in which shot.",
        ),
        Measure(
            name="clothes_step",
            title="Change of clothes' colour over cuts",
            unit="ΔE",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest CIE 1976 distance of the median colour below the face between two shots of a scene in "
            "which the same face shape seems to appear. Light and framing change it too.",
            source="CIE 1976 L*a*b*",
        ),
        Measure(
            name="hair_step",
            title="Change of hair colour over cuts",
            unit="ΔE",
            low=0,
            direction=Direction.NEUTRAL,
            definition="The same above the forehead.",
            source="CIE 1976 L*a*b*",
        ),
        Measure(
            name="side_swaps",
            title="People who swap sides over cuts",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Cuts within a scene at which somebody who was left of the middle, looking right, is right of "
            "it, looking left, or the reverse: the line of action may have been crossed.",
            source="180-degree rule: Bordwell and Thompson, Film Art",
        ),
        Measure(
            name="looks_apart",
            title="Looks that do not meet",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Cuts within a scene between single shots of two people who look to the same side.",
            source="eyeline match: Bordwell and Thompson, Film Art",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        found = grouping(scene)
        tracks = face_tracks(scene.evidence.get("face_tracks", []), self.ledger)
        tracks = sorted(tracks, key=lambda track: -float(np.median(track.heights)))[:MOST]
        tracks.sort(key=lambda track: (track.shot, float(track.t[0])))
        if found is None or not tracks:
            few = "the clip has a single shot" if len(scene.shots) < 2 else "the scenes could not be told"
            yield from self.could_not_at_all(few if found is None else "no face was tracked")
            return
        times = [float(track.t[len(track.t) // 2]) for track in tracks]
        pictures = frames_at(self.clip, times, HEIGHT)
        seen = [appearance(k, p.rgb(HEIGHT), t) for k, p, t in zip(tracks, pictures, times, strict=True)]
        who = people(seen)
        shots = [sorted({who[i] for i, a in enumerate(seen) if a.shot == s.index}) for s in scene.shots]
        count = len(set(who))
        yield self.found(
            "people",
            count,
            words=f"The faces look like {count} {'person' if count == 1 else 'people'}.",
            confidence=HINT,
            shots=shots,
        )
        yield from self._over_cuts(scene, found, seen, who)

    def _over_cuts(self, scene: Scene, found: Grouping, seen: list[Appearance], who: list[int]) -> Iterator[Evidence]:
        clothes: list[Value] = []
        hair: list[Value] = []
        swaps: list[Value] = []
        looks: list[Value] = []
        for join in found.joins(scene.shots):
            old = {w: a for a, w in zip(seen, who, strict=True) if a.shot == join.old.index}
            new = {w: a for a, w in zip(seen, who, strict=True) if a.shot == join.new.index}
            for person in old.keys() & new.keys():
                a, b = old[person], new[person]
                for values, p, q in ((clothes, a.clothes, b.clothes), (hair, a.hair, b.hair)):
                    if p is not None and q is not None:
                        values.append((join, float(np.linalg.norm(p - q)), {"person": person + 1}))
                swaps.append((join, float(_swapped(a, b)), {"person": person + 1}))
            if len(old) == len(new) == 1 and not old.keys() & new.keys() and not join.returns:
                (a,), (b,) = old.values(), new.values()
                if min(abs(a.yaw), abs(b.yaw)) >= PROFILE:
                    looks.append((join, float(a.yaw * b.yaw > 0), {}))
        pairs = Pairs(self)
        nobody = "nobody seems to appear on both sides of a cut"
        for measure, values, words in (
            ("clothes_step", clothes, "the colour of the clothes changes by {} ΔE."),
            ("hair_step", hair, "the colour of the hair changes by {} ΔE."),
        ):
            yield from over_joins(
                self, measure, values, pairs, words.format, confidence=HINT, fault=30.0, absent=nobody
            )
        yield from self._counted("side_swaps", swaps, pairs, "somebody swaps sides and faces the other way.", nobody)
        absent = "no cut leads from one person's look to another's"
        yield from self._counted("looks_apart", looks, pairs, "both look to the same side.", absent)

    def _counted(self, measure: str, values: list[Value], pairs: Pairs, words: str, absent: str) -> Iterator[Evidence]:
        """The number of joins with a 1, and those as moments."""
        if not values:
            yield self.could_not(measure, absent)
            return
        faults = [value for value in values if value[1] > 0]
        told = f"{len(faults) or 'No'} cut{'' if len(faults) == 1 else 's'} at which {words}"
        yield self.found(measure, len(faults), words=told, confidence=HINT, joins=[row(*value) for value in values])
        for evidence in over_joins(
            self, measure, faults, pairs, lambda _: words, confidence=HINT, fault=1.0, absent=absent
        ):
            if evidence.span is not None:
                yield evidence


def _swapped(a: Appearance, b: Appearance) -> bool:
    """Whether somebody changed both side and direction of look."""
    sides = a.side * b.side < 0 and min(abs(a.side), abs(b.side)) >= SIDE
    return sides and a.yaw * b.yaw < 0 and min(abs(a.yaw), abs(b.yaw)) >= PROFILE
