"""Attributes: hair and clothes that change colour or pattern are found out, new light is not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.people.attributes import PARTS, Attributes, colours_apart, parts, read, textures_apart
from tests.tools.people._actor import head, stage

SEEN = head(0.9, 0.45, 0.25)


def person() -> NDArray[np.bool_]:
    """(360, 640) head and shoulders of somebody around ``SEEN``."""
    mask = np.zeros((360, 640), np.uint8)
    cv2.ellipse(mask, (324, 150), (62, 84), 0, 0, 360, 1, -1)
    cv2.ellipse(mask, (324, 400), (200, 170), 0, 0, 360, 1, -1)
    return mask > 0


def dressed(
    coat: tuple[int, int, int] = (40, 60, 120),
    hair: tuple[int, int, int] = (60, 40, 20),
    light: float = 1.0,
    stripes: int = 0,
) -> NDArray[np.uint8]:
    """(360, 640, 3) somebody in a ``coat`` with ``hair``, under ``light``, with ``stripes`` of that many levels."""
    picture = np.full((360, 640, 3), (120, 130, 120), np.uint8)
    mask = person()
    rows = np.arange(360)[:, None] > 240
    picture[mask] = hair
    cv2.ellipse(picture, (324, 165), (44, 52), 0, 0, 360, (200, 160, 140), -1)
    pattern = np.array(coat) + stripes * ((np.arange(640) // 3 % 2) * 2 - 1)[None, :, None] * np.ones((360, 1, 1))
    picture = np.where((mask & rows)[..., None], np.clip(pattern, 0, 255), picture)
    return np.asarray(np.clip(picture * light, 0, 255), np.uint8)


def readings(folder: Path, pictures: list[NDArray[np.uint8]]) -> list[Evidence]:
    """The operator's evidence for pictures that are seen four times a second."""
    scene = stage(folder, len(pictures) / 4)
    subject = Attributes(scene.clip, scene.ledger)
    for i, picture in enumerate(pictures):
        seen = head(0.9, 0.45, 0.25)
        lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        *masks, cheeks = parts((360, 640), seen, person())
        subject._looks.append((i / 4, (seen,)))
        for part, mask in zip(PARTS, masks, strict=True):
            *colour, texture = read(np.asarray(lab, np.float32), mask, 2.0)
            subject._read[seen, part] = (*colour, float(np.median(lab[cheeks, 0])), texture)
    return list(subject.finish(scene))


def value(found: list[Evidence], measure: str) -> float:
    read_off = next(e for e in found if e.measure == f"attributes.{measure}" and e.scope is Scope.CLIP)
    assert read_off.value is not None, read_off.unmeasured
    return read_off.value


def test_the_parts_lie_where_hair_coat_and_cheeks_are() -> None:
    hair, coat, cheeks = parts((360, 640), SEEN, person())
    rows = [np.flatnonzero(mask.any(axis=1)) for mask in (hair, cheeks, coat)]
    assert rows[0][0] < rows[1][0] < rows[2][0]
    assert not (hair & coat).any()
    assert not (hair & cheeks).any()


def test_a_coat_that_changes_colour_drifts_and_the_hair_does_not(tmp_path: Path) -> None:
    found = readings(tmp_path, [dressed()] * 12 + [dressed(coat=(140, 50, 40))] * 8)
    assert value(found, "clothes_drift") > 20
    assert value(found, "hair_drift") < 1
    moment = next(e for e in found if e.scope is Scope.MOMENT)
    assert moment.picture is not None
    assert moment.span is not None
    assert moment.span.end > 3


def test_the_drift_of_hair_grows_with_its_change(tmp_path: Path) -> None:
    values = [
        value(readings(tmp_path, [dressed()] * 12 + [dressed(hair=(60 + d, 40, 20))] * 8), "hair_drift")
        for d in (0, 25, 80)
    ]
    assert values[0] < 0.5 < 3 < values[1] < values[2]


def test_light_that_falls_on_all_alike_is_no_drift(tmp_path: Path) -> None:
    lit = [dressed(light=float(level)) for level in np.linspace(1, 0.7, 20)]
    found = readings(tmp_path, lit)
    assert value(found, "clothes_drift") < 8
    assert (
        value(found, "clothes_drift")
        < value(readings(tmp_path, [dressed()] * 12 + [dressed(coat=(140, 50, 40))] * 8), "clothes_drift") / 4
    )


def test_a_pattern_that_appears_is_a_drift_of_texture(tmp_path: Path) -> None:
    found = readings(tmp_path, [dressed()] * 12 + [dressed(stripes=25)] * 8)
    assert value(found, "texture_drift") > 2
    assert value(found, "clothes_drift") < 8


def test_distances_are_zero_for_the_same_and_symmetrical() -> None:
    a, b = np.array([40.0, 10, -5, 60]), np.array([40.0, 20, 5, 60])
    assert colours_apart(a[None], a)[0] == 0
    assert colours_apart(a[None], b)[0] == colours_apart(b[None], a)[0]
    assert textures_apart(np.array([[1.5]]), np.array([3.5]))[0] == 1


def test_nobody_is_a_reason(tmp_path: Path) -> None:
    scene = stage(tmp_path, 2)
    subject = Attributes(scene.clip, scene.ledger)
    subject._looks = [(0.0, ()), (0.25, ())]
    assert all(e.value is None and e.unmeasured for e in subject.finish(scene))
