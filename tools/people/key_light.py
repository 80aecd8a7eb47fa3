"""Key light: from which side light falls on a face, how strongly it models it, and whether it stays where it is.

Patches of skin on forehead and cheeks look into known directions once the pose of the head is known. A brightness that
is linear in that direction (first-order spherical harmonics, which hold most of what a matt surface shows) is fitted
to them by least squares. Skin that is made up or bearded, hair over the forehead and shadows cast by a hat pass for
light; a light from behind the head is not seen, and one from below is under-read: hardly a patch looks down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.light import linear, luminance
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Scene, Shot, register
from evalverse.tools.people._base import LOOKS, OnPeople
from evalverse.tools.people._looking import FOUND, drawn, shots_of, trusted_faces, why_no_face
from evalverse.tools.people._models import SIDE, heads, look_height
from evalverse.tools.people._windows import Drift, Series, drift
from evalverse.tools.people.faces import FaceTrack, Points, aligned
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._track import by_time

_SKIN = (
    ((0.185, -0.454, -0.096), (0.20, -0.26, -0.94)),  # forehead, beside its middle
    ((0.345, -0.447, -0.046), (0.36, -0.33, -0.87)),
    ((0.590, 0.180, 0.083), (0.68, -0.20, -0.71)),  # cheek, from the cheekbone down
    ((0.387, 0.276, -0.048), (0.35, -0.27, -0.90)),
    ((0.547, 0.362, 0.002), (0.64, -0.08, -0.76)),
    ((0.448, 0.454, -0.063), (0.46, 0.00, -0.89)),
    ((0.597, 0.527, 0.066), (0.77, 0.16, -0.62)),
    ((0.699, 0.343, 0.193), (0.89, 0.02, -0.46)),
)
_MIDDLE = ((0.0, -0.451, -0.112), (0.0, -0.26, -0.97))
PATCHES = np.array([_MIDDLE, *_SKIN, *((p * (-1, 1, 1), n * (-1, 1, 1)) for p, n in np.array(_SKIN))], np.float64)
"""(17, 2, 3) place and outward normal of patches of skin on the straight face of ``faces.RIGID``; mean of the meshes
of 12 people, made symmetrical."""
GRID = 24
"""Cells across the head's box in which its light is kept."""
MARGIN = 0.15
"""Of the box, added around it."""
FACING = 0.35
"""Cosine to the viewer below which a patch is too far turned away to be read."""
FEWEST = 9
"""Patches that must be seen."""
SOFTNESS = 0.03
"""Weight of the wish for no direction at all, which a turned face that shows one cheek needs."""
FAINT = 0.02
"""Share of the mean light below which a side counts as black."""
SMALLEST = 32
"""Pixels of a head's box below which its light is not read."""
SEVERAL = 3
SHORTEST = 2.0
"""Seconds of a face below which nothing is said about steadiness."""
SWUNG = 0.6
"""Stops from which on a moment is pointed at."""
CONFIDENCE = 0.6
UPRIGHT = 0.4
"""Weight of above and below in a change: nodding, brows and mouth shift them without any change of light."""
SIDEWAYS = 0.5**0.5


class Lit(NamedTuple):
    """The light on one face through one shot: ``t`` (N,), ``light`` (N, 4) its mean and its direction's strength to
    the right, down and away, in linear light, and how far the face can be trusted."""

    shot: Shot
    track: FaceTrack
    t: Series
    light: Series
    trust: float

    @property
    def balance(self) -> Series:
        """(N, 2) stops by which light from the right exceeds that from the left, and from above that from below."""
        return balance(self.light)


def patches(face: Points) -> tuple[Series, Series]:
    """(17, 3) places in picture heights and (17, 3) normals of the patches of skin on a face (P, 3)."""
    straight, turns, _ = aligned(face[None])
    here, turn = face.astype(float), turns[0].T
    flat = straight[0] @ turn
    size = np.sqrt(((here - here.mean(axis=0)) ** 2).sum() / max(((flat - flat.mean(axis=0)) ** 2).sum(), 1e-12))
    return size * (PATCHES[:, 0] @ turn - flat.mean(axis=0)) + here.mean(axis=0), PATCHES[:, 1] @ turn


def fitted(light: Series, normals: Series) -> Series | None:
    """(4,) mean and direction of the light that patches (K,) with normals (K, 3) show; None where it is dark.

    Reweighted once, so that hair or glasses over a patch do not decide.
    """
    mean = float(np.median(light))
    if mean <= 1e-4:
        return None
    design = np.column_stack([np.ones(len(light)), normals])
    keep = np.diag([0.0, 1, 1, 1]) * SOFTNESS * len(light)
    weight = np.ones(len(light))
    found: Series = np.zeros(4)
    for _ in range(3):
        scaled = design * weight[:, None]
        found = np.asarray(np.linalg.solve(scaled.T @ design + keep, scaled.T @ light), np.float64)
        off = np.abs(light - design @ found)
        weight = 1 / np.maximum(1, off / max(1.5 * float(np.median(off)), 1e-6))  # Huber
    return found


def balance(light: Series) -> Series:
    """(N, 2) stops right over left, and above over below, of lights (N, 4), at 45 degrees from the camera's axis."""
    mean, right, down, away = light.T
    ahead = mean - SIDEWAYS * away
    floor = FAINT * np.maximum(mean, 1e-6)

    def over(turned: Series) -> Series:
        lit, dark = ahead + SIDEWAYS * turned, ahead - SIDEWAYS * turned
        return np.asarray(np.log2(np.maximum(lit, floor) / np.maximum(dark, floor)))

    return np.stack([over(right), over(-down)], axis=1)


def _apart(rows: Series, row: Series) -> Series:
    return np.asarray(np.hypot(*((rows - row) * (1, UPRIGHT)).T))


@register
class KeyLight(OnPeople):
    """Direction, strength and steadiness of the light on faces."""

    name, version, title = "key_light", "1", "Key light"
    needs = Needs(picture=LOOKS, after=FOUND)
    cost = 1.0
    measures = (
        Measure(
            name="ratio",
            title="Key to fill",
            unit="stops",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Light that falls on a face from the brighter side over that from the other, at 45 degrees to "
            "the camera's axis, left and right; the face that is seen longest, median over a shot, the clip averages "
            "its shots by time. 0 is flat, 1 is 2:1, 3 is 8:1. The data name the side.",
            source="first-order spherical harmonics: Basri and Jacobs 2003; directions: face mesh, Kartynnik 2019",
        ),
        Measure(
            name="from_above",
            title="Light from above",
            unit="stops",
            direction=Direction.NEUTRAL,
            definition="Light from above over that from below, likewise; negative: from below.",
        ),
        Measure(
            name="swing",
            title="Light that changes sides",
            unit="stops",
            low=0,
            direction=Direction.LOWER,
            definition="Distance of right over left and, at a weight of 0.4, of above over below, each averaged over a "
            "second, between the most typical second of a face and the least typical one, in a shot. The movement of "
            "the head is taken out. The clip takes its worst face.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, list[tuple[NDArray[np.float64], NDArray[np.float16]]]]] = []

    def see(self, frame: Frame) -> None:
        import cv2

        found = []
        for head in heads(frame)[:SEVERAL]:
            picture = frame.rgb(look_height(frame))
            high = picture.shape[0]
            if head.size * high < SMALLEST:
                continue
            left, top, wide, tall = head.box
            box = np.array(
                [left - MARGIN * wide, top - MARGIN * tall, (1 + 2 * MARGIN) * wide, (1 + 2 * MARGIN) * tall]
            )
            x, y, w, h = (round(v * high) for v in box)
            rows, columns = slice(max(0, y), max(0, y + h)), slice(max(0, x), max(0, x + w))
            part = luminance(linear(picture[rows, columns]))
            if min(part.shape) < GRID // 2:
                continue
            inside = np.array([columns.start, rows.start, part.shape[1], part.shape[0]]) / high
            found.append((inside, cv2.resize(part, (GRID, GRID), interpolation=cv2.INTER_AREA).astype(np.float16)))
        self._looks.append((frame.seconds, found))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        shots = {shot.index: shot for shot in shots_of(scene)}
        faces = [self._lit(shots[track.shot], track, trust) for track, trust in trusted_faces(scene)]
        faces = sorted((face for face in faces if len(face.t)), key=lambda face: -len(face.t))
        if not faces:
            reason = why_no_face(scene) if not trusted_faces(scene) else "no face is large enough and turned this way"
            yield from self.could_not_at_all(reason)
            return
        yield from self._described(scene, faces)
        yield from self._swing(scene, faces)

    def _lit(self, shot: Shot, track: FaceTrack, trust: float) -> Lit:
        """Reads the patches off the kept light, wherever a head was found in the face's place."""
        times, lights = [], []
        for seconds, found in self._looks:
            at = int(np.abs(track.t - seconds).argmin())
            if abs(track.t[at] - seconds) > 0.06:
                continue
            places, normals = patches(track.points[at])
            centre = track.centres[at]
            for box, light in found:
                inside = (places[:, :2] - box[:2]) / box[2:]
                if not ((centre > box[:2]) & (centre < box[:2] + box[2:])).all():
                    continue
                seen = (-normals[:, 2] > FACING) & (inside > 0).all(1) & (inside < 1).all(1)
                if seen.sum() < FEWEST:
                    continue
                column, row = (np.minimum(inside[seen] * GRID, GRID - 1).astype(int)).T
                fit = fitted(light[row, column].astype(float), normals[seen])
                if fit is not None:
                    times.append(float(track.t[at]))
                    lights.append(fit)
                break
        return Lit(shot, track, np.array(times), np.array(lights).reshape(-1, 4), trust)

    def _described(self, scene: Scene, faces: Sequence[Lit]) -> Iterator[Evidence]:
        told = []
        for shot in shots_of(scene):
            here = [face for face in faces if face.shot.index == shot.index]
            if here:
                told.append((shot, here[0], np.median(here[0].balance, axis=0)))
        spans = [shot.span for shot, _, _ in told]
        sides = [_side(value[0]) for _, _, value in told]
        for measure, values, words in (
            ("ratio", [abs(value[0]) for _, _, value in told], "The two sides of the face differ by {} stops"),
            ("from_above", [value[1] for _, _, value in told], "Light from above exceeds that from below by {} stops"),
        ):
            total = by_time(values, spans)
            longest = faces[0]
            yield self.found(
                measure,
                total,
                words=words.format(number(total)) + ".",
                confidence=CONFIDENCE * longest.trust,
                curve=self.curve(measure, longest.t, longest.balance[:, int(measure == "from_above")]),
                picture=self._shown(longest) if measure == "ratio" else None,
                side=sides[0] if len(set(sides)) == 1 else "changes",
            )
            if len(scene.shots) > 1:
                for (shot, face, _), value, side in zip(told, values, sides, strict=True):
                    sentence = f"{words.format(number(value))}; key {side}."
                    trust = CONFIDENCE * face.trust
                    yield self.found(measure, value, shot=shot, words=sentence, confidence=trust, side=side)

    def _shown(self, face: Lit) -> Blob:
        """The face at its most typical moment, with the patches, and an arrow that points to the light."""
        import cv2

        strays = _apart(face.balance, np.median(face.balance, axis=0))
        seconds = float(face.t[strays.argmin()])
        points = face.track.points[int(np.abs(face.track.t - seconds).argmin())]
        right, above = face.balance[strays.argmin()]

        def draw(picture: RGB) -> None:
            high = picture.shape[0]
            places = (patches(points)[0][:, :2] * high).round().astype(int)
            for x, y in places.tolist():
                cv2.circle(picture, (x, y), 2, (90, 255, 90), -1)
            centre = places.mean(axis=0)
            reach = 0.25 * float(np.ptp(places[:, 0]))
            tip = (centre + reach * np.array([right, -above])).round().astype(int)
            middle = centre.round().astype(int)
            cv2.arrowedLine(picture, (int(middle[0]), int(middle[1])), (int(tip[0]), int(tip[1])), (255, 220, 0), 2)

        return drawn(self, seconds, draw, f"where the light is read, and where it comes from, at {number(seconds)} s")

    def _swing(self, scene: Scene, faces: Sequence[Lit]) -> Iterator[Evidence]:
        long = [face for face in faces if np.ptp(face.t) >= SHORTEST]
        read = [(face, strays) for face in long if (strays := drift(face.t, face.balance, _apart))]
        if not read:
            yield self.could_not("swing", f"no face is seen for {number(SHORTEST)} s")
            return
        words = "The light on the face changes sides by {} stops."
        face, worst = max(read, key=lambda each: each[1].most)
        curve = self.curve("swing", worst.t, worst.distance)
        trust = CONFIDENCE * face.trust
        yield self.found("swing", worst.most, words=words.format(number(worst.most)), confidence=trust, curve=curve)
        if len(scene.shots) > 1:
            for index in sorted({each.shot.index for each, _ in read}):
                here = max((each for each in read if each[0].shot.index == index), key=lambda each: each[1].most)
                sentence = words.format(number(here[1].most))
                yield self.found("swing", here[1].most, shot=here[0].shot, words=sentence, confidence=trust)
        if worst.most >= SWUNG:
            yield self._moment(face, worst, words)

    def _moment(self, face: Lit, worst: Drift, words: str) -> Evidence:
        at, typical = float(worst.t[worst.distance.argmax()]), float(worst.t[worst.distance.argmin()])
        return self.found(
            "swing",
            worst.most,
            span=Span(start=at, end=at),
            shot=face.shot,
            words=words.format(number(worst.most)),
            confidence=CONFIDENCE * face.trust,
            picture=pair_at(self, typical, at, f"{number(typical)} s beside {number(at)} s", SIDE),
        )


def _side(stops: float) -> str:
    return "in front" if abs(stops) < 0.3 else "on the right" if stops > 0 else "on the left"
