"""Identity: another face is found out, the same one under movement, speech and new light is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope, Span
from evalverse.tools.operator import Shot
from evalverse.tools.people.faces import PLACE, Points
from evalverse.tools.people.identity import (
    PROPORTIONS,
    Identity,
    described,
    proportions,
    straightened,
    unalike,
    unlike,
)
from tests.synth import gradient_noise
from tests.tools.people._actor import head, heads_of, stage, talking, track


def reshaped(faces: list[Points], amount: float, start: float = 0.5) -> list[Points]:
    """Faces whose cheekbones widen by ``amount`` of themselves and whose nose grows, from ``start`` of them on."""
    made = [face.copy() for face in faces]
    for face in made[round(start * len(made)) :]:
        for mark in (234, 454, 127, 356):
            face[PLACE[mark]] *= (1 + amount, 1, 1)
        face[PLACE[1], 1] += amount
    return made


def drift_of(faces: list[Points], folder: Path, **view: float) -> Any:
    scene = stage(folder, len(faces) / 25, [track(faces, **view)])
    return list(Identity(scene.clip, scene.ledger).finish(scene))


def test_the_same_proportions_are_no_distance_apart_and_those_of_two_people_about_one() -> None:
    spread = np.array([s for s, _ in PROPORTIONS.values()])
    rng = np.random.default_rng(0)
    people = rng.normal(0, spread, (400, len(spread)))
    assert unlike(people[0], people[0]) == 0
    distances = unlike(people[:200], people[200:])
    assert 0.7 < np.median(distances) < 1.2


def test_proportions_do_not_change_with_size_place_or_turn_of_the_head() -> None:
    faces = talking(1)
    straight = proportions(track(faces, seed=None).points)
    turned = proportions(track(faces, seed=None, yaw=20, pitch=8, roll=10, size=0.1, at=(0.4, 0.3)).points)  # type: ignore[arg-type]
    assert float(unlike(straight, turned).max()) < 0.05


def test_drift_grows_with_the_change_and_stays_low_for_one_who_talks(tmp_path: Path) -> None:
    values = []
    for amount in (0.0, 0.08, 0.2):
        found = drift_of(reshaped(talking(6), amount), tmp_path)
        values.append(next(e.value for e in found if e.measure == "identity.shape_drift" and e.scope is Scope.CLIP))
    assert values[0] < 0.3 < values[1] < values[2]


def test_the_moment_of_another_face_is_pointed_at_with_a_picture(tmp_path: Path) -> None:
    found = drift_of(reshaped(talking(6), 0.25, start=0.7), tmp_path)
    moment = next(e for e in found if e.scope is Scope.MOMENT)
    assert moment.span is not None
    assert moment.span.end > 4.0
    assert moment.picture is not None


def test_a_face_turned_away_is_not_read(tmp_path: Path) -> None:
    found = drift_of(talking(4), tmp_path, yaw=45)
    shape = next(e for e in found if e.measure == "identity.shape_drift")
    assert shape.unmeasured == "no face is seen from the front for two seconds"


def painted(seed: int, light: float = 1.0, shift: float = 0.0) -> Any:
    """A textured picture (360, 640, 3) with a head in it: ``seed`` makes the face, ``light`` and ``shift`` the view."""
    face = gradient_noise(seed, 200, 200, coarsest=8)
    picture = np.full((360, 640, 3), 90, np.uint8)
    x, y = 220 + round(shift * 360), 80
    picture[y : y + 200, x : x + 200] = np.clip(face * light, 0, 255)
    return picture, head((x + 100) / 360, (y + 100) / 360, 200 / 360)


def test_looks_survive_light_and_place_and_tell_textures_apart() -> None:
    same = described(straightened(*painted(3)))
    brighter = described(straightened(*painted(3, light=0.6, shift=0.1)))
    other = described(straightened(*painted(4)))
    assert unalike(same, brighter) < 0.3 < 0.8 < unalike(same, other)


def test_marks_bring_eyes_and_mouth_to_their_places() -> None:
    picture = np.zeros((360, 640, 3), np.uint8)
    seen = head(0.9, 0.5, 0.4)
    for mark in seen.marks[:2]:
        cv2.circle(picture, tuple(int(v * 360) for v in mark), 6, (255, 255, 255), -1)
    straight = straightened(picture, seen)[..., 0]
    assert straight[23, 19] > 128
    assert straight[23, 45] > 128
    assert straight[40:].max() < 128


@pytest.mark.parametrize(("second", "drifts"), [(3, False), (4, True)])
def test_a_face_that_comes_back_is_compared_with_the_one_that_left(tmp_path: Path, second: int, drifts: bool) -> None:
    scene = stage(tmp_path, 8)
    subject = Identity(scene.clip, scene.ledger)
    for start, seed in ((0.0, 3), (4.0, second)):
        for i in range(8):
            picture, seen = painted(seed, shift=i / 400)
            subject._looks.append((start + i / 4, (seen,)))
            subject._described[seen] = described(straightened(picture, seen))
    found = next(e for e in subject.finish(scene) if e.measure == "identity.return_drift")
    assert found.value is not None
    assert (found.value > 0.6) == drifts


def test_people_of_different_shots_are_not_compared(tmp_path: Path) -> None:
    shots = (Shot(0, Span(start=0, end=4)), Shot(1, Span(start=4, end=8)))
    scene = stage(tmp_path, 8, shots=shots)
    subject = Identity(scene.clip, scene.ledger)
    for start, seed in ((0.0, 3), (4.0, 4)):
        for i in range(16):
            picture, seen = painted(seed)
            subject._looks.append((start + i / 4, (seen,)))
            subject._described[seen] = described(straightened(picture, seen))
    found = {e.measure: e for e in subject.finish(scene) if e.scope is Scope.CLIP}
    assert found["identity.return_drift"].value is None
    drift = found["identity.look_drift"].value
    assert drift is not None
    assert drift < 0.2


def test_without_a_face_it_says_so(tmp_path: Path) -> None:
    scene = stage(tmp_path, 2, looks=heads_of([]))
    assert all(e.value is None and e.unmeasured for e in Identity(scene.clip, scene.ledger).finish(scene))
