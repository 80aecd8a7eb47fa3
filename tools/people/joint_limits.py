"""Joint limits: elbows that bend backwards, elbows and knees that fold farther than a person's can.

An angle in the picture is not the angle of the joint. How far a limb leans towards the viewer is told by how short it
looks; of all angles that agree with that, the one kindest to the body is taken. The sign of a bend is read only where
shoulder and hip leave no other: an upper arm that hangs beside a trunk seen from the side turns inwards by a right
angle at most, so that its forearm never points to the back.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.operator import Needs, Scene, Shot, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import drawn, shots_of
from evalverse.tools.people.bodies import ANKLES, ELBOWS, HIPS, KNEES, NOSE, SHOULDERS, WRISTS, BodyTrack
from evalverse.tools.people.body_motion import FEWEST, LIMBS, NOBODY, measurable, skeleton
from evalverse.tools.picture._shots import readings, worst

Series = NDArray[np.float64]

FOLDS = {
    "elbow": (SHOULDERS, ELBOWS, WRISTS, 155.0),
    "knee": (HIPS, KNEES, ANKLES, 165.0),
}
"""Joints, and degrees from straight to which they fold at most.

Elbows: 143 with a standard deviation of 6, two of which are allowed (Boone and Azen 1979; the usual norm is 150, AAOS
1965). Knees: the deepest squatting and kneeling (Mulholland and Wyss 2001; the norm of 135 to 150 is for lying people).
"""
EARS = (7, 8)
STRETCHED = 0.85
"""Share of its length from which on a limb lies flat enough in the picture."""
FROM_SIDE = 0.1
"""Statures between the shoulders in the picture below which a trunk is seen from the side; 0.23 is the front."""
AHEAD = 0.02
"""Statures by which the nose must lie ahead of the ears."""
HANGS = 40.0
"""Degrees from the trunk within which an upper arm hangs."""
BACK = (20.0, 150.0)
"""Degrees by which a forearm points to the back: elbows overstretch by 10 to 15, and landmarks err; a forearm folded
right up may lie on either side of its upper arm."""


class Bends(NamedTuple):
    """Of one body: when (K,), and what was read (K,), and how many arms or legs were in view, flat or not."""

    t: Series
    values: Series
    in_view: int


def least_flexion(upper: Series, lower: Series, lengths: tuple[float, float]) -> Series:
    """(N,) degrees from straight that a joint must be bent by at least; nan where a limb is foreshortened.

    Args:
        upper: (N, 2) in the picture, from the joint above to the joint.
        lower: (N, 2) from there to the joint below.
        lengths: of both limbs when they lie flat in the picture.
    """
    shares = [np.linalg.norm(v, axis=1) / length for v, length in zip((upper, lower), lengths, strict=True)]
    flat = (shares[0] >= STRETCHED) & (shares[1] >= STRETCHED)
    first, second = (np.clip(share, 0, 1) for share in shares)
    between = np.cos(_turn(upper, lower))
    cosine = first * second * between + np.sqrt((1 - first**2) * (1 - second**2))  # both lean the same way
    return np.where(flat, np.degrees(np.arccos(np.clip(cosine, -1, 1))), np.nan)


def folded_over(body: BodyTrack, aspect: float) -> Bends:
    """Degrees by which each elbow or knee is folded beyond its range, 0 within it, over time."""
    t, values, in_view = [], [], 0
    for above, joints, below, limit in FOLDS.values():
        for a, b, c in zip(above, joints, below, strict=True):
            seen = np.asarray(body.seen(aspect, a, b, c).all(axis=1))
            in_view += int(seen.sum())
            if seen.sum() < FEWEST:
                continue
            places = body.at(a, b, c)[seen]
            upper, lower = places[:, 1] - places[:, 0], places[:, 2] - places[:, 1]
            flexion = least_flexion(upper, lower, (_length(body, (a, b), upper), _length(body, (b, c), lower)))
            told = np.isfinite(flexion)
            t.append(body.t[seen][told])
            values.append(np.maximum(flexion[told] - limit, 0))
    return _bends(t, values, in_view)


def elbows_backwards(body: BodyTrack, aspect: float) -> Bends:
    """1 where the forearm of a hanging arm, seen from the side, points to the back, else 0; over time."""
    assert body.stature is not None
    t, values, in_view = [], [], 0
    trunk = body.at(*HIPS).mean(axis=1) - body.at(*SHOULDERS).mean(axis=1)
    face = body.at(NOSE)[:, 0] - body.at(*EARS).mean(axis=1)
    ahead = _cross(face, trunk) / np.maximum(np.linalg.norm(trunk, axis=1), 1e-6)
    breadth = np.linalg.norm(np.diff(body.at(*SHOULDERS), axis=1)[:, 0], axis=1)
    turned = (np.abs(ahead) > AHEAD * body.stature) & (breadth < FROM_SIDE * body.stature)
    for shoulder, elbow, wrist, hip in zip(SHOULDERS, ELBOWS, WRISTS, HIPS, strict=True):
        seen = np.asarray(body.seen(aspect, NOSE, shoulder, elbow, wrist, hip).all(axis=1))
        in_view += int(seen.sum())
        places = body.at(shoulder, elbow, wrist)
        upper, lower = places[:, 1] - places[:, 0], places[:, 2] - places[:, 1]
        flat = np.ones(len(seen), bool)
        for ends, limb in (((shoulder, elbow), upper), ((elbow, wrist), lower)):
            flat &= np.linalg.norm(limb, axis=1) >= STRETCHED * _length(body, ends, limb[seen])
        told = seen & turned & flat & (np.abs(np.degrees(_turn(trunk, upper))) < HANGS)
        bend = np.degrees(_turn(upper, lower)) * np.sign(ahead)  # positive: to the front
        t.append(body.t[told])
        values.append(((bend < -BACK[0]) & (bend > -BACK[1])).astype(float)[told])
    return _bends(t, values, in_view)


def _length(body: BodyTrack, ends: tuple[int, int], limb: Series) -> float:
    """How long a limb (N, 2) is when it lies flat: as built, or as seen, whichever is longer."""
    assert body.stature is not None
    seen = float(np.percentile(np.linalg.norm(limb, axis=1), 95)) if len(limb) else 0.0
    return max(LIMBS[ends] * body.stature, seen)


def _cross(a: Series, b: Series) -> Series:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _turn(a: Series, b: Series) -> Series:
    """(N,) angle from ``a`` to ``b``, both (N, 2), in radians; positive: anticlockwise on the screen."""
    return np.asarray(np.arctan2(_cross(b, a), (a * b).sum(axis=1)))


def _bends(t: list[Series], values: list[Series], in_view: int) -> Bends:
    at = np.concatenate([*t, np.zeros(0)])
    order = np.argsort(at, kind="stable")
    return Bends(at[order], np.concatenate([*values, np.zeros(0)])[order], in_view)


def most(values: Series) -> float:
    """The 95th percentile over time: a slip of one picture is the landmarks'."""
    return float(np.percentile(values, 95))


def share(values: Series) -> float:
    return float(values.mean())


READERS = {"elbows_backwards": (elbows_backwards, share), "folded_over": (folded_over, most)}
WORDS = {
    "elbows_backwards": "Of the arms that hang and are seen from the side, {} bend backwards, on a scale to one.",
    "folded_over": "An elbow or knee is folded {} degrees farther than a person's can be.",
}
HIDDEN = {
    "elbows_backwards": "no arm is seen from shoulder to wrist, with the hip and the face, for long enough",
    "folded_over": "no arm or leg is seen from end to end for long enough",
}
ABSENT = {
    "elbows_backwards": "arms are in view, but none hangs, flat in the picture, beside a trunk seen from the side",
    "folded_over": "arms or legs are in view, but only foreshortened, so that their angles are not known",
}


@register
class JointLimits(OnPeople):
    """Whether elbows and knees stay within what a body can do."""

    name, version, title = "joint_limits", "1", "Joint limits"
    needs = Needs(after=("shot_cutter", "head_tracks", "body_tracks"))
    cost = 0.1
    measures = (
        Measure(
            name="elbows_backwards",
            title="Elbows that bend backwards",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Of the pictures of an arm that hangs (within 40 degrees of the trunk), flat in the picture, on "
            "a body from the side: the share in which its forearm points 20 degrees or more behind the line of the "
            "upper arm. Elbows overstretch by 10 to 15. The clip takes its worst body.",
            source="Norkin and White 2016, after AAOS 1965 (ranges of joints); BlazePose (Bazarevsky et al. 2020)",
        ),
        Measure(
            name="folded_over",
            title="Joints folded too far",
            unit="degrees",
            low=0,
            direction=Direction.LOWER,
            definition="Flexion of elbows beyond 155 and of knees beyond 165 degrees from straight: the least that "
            "agrees with how short both limbs look, 95th percentile over time; 0 within the range. Limbs below 85 % of "
            "their length are left out. The clip takes its worst body.",
            source="Boone and Azen 1979 (elbow); Mulholland and Wyss 2001 (knee)",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        shots = {shot.index: shot for shot in shots_of(scene)}
        bodies = measurable(scene)
        if not bodies or self.clip.picture is None:
            yield from self.could_not_at_all(NOBODY)
            return
        aspect = self.clip.picture.width / self.clip.picture.height
        for measure, (reader, total) in READERS.items():
            read = [(body, reader(body, aspect)) for body in bodies]
            told = [(body, bends) for body, bends in read if len(bends.t) >= FEWEST]
            if not told:
                in_view = sum(bends.in_view for _, bends in read) >= FEWEST
                yield self.could_not(measure, (ABSENT if in_view else HIDDEN)[measure])
                continue
            by_shot: dict[int, float] = {}
            for body, bends in told:
                by_shot[body.shot] = max(by_shot.get(body.shot, 0.0), total(bends.values))
            values: list[tuple[Shot, float]] = [(shots[index], value) for index, value in by_shot.items()]
            body, bends = max(told, key=lambda each: total(each[1].values))
            at = float(bends.t[bends.values.argmax()])
            shown = drawn(self, at, partial(skeleton, body=body, seconds=at), "the body as followed")
            yield from readings(
                self,
                scene,
                measure,
                values,
                worst,
                WORDS[measure].format,
                curve=self.curve(measure, bends.t, bends.values),
                confidence=0.4 * body.agreement,
                picture=shown,
            )
