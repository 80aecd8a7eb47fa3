"""Body motion: limbs that are too long, joints that tremble or bend the wrong way, feet that slide, falls and jumps.

The body's size is told by its head: a stature is seven and a half heads. Children and stylised figures have larger
heads, which hides long limbs and never feigns them. A limb seen foreshortened says nothing about its length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, Span, number
from evalverse.tools.media.frame import RGB
from evalverse.tools.operator import Needs, Scene, Shot, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import drawn, shots_of
from evalverse.tools.people.bodies import (
    ANKLES,
    ELBOWS,
    HEELS,
    HIPS,
    KNEES,
    SHOULDERS,
    TOES,
    WRISTS,
    BodyTrack,
    body_tracks,
)
from evalverse.tools.people.body_tracks import HEADED
from evalverse.tools.people.head_tracks import looks

Series = NDArray[np.float64]

LIMBS = {
    (SHOULDERS[0], ELBOWS[0]): 0.186,
    (SHOULDERS[1], ELBOWS[1]): 0.186,
    (ELBOWS[0], WRISTS[0]): 0.146,
    (ELBOWS[1], WRISTS[1]): 0.146,
    (HIPS[0], KNEES[0]): 0.245,
    (HIPS[1], KNEES[1]): 0.245,
    (KNEES[0], ANKLES[0]): 0.246,
    (KNEES[1], ANKLES[1]): 0.246,
}
"""Lengths of the limbs as shares of the stature (Drillis and Contini 1966, after Winter 2009)."""
JOINTS = (*SHOULDERS, *ELBOWS, *WRISTS, *HIPS, *KNEES, *ANKLES)
SMALLEST = 0.35
"""Stature in picture heights below which a body is too small to be measured."""
GAP = 0.13
"""Seconds between pictures beyond which a movement is not followed."""
FEWEST = 8
"""Pictures in which a limb or joint must be seen."""
LONG, TREMBLING = 1.5, 1.0
"""Where a moment is pointed at: times the proper length, and % of the stature."""
SIDEWAYS, BACKWARDS = 0.05, 0.03
"""Shares of the stature: how far a foot must point sideways, and a knee lie behind, to be told."""
WALKING = 0.15
"""Statures per second of the hips from which on a body walks rather than stands."""
LOW = 25
"""Percentile over time of the slower foot: even a runner stands on one foot for a quarter of the time."""
STATURE, GRAVITY = 1.7, 9.81
"""Metres, and metres per square second."""
FLIGHT = (0.25, 0.9)
"""Seconds for which a body may be in the air."""
RISE = 0.06
"""Statures by which hips and ankles must rise and fall together."""
PARABOLA = 0.97
"""Share of the variance that a flight must have in common with a parabola."""
STATIC = 90.0
"""% of a shot in which the camera must stand still for feet to be told from the ground."""


class Reading(NamedTuple):
    """Of one body: the value and when it is worst, both in seconds and None where it is nowhere in particular."""

    value: float
    at: float | None = None


def limb_length(body: BodyTrack, aspect: float) -> Reading | None:
    """The longest limb, as a multiple of the length it should have; None when no limb is seen."""
    assert body.stature is not None
    worst: Reading | None = None
    for (a, b), share in LIMBS.items():
        seen = np.asarray(body.seen(aspect, a, b).all(axis=1))
        if seen.sum() < FEWEST:
            continue
        length = np.linalg.norm(np.diff(body.at(a, b)[seen], axis=1)[:, 0], axis=-1) / (share * body.stature)
        typical = float(np.percentile(length, 95))
        if worst is None or typical > worst.value:
            worst = Reading(typical, float(body.t[seen][length.argmax()]))
    return worst


def tremor(body: BodyTrack, aspect: float) -> Reading | None:
    """How far joints go back and forth from picture to picture, in % of the stature: median over time, mean over
    joints. Steady movement is taken out; a swinging arm turns back now and then, a trembling one all the time."""
    assert body.stature is not None
    medians, rows = [], []
    for joint in JOINTS:
        seen = body.seen(aspect, joint)[:, 0]
        steps = np.diff(body.at(joint)[:, 0], axis=0)
        good = seen[1:] & seen[:-1] & (np.diff(body.t) < GAP)
        rough = steps[1:-1] - (steps[:-2] + steps[2:]) / 2
        known = good[:-3] & good[1:-2] & good[2:-1] & good[3:]
        if known.sum() < FEWEST:
            continue
        back = np.sqrt(np.maximum(0, -(rough[1:] * rough[:-1]).sum(axis=1))) / 2  # a shake of size d doubles in rough
        medians.append(float(np.median(back[known])))
        rows.append(np.where(known, back, 0))
    if not medians:
        return None
    at = int(np.mean(rows, axis=0).argmax()) + 2
    return Reading(100 * float(np.mean(medians)) / body.stature, float(body.t[at]))


def knees_backwards(body: BodyTrack, aspect: float) -> Reading | None:
    """Share of the pictures with a leg from the side in which its knee lies behind hip and ankle."""
    assert body.stature is not None
    seen_wrong = []
    for hip, knee, ankle, heel, toe in zip(HIPS, KNEES, ANKLES, HEELS, TOES, strict=True):
        seen = np.asarray(body.seen(aspect, hip, knee, ankle, heel, toe).all(axis=1))
        marks = body.at(hip, knee, ankle, heel, toe)
        points = np.sign(marks[:, 4, 0] - marks[:, 3, 0])
        side = seen & (np.abs(marks[:, 4, 0] - marks[:, 3, 0]) > SIDEWAYS * body.stature)
        leg = marks[:, 2] - marks[:, 0]
        length = np.maximum(np.linalg.norm(leg, axis=1), 1e-6)
        knee_from_hip = marks[:, 1] - marks[:, 0]
        share = np.clip((knee_from_hip * leg).sum(axis=1) / length**2, 0, 1)
        ahead = (knee_from_hip - share[:, None] * leg)[:, 0] * points  # sideways distance from the line, toes ahead
        seen_wrong += [
            (float(t), bool(a < -BACKWARDS * body.stature)) for t, a in zip(body.t[side], ahead[side], strict=True)
        ]
    if len(seen_wrong) < FEWEST:
        return None
    wrong = [t for t, is_wrong in seen_wrong if is_wrong]
    return Reading(len(wrong) / len(seen_wrong), wrong[len(wrong) // 2] if wrong else None)


def foot_slide(body: BodyTrack, aspect: float) -> Reading | None:
    """Speed of the slower foot, 25th percentile over time, as a share of the speed of the hips while they walk.

    Near 0 when one foot stands at a time, near 1 for a figure that glides. The camera must stand still.
    """
    assert body.stature is not None
    seen = np.asarray(body.seen(aspect, *HIPS, *ANKLES).all(axis=1))
    lasts = np.diff(body.t)
    good = seen[1:] & seen[:-1] & (lasts < GAP)
    if good.sum() < FEWEST:
        return None
    speed = np.diff(body.at(*HIPS, *ANKLES), axis=0) / lasts[:, None, None] / body.stature
    hips = np.linalg.norm(speed[:, :2].mean(axis=1), axis=1)
    feet = np.linalg.norm(speed[:, 2:], axis=2).min(axis=1)
    walks = good & (hips > WALKING)
    if walks.sum() < FEWEST:
        return None
    return Reading(float(np.percentile(feet[walks], LOW) / hips[walks].mean()), float(body.t[1:][walks][0]))


def flight(body: BodyTrack, aspect: float) -> Reading | None:
    """Downward acceleration of a body in the air, in units of gravity, for a person 1.7 m tall; None without a jump.

    The longest stretch in which hips rise and fall along a parabola, and both feet with them.
    """
    assert body.stature is not None
    seen = np.asarray(body.seen(aspect, *HIPS, *ANKLES).all(axis=1))
    hips, ankles = body.at(*HIPS)[..., 1].mean(axis=1), body.at(*ANKLES)[..., 1]
    best: tuple[int, Reading] | None = None
    for start in range(len(body.t)):
        for end in range(start + 4, len(body.t) + 1):
            t = body.t[start:end] - body.t[start]
            if t[-1] > FLIGHT[1]:
                break
            if t[-1] < FLIGHT[0] or not seen[start:end].all() or (best and end - start <= best[0]):
                continue
            y = hips[start:end]
            fit = np.polyfit(t, y, 2)
            left = 1 - ((y - np.polyval(fit, t)) ** 2).sum() / max(((y - y.mean()) ** 2).sum(), 1e-12)
            turned = 0 < -fit[1] / (2 * fit[0]) < t[-1] if fit[0] > 0 else False
            rise = min(np.ptp(y), *np.ptp(ankles[start:end], axis=0)) / body.stature
            if turned and left >= PARABOLA and rise >= RISE:
                value = 2 * fit[0] / body.stature * STATURE / GRAVITY
                best = end - start, Reading(float(value), float(body.t[start] + t[-1] / 2))
    return best[1] if best else None


READERS = {
    "limb_length": limb_length,
    "tremor": tremor,
    "knees_backwards": knees_backwards,
    "foot_slide": foot_slide,
    "flight": flight,
}
WORDS = {
    "limb_length": "The longest limb is {} times as long as the head's size allows for.",
    "tremor": "Joints tremble by {} % of the stature from frame to frame.",
    "knees_backwards": "Seen from the side, a knee bends backwards for {} of the time, on a scale to one.",
    "foot_slide": "While the body walks, the standing foot moves at {} of the hips' speed.",
    "flight": "In the air the body falls with {} times gravity, if the person is of usual size.",
}
ABSENT = {
    "limb_length": "no arm or leg is seen for long enough",
    "tremor": "no joint is followed for long enough",
    "knees_backwards": "no leg is seen from the side for long enough",
    "foot_slide": "nobody is seen to walk, head to toe, before a still camera",
    "flight": "nobody is seen to leave the ground",
}
NOBODY = "no body with a head on its neck is large enough to measure"
CONFIDENCE = {"limb_length": 0.7, "tremor": 0.5, "knees_backwards": 0.3, "foot_slide": 0.4, "flight": 0.3}
POINTED = {"limb_length": LONG, "tremor": TREMBLING, "knees_backwards": 0.3, "foot_slide": 0.5}


def measurable(scene: Scene) -> list[BodyTrack]:
    """The bodies with a head on their neck that are large enough, after ``head_tracks`` and ``body_tracks``."""
    seen = looks(scene.evidence["head_tracks"], scene.ledger)
    tracks = body_tracks(scene.evidence["body_tracks"], scene.ledger, shots_of(scene), seen)
    return [b for b in tracks if b.agreement >= HEADED and b.stature is not None and b.stature >= SMALLEST]


@register
class BodyMotion(OnPeople):
    """What can be told of a body's build and movement."""

    name, version, title = "body_motion", "2", "Body motion"
    needs = Needs(after=("shot_cutter", "head_tracks", "body_tracks", "camera_motion"))
    cost = 0.5
    measures = (
        Measure(
            name="limb_length",
            title="Longest limb",
            unit="times",
            low=0,
            direction=Direction.LOWER,
            definition="Length in the picture of upper arms, forearms, thighs and shanks over the length that a person "
            "with a head of this size has: 95th percentile over time, greatest of the limbs; above 1.3 it is longer "
            "than perspective explains. Foreshortening hides, never feigns it. The clip takes its worst body.",
            source="Drillis and Contini 1966; BlazePose (Bazarevsky et al. 2020)",
        ),
        Measure(
            name="tremor",
            title="Trembling joints",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="How far joints go back and forth from picture to picture (12 a second) about their steady "
            "movement, in % of the stature: median over time, mean over joints; the clip takes its worst body.",
        ),
        Measure(
            name="knees_backwards",
            title="Knees that bend backwards",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Of the pictures that show a leg and its foot from the side, the share in which the knee lies "
            "behind the line from hip to ankle by 3 % of the stature or more.",
        ),
        Measure(
            name="foot_slide",
            title="Sliding feet",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="While the hips walk and the camera stands still: speed of the slower foot (25th percentile "
            "over time) over the mean speed of the hips; 0 when a foot stands, 1 when the figure glides.",
        ),
        Measure(
            name="flight",
            title="Weight in the air",
            unit="g",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Downward acceleration of the hips while they and both feet rise and fall along a parabola, "
            "over gravity, for a person 1.7 m tall; 1 is a real jump, less floats, more drops like a stone.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        shots = {shot.index: shot for shot in shots_of(scene)}
        bodies = measurable(scene)
        if not bodies or self.clip.picture is None:
            yield from self.could_not_at_all(NOBODY)
            return
        aspect = self.clip.picture.width / self.clip.picture.height
        static = self._static(scene)
        for measure, reader in READERS.items():
            suited = [b for b in bodies if measure not in ("foot_slide", "flight") or b.shot in static]
            read = [(shots[b.shot], b, found) for b in suited if (found := reader(b, aspect)) is not None]
            yield from self._told(measure, read, len(shots) > 1)

    def _static(self, scene: Scene) -> set[int]:
        """Shots in which the camera stands still."""
        rows = [
            e
            for e in scene.evidence["camera_motion"]
            if e.measure == "camera_motion.static_share" and e.value is not None
        ]
        still = {e.shot for e in rows if e.scope is Scope.SHOT and e.value is not None and e.value >= STATIC}
        whole = next((e.value for e in rows if e.scope is Scope.CLIP), None)
        if len(scene.shots) < 2 and whole is not None and whole >= STATIC:
            still.add(0)
        return {index for index in still if index is not None}

    def _told(self, measure: str, read: Sequence[tuple[Shot, BodyTrack, Reading]], several: bool) -> Iterator[Evidence]:
        if not read:
            yield self.could_not(measure, ABSENT[measure])
            return
        shot, body, worst = max(read, key=lambda each: each[2].value)
        words = WORDS[measure].format(number(worst.value))
        sure = CONFIDENCE[measure] * body.agreement
        picture = None
        if measure == next(iter(WORDS)):  # one skeleton serves all
            middle = float(body.t[len(body.t) // 2])
            picture = drawn(self, middle, lambda shown: skeleton(shown, body, middle), "the body as followed")
        yield self.found(measure, worst.value, words=words, confidence=sure, picture=picture)
        if several:
            for index in sorted({each.index for each, _, _ in read}):
                here, its, most = max((r for r in read if r[0].index == index), key=lambda each: each[2].value)
                sentence = WORDS[measure].format(number(most.value))
                trust = CONFIDENCE[measure] * its.agreement
                yield self.found(measure, most.value, shot=here, words=sentence, confidence=trust)
        if worst.at is not None and worst.value >= POINTED.get(measure, np.inf):
            at = worst.at
            yield self.found(
                measure,
                worst.value,
                span=Span(start=max(shot.span.start, at - 0.5), end=min(shot.span.end, at + 0.5)),
                shot=shot,
                words=words,
                confidence=sure,
                picture=drawn(self, at, lambda picture: skeleton(picture, body, at), "the body as followed"),
            )


def skeleton(picture: RGB, body: BodyTrack, seconds: float) -> None:
    """Draws limbs and joints on a picture."""
    import cv2

    marks = body.joints[int(np.abs(body.t - seconds).argmin()), :, :2] * picture.shape[0]
    for a, b in (*LIMBS, SHOULDERS, HIPS, (SHOULDERS[0], HIPS[0]), (SHOULDERS[1], HIPS[1])):
        ends = [(round(float(marks[joint, 0])), round(float(marks[joint, 1]))) for joint in (a, b)]
        cv2.line(picture, ends[0], ends[1], (60, 220, 60), 2, cv2.LINE_AA)
