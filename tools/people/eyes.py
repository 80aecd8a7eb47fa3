"""Eyes: blinks, gaze that moves, and two eyes that look the same way.

Read off lids and irises of the face mesh with the movement of the head taken out. Dark glasses and half-closed eyes
hide the iris; the mesh then guesses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import FOUND, drawn
from evalverse.tools.people._straight import Straight, straight_faces, why_none
from evalverse.tools.people.face_tracks import analysis_height
from evalverse.tools.people.faces import PLACE

Series = NDArray[np.float64]
Flags = NDArray[np.bool_]

LIDS = (((159, 145), (158, 153), (160, 144)), ((386, 374), (385, 380), (387, 373)))
"""Pairs of upper and lower lid, for the eye on the left of the picture and the one on the right."""
CORNERS = ((33, 133), (362, 263))
"""Corners of the eyes, from left to right in the picture."""
IRISES = (468, 473)
SHORTEST = 2.0
CLOSED = 0.55
"""Opening, as a share of that of the second around, below which an eye is closed."""
BLINK = (0.03, 0.6)
"""Seconds that a blink may last: shorter is an error of the mesh, longer is eyes that are shut."""
OPEN = 0.75
"""Opening, as a share of the widest usual one, from which on the iris is read."""
TURN = 2.5
"""Radians of turn per eye width of iris movement: a globe of 12 mm radius behind an opening 30 mm wide."""
USUAL = (0.05, 0.15)
"""Eye widths by which irises usually stand closer together than the eyes' middles, and how far from that is crossed."""
SMALLEST = 8
"""Pixels of an eye's width below which the iris is not read."""
CROSSED = 8.0
"""Degrees from which on a moment is pointed at."""
FEWEST = 10
"""Pictures with open eyes below which gaze is not read."""


class Gaze(NamedTuple):
    """Where both eyes look: ``t`` (N,) and ``left``, ``right`` (N, 2) in degrees, right and down in the picture."""

    t: Series
    left: Series
    right: Series


def opening(face: Straight) -> Series:
    """(N,) mean opening of both eyes, lids over width (eye aspect ratio, Soukupova and Cech 2016)."""
    sides = []
    for lids, corners in zip(LIDS, CORNERS, strict=True):
        apart = [np.linalg.norm(np.diff(face.at(pair), axis=1)[:, 0], axis=-1) for pair in lids]
        sides.append(np.mean(apart, axis=0) / np.linalg.norm(np.diff(face.at(corners), axis=1)[:, 0], axis=-1))
    return np.asarray(np.mean(sides, axis=0))


def blinks(t: Series, openness: Series) -> list[tuple[float, float]]:
    """(start, end) of each blink in an opening (N,) over time."""
    from scipy.ndimage import median_filter

    around = max(3, round(1 / max(np.median(np.diff(t)), 1e-6)) | 1)
    shut = openness < CLOSED * median_filter(openness, around, mode="nearest")
    edges = np.flatnonzero(np.diff(np.concatenate([[False], shut, [False]]).astype(np.int8)))
    step = float(np.median(np.diff(t)))
    spans = [(float(t[a]), float(t[b - 1]) + step) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [(a, b) for a, b in spans if BLINK[0] <= b - a <= BLINK[1]]


def gaze(face: Straight, openness: Series) -> Gaze | None:
    """Where the eyes look while they are open; None when they hardly are."""
    seen = openness > OPEN * np.percentile(openness, 80)
    if seen.sum() < FEWEST:
        return None
    sides = []
    for iris, corners in zip(IRISES, CORNERS, strict=True):
        ends = face.at(corners)[seen]
        across = ends[:, 1] - ends[:, 0]
        width = np.linalg.norm(across, axis=1)
        away = face.at((iris,))[seen, 0] - ends.mean(axis=1)
        right = (away * across).sum(axis=1) / width**2
        down = (across[:, 0] * away[:, 1] - across[:, 1] * away[:, 0]) / width**2
        sides.append(np.degrees(np.arcsin(np.clip(TURN * np.stack([right, down], axis=1), -1, 1))))
    return Gaze(face.t[seen], sides[0], sides[1])


def apart(look: Gaze) -> Series:
    """(N,) degrees by which the eyes look different ways: against their own usual angle, and where that is odd."""
    usual, room = np.degrees(np.arcsin(TURN * np.array(USUAL)))
    turned = look.left - look.right  # positive: towards each other
    middle = np.median(turned, axis=0)
    odd = max(0.0, abs(float(middle[0]) + usual) - room)
    return np.asarray(np.hypot(*(turned - middle).T) + odd)


@register
class Eyes(OnPeople):
    """Blinks and gaze."""

    name, version, title = "eyes", "1", "Eyes"
    needs = Needs(after=FOUND)
    cost = 0.5
    measures = (
        Measure(
            name="blink_rate",
            title="Blinks",
            unit="per minute",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Times per minute at which both eyes close for up to 0.6 s, of the face that is seen longest. "
            "People blink 10 to 30 times a minute when they talk.",
            source="Soukupova and Cech 2016 (eye aspect ratio); Bentivoglio et al. 1997 (rates)",
        ),
        Measure(
            name="stare",
            title="Longest time without a blink",
            unit="s",
            low=0,
            direction=Direction.LOWER,
            definition="Longest time for which a face towards the camera does not blink, worst face.",
        ),
        Measure(
            name="gaze_movement",
            title="Movement of the gaze",
            unit="degrees",
            low=0,
            direction=Direction.NEUTRAL,
            definition="RMS by which the eyes turn away from their mean direction, apart from the head, of the face "
            "that is seen longest.",
        ),
        Measure(
            name="apart",
            title="Eyes that look different ways",
            unit="degrees",
            low=0,
            direction=Direction.LOWER,
            definition="RMS by which the angle between the two eyes departs from its median, plus what that is odder "
            "than usual faces; the clip takes its worst face. Speakers to camera: 2 to 5.",
            source="Iris landmarks: Ablavatski et al. 2020",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        faces = straight_faces(scene, SHORTEST)
        if not faces:
            yield from self.could_not_at_all(why_none(scene, SHORTEST))
            return
        faces = [face for face in faces if self._pixels(face) >= SMALLEST]
        if not faces:
            yield from self.could_not_at_all(f"no eye is {SMALLEST} pixels wide")
            return
        faces.sort(key=lambda face: -len(face.t))
        openness = [opening(face) for face in faces]
        yield from self._blinks(faces, openness)
        yield from self._gaze(scene, faces, openness)

    def _pixels(self, face: Straight) -> float:
        """Width of an eye in the picture that the mesh saw."""
        assert self.clip.picture is not None
        height = analysis_height(self.clip.picture.width, self.clip.picture.height)
        ends = face.track.at(*CORNERS[0])
        return float(np.median(np.linalg.norm(np.diff(ends, axis=1)[:, 0], axis=-1))) * height

    def _blinks(self, faces: Sequence[Straight], openness: Sequence[Series]) -> Iterator[Evidence]:
        first, lids = faces[0], openness[0]
        found = blinks(first.t, lids)
        rate = 60 * len(found) / float(np.ptp(first.t))
        words = f"The face that is seen longest blinks {number(rate)} times a minute."
        curve = self.curve("blink_rate", first.t, lids)
        yield self.found("blink_rate", rate, words=words, confidence=0.8 * first.trust, curve=curve, blinks=len(found))
        longest = []
        for face, opened in zip(faces, openness, strict=True):
            edges = [
                float(face.t[0]),
                *(moment for blink in blinks(face.t, opened) for moment in blink),
                float(face.t[-1]),
            ]
            gaps = [(b - a, a, b, face) for a, b in zip(edges[::2], edges[1::2], strict=True)]
            longest.append(max(gaps, key=lambda gap: gap[0]))
        seconds, start, end, face = max(longest, key=lambda gap: gap[0])
        words = f"The longest time without a blink is {number(seconds)} s."
        yield self.found("stare", seconds, words=words, confidence=0.8 * face.trust, start=start, end=end)

    def _gaze(self, scene: Scene, faces: Sequence[Straight], openness: Sequence[Series]) -> Iterator[Evidence]:
        looks = [(face, look) for face, lids in zip(faces, openness, strict=True) if (look := gaze(face, lids))]
        if not looks:
            for measure in ("gaze_movement", "apart"):
                yield self.could_not(measure, "the eyes are hardly open")
            return
        first, look = looks[0]
        both = (look.left + look.right) / 2
        moves = np.hypot(*(both - both.mean(axis=0)).T)
        turn = float(np.sqrt((moves**2).mean()))
        words = f"The eyes move by {number(turn)} degrees about their mean direction."
        curve = self.curve("gaze_movement", look.t, moves)
        yield self.found("gaze_movement", turn, words=words, confidence=0.7 * first.trust, curve=curve)
        read = [(face, look.t, apart(look)) for face, look in looks]
        face, t, angle = max(read, key=lambda each: _rms(each[2]))
        worst = _rms(angle)
        words = "The eyes look {} degrees apart from each other."
        curve = self.curve("apart", t, angle)
        yield self.found("apart", worst, words=words.format(number(worst)), confidence=0.6 * face.trust, curve=curve)
        if len(scene.shots) > 1:
            for index in sorted({each.shot.index for each, _, _ in read}):
                here, most = max(
                    ((each, _rms(angle)) for each, _, angle in read if each.shot.index == index), key=lambda e: e[1]
                )
                sentence = words.format(number(most))
                yield self.found("apart", most, shot=here.shot, words=sentence, confidence=0.6 * here.trust)
        if worst >= CROSSED:
            at = int(angle.argmax())
            span = Span(start=float(t[at]), end=float(t[at]))
            yield self.found(
                "apart",
                float(angle[at]),
                span=span,
                shot=face.shot,
                words=words.format(number(float(angle[at]))),
                confidence=0.6 * face.trust,
                picture=drawn(self, float(t[at]), lambda picture: _eyes(picture, face, float(t[at])), "eyes"),
            )


def _rms(values: Series) -> float:
    return float(np.sqrt((values**2).mean()))


def _eyes(picture: RGB, face: Straight, seconds: float) -> RGB:
    """The part of the picture around the eyes, enlarged."""
    import cv2

    at = int(np.abs(face.track.t - seconds).argmin())
    ends = face.track.points[at, [PLACE[33], PLACE[263]], :2] * picture.shape[0]
    (left, top), (right, bottom) = ends.min(axis=0), ends.max(axis=0)
    reach = max(4.0, 0.35 * (right - left))
    rows = slice(max(0, int(top - reach)), max(1, int(bottom + reach)))
    part = picture[rows, max(0, int(left - reach)) : max(1, int(right + reach))]
    return (
        np.asarray(cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
        if part.size
        else picture
    )
