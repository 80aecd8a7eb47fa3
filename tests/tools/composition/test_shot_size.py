"""Shot size: names follow from how much of a person is in frame."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalverse.tools.composition._frame import Area
from evalverse.tools.composition.shot_size import NAMES, ShotSize, measured, size_name
from evalverse.tools.evidence import Evidence, Scope, Span
from evalverse.tools.operator import Shot
from tests.tools.people._actor import head, stage

WHOLE = Area(0, 1, 0, 16 / 9)


@pytest.mark.parametrize(
    ("crown", "height", "name"),
    [
        (-0.3, 1.5, "extreme close-up"),
        (0.02, 0.7, "close-up"),
        (0.08, 0.36, "medium close-up"),
        (0.08, 0.25, "medium shot"),
        (0.1, 0.16, "medium long shot"),
        (0.1, 0.1, "long shot"),
        (0.5, 0.04, "extreme long shot"),
    ],
)
def test_names_go_from_close_to_far(crown: float, height: float, name: str) -> None:
    assert size_name((1 - crown) / height, 1 / height) == name


def test_names_are_in_order_as_the_camera_backs_off() -> None:
    names = [size_name(0.9 / h, 1 / h) for h in (1.2, 0.6, 0.4, 0.25, 0.17, 0.1, 0.05)]
    assert names == list(NAMES)


def test_black_bars_do_not_count_as_frame() -> None:
    seen = head(0.9, 0.4, 0.2)
    bars = measured(seen, Area(0.12, 0.88, 0, 16 / 9))
    whole = measured(seen, WHOLE)
    assert bars[0] < whole[0]
    assert bars[1] == pytest.approx(0.76 * whole[1])


def sized(folder: Path, sizes: list[float]) -> list[Evidence]:
    """The evidence for shots of two seconds, one per head size; 0 for a shot without a head."""
    shots = tuple(Shot(i, Span(start=2 * i, end=2 * i + 2)) for i in range(len(sizes)))
    scene = stage(folder, 2.0 * len(sizes), shots=shots)
    subject = ShotSize(scene.clip, scene.ledger)
    for i, size in enumerate(sizes):
        for k in range(8):
            subject._looks.append((2 * i + k / 4, (head(0.9, 0.4, size),) if size else ()))
            subject._areas.append(WHOLE)
    return list(subject.finish(scene))


def test_every_shot_with_a_head_is_named(tmp_path: Path) -> None:
    found = sized(tmp_path, [0.5, 0.0, 0.1])
    whole = next(e for e in found if e.measure == "shot_size.reach" and e.scope is Scope.CLIP)
    assert [(row["shot"], row["size"]) for row in whole.data["shots"]] == [(0, "close-up"), (2, "medium long shot")]
    assert next(e.value for e in found if e.measure == "shot_size.sizes") == 2
    assert {e.shot for e in found if e.scope is Scope.SHOT} == {0, 2}


def test_without_a_head_there_is_no_size(tmp_path: Path) -> None:
    assert all(e.value is None and e.unmeasured for e in sized(tmp_path, [0.0]))
