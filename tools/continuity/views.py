"""Views over cuts: shots shown the wrong way round, and cuts on one subject that hardly change the view.

What both sides of a cut show is matched as it is and mirrored. Where it matches as it is, the camera looks the same
way, and only the size changes; else the turn of a head that is seen on both sides tells how far the camera went
around it, as long as the head itself was still. Pictures that have nothing in common say nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.continuity._joins import Grouping, Join, Pairs, Value, grouping, neighbours, over_joins, row
from evalverse.tools.continuity._matching import Match, match
from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.media.sample import frames_at
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.people.faces import FaceTrack, aligned, face_tracks, pose

HEIGHT = 240
MOST = 60
"""Joins that are looked at at once, the first ones."""
REACH = 3
"""Shots over which a shot is held against an earlier one of its scene."""
BESIDE = 0.02
"""Seconds from the cut at which both sides are looked at."""
LOOK = 0.3
"""Seconds on either side from which the pose of a head is read."""
ANGLE, SIZE = 30.0, 1 / 3
"""Degrees and octaves of size from which on a view is another one: the 30-degree rule, and a step of a quarter."""
CONFIDENCE = 0.6


@dataclass(frozen=True)
class View:
    """How the view changes over a cut: by ``turn`` degrees and ``size`` octaves."""

    turn: float
    size: float

    @property
    def change(self) -> float:
        """How much of what the rule asks for, 1 where it is kept."""
        return max(self.turn / ANGLE, self.size / SIZE)


@register
class Views(Operator):
    """Mirrored shots, and the angle and size between shots of one subject."""

    name, version, title = "views", "1", "Views over cuts"
    needs = Needs(
        picture=Picture(height=HEIGHT, rate=0.1), after=("scenes", "face_tracks", "cast")
    )  # looks by itself, later
    cost = 0.5
    measures = (
        Measure(
            name="flopped",
            title="Shots that are mirrored",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Shots over whose first cut within a scene at least 20 SIFT features move as one once the new "
            "picture is mirrored, and less than half as many as it is; where that cut shows nothing in common, the two "
            "shots before are looked at. A look into a mirror counts too.",
            source="SIFT: Lowe 2004; 180-degree rule: Bordwell and Thompson, Film Art",
        ),
        Measure(
            name="least_change",
            title="Change of view over the least that a cut needs",
            unit="",
            low=0,
            direction=Direction.HIGHER,
            definition="Of the hard cut within a scene that changes the view of its subject least: the larger of its "
            "turn over 30° and its change of size over a third of an octave. Only cuts over which the same things, or "
            "one person alone, are seen.",
            source="30-degree rule: Bordwell and Thompson, Film Art; the step of size is ours",
        ),
        Measure(
            name="turn",
            title="Turn of the camera around a head",
            unit="°",
            low=0,
            high=180,
            direction=Direction.NEUTRAL,
            definition="Largest change of the yaw of a person's head, alone on both sides of a hard cut within a scene "
            "(see cast), from the last 0.3 s to the first 0.3 s; the head is taken to be still meanwhile.",
            source="30-degree rule: Bordwell and Thompson, Film Art; pose by Umeyama 1991 on the MediaPipe mesh",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        found = grouping(scene)
        if found is None:
            few = len(scene.shots) < 2
            yield from self.could_not_at_all("the clip has a single shot" if few else "the scenes could not be told")
            return
        joins = [j for j in neighbours(scene.shots) if _within(found, j) and j.new.begins_with == "cut"][:MOST]
        seen = self._matches(joins)
        faces = face_tracks(scene.evidence.get("face_tracks", []), self.ledger)
        heads = {i: head for i, j in enumerate(joins) if _one_person(scene, j) and (head := over_head(faces, j))}
        pairs = Pairs(self)
        yield from self._flopped(self._further(scene, found, joins, seen), pairs)
        views: list[Value] = []
        for i, join in enumerate(joins):
            view, same = heads.get(i), seen[i]
            if view is None and same is not None and not same.mirrored:
                view = View(0.0, abs(float(np.log2(same.scale))))
            if view is not None:
                views.append((join, view.change, {"turn": round(view.turn, 1), "octaves": round(view.size, 2)}))
        yield from over_joins(
            self,
            "least_change",
            views,
            pairs,
            "the view changes by {} of what a cut needs.".format,
            confidence=CONFIDENCE,
            fault=0.6,
            absent="no cut within a scene shows the same things or the same single head on both sides",
            highest=False,
        )
        turns: list[Value] = [(joins[i], head.turn, {}) for i, head in heads.items()]
        yield from over_joins(
            self,
            "turn",
            turns,
            pairs,
            "the head is seen from {}° further round.".format,
            confidence=CONFIDENCE,
            fault=np.inf,
            absent="no cut within a scene has the same single head on both sides",
        )

    def _matches(self, joins: list[Join]) -> list[Match | None]:
        """How each join's new picture shows what its old one shows."""
        if not joins:
            return []
        times = [
            t
            for j in joins
            for t in (max(j.old.span.start, j.old.span.end - BESIDE), min(_late(j.new), j.seconds + BESIDE))
        ]
        pictures = [frame.rgb(HEIGHT) for frame in frames_at(self.clip, times, HEIGHT)]
        return [match(old, new) for old, new in zip(pictures[::2], pictures[1::2], strict=True)]

    def _further(
        self, scene: Scene, found: Grouping, joins: list[Join], seen: list[Match | None]
    ) -> list[tuple[Join, Match]]:
        """The matches, and for shots that match nothing over their own cut those with the shots before: in an exchange
        the same things come back two or three shots later.
        """
        told = [(join, one) for join, one in zip(joins, seen, strict=True) if one is not None]
        done = {join.new.index for join, _ in told}
        for back in range(2, REACH + 1):
            pairs = zip(scene.shots, scene.shots[back:], strict=False)
            open_ones = [Join(a, b, True, False) for a, b in pairs if b.index not in done]
            open_ones = [join for join in open_ones if _within(found, join)][:MOST]
            for join, one in zip(open_ones, self._matches(open_ones), strict=True):
                if one is not None:
                    told.append((join, one))
                    done.add(join.new.index)
        return sorted(told, key=lambda each: each[0].seconds)

    def _flopped(self, seen: list[tuple[Join, Match]], pairs: Pairs) -> Iterator[Evidence]:
        told: list[Value] = [(join, float(one.mirrored), {"features": one.same}) for join, one in seen]
        if not told:
            yield self.could_not("flopped", "no two shots of a scene show the same things")
            return
        faults = [value for value in told if value[1]]
        count = len(faults)
        words = (
            f"Left and right change places over {count} cut{'s' * (count > 1)}." if count else "No shot is mirrored."
        )
        rows = [row(*value) for value in told]
        yield self.found("flopped", count, words=words, confidence=CONFIDENCE, joins=rows)
        for evidence in over_joins(
            self,
            "flopped",
            faults,
            pairs,
            lambda _: "the same things are seen the other way round.",
            confidence=CONFIDENCE,
            fault=1.0,
            absent="",
        ):
            if evidence.span is not None:
                yield evidence


def _late(shot: Shot) -> float:
    """Just before a shot ends."""
    return shot.span.end - BESIDE / 2


def over_head(faces: list[FaceTrack], join: Join) -> View | None:
    """How the view of the single head on both sides of a cut changes; None where it is not single."""
    old, new = ([f for f in faces if f.shot == shot.index] for shot in (join.old, join.new))
    if len(old) != 1 or len(new) != 1:
        return None
    before, after = old[0].t > old[0].t[-1] - LOOK, new[0].t < new[0].t[0] + LOOK
    if join.seconds - old[0].t[-1] > LOOK or new[0].t[0] - join.seconds > LOOK:
        return None
    (yaw, tall), (turned, taller) = _posed(old[0], before), _posed(new[0], after)
    return View(abs(turned - yaw), abs(float(np.log2(taller / tall))))


def _posed(track: FaceTrack, chosen: NDArray[np.bool_]) -> tuple[float, float]:
    """Median yaw in degrees and height in picture heights of some of a track's pictures."""
    _, turn, _ = aligned(track.points[chosen])
    return float(np.median(pose(turn)[:, 0])), float(np.median(track.heights[chosen]))


def _within(found: Grouping, join: Join) -> bool:
    """Whether both shots are of one scene."""
    return found.scene_of[join.old.index] == found.scene_of[join.new.index]


def _one_person(scene: Scene, join: Join) -> bool:
    """Whether the operator ``cast`` takes the only face on either side for the same person's."""
    for item in scene.evidence.get("cast", ()):
        if item.measure == "cast.people" and item.value is not None:
            old, new = item.data["shots"][join.old.index], item.data["shots"][join.new.index]
            return len(old) == 1 and old == new
    return False
