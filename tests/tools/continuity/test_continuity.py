"""Scenes, set-ups and what jumps over their cuts, on films whose faults are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.continuity._compare import angle, levelled, lighter_side, stops, tint
from evalverse.tools.continuity._grouping import letters, scene_starts, setups
from evalverse.tools.evidence import Evidence, Scope
from tests.tools.continuity._film import BLUE, RED, film, read, value, view, whole

NAMES = ["scenes", "continuity", "sound_over_cuts"]


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Evidence]]:
    """A-B-A'-C-D: A comes back a stop lighter with louder sound, C and D are another scene."""
    folder = tmp_path_factory.mktemp("faulty")
    shots = [view(1, RED), view(2, RED), view(1, RED, gain=2.0), view(3, BLUE), view(4, BLUE)]
    return read(film(folder / "a.mp4", shots, louder_at=2), 5, NAMES, folder)


def test_scenes_and_set_ups(faulty: dict[str, list[Evidence]]) -> None:
    assert value(faulty, "scenes.count") == 2 and value(faulty, "scenes.setups") == 4
    assert whole(faulty, "scenes.count").data["letters"] == ["A", "B", "A", "C", "D"]
    assert value(faulty, "scenes.returning") == pytest.approx(20)


def test_a_set_up_that_comes_back_lighter(faulty: dict[str, list[Evidence]]) -> None:
    step = whole(faulty, "continuity.returning_exposure")
    assert step.value == pytest.approx(1, abs=0.2) and step.data["worst"] == [1, 3]
    (moment,) = [e for e in faulty["continuity.returning_exposure"] if e.scope is Scope.MOMENT]
    assert moment.picture is not None and moment.span is not None and moment.span.start == pytest.approx(2.0)
    assert value(faulty, "continuity.returning_likeness") > 0.9, "the view is the same, only the light is not"


def test_between_scenes_nothing_is_compared(faulty: dict[str, list[Evidence]]) -> None:
    for measure in ("exposure_step", "grade_step", "level_step"):
        pairs = {(row["old"], row["new"]) for row in whole(faulty, f"continuity.{measure}").data["joins"]}
        assert (4, 5) in pairs and (3, 4) not in pairs


def test_sound_that_steps_within_a_scene(faulty: dict[str, list[Evidence]]) -> None:
    step = whole(faulty, "continuity.level_step")
    assert step.value == pytest.approx(12, abs=1) and step.data["worst"] == [2, 3]
    assert value(faulty, "sound_over_cuts.level_step") == pytest.approx(12, abs=1)


def test_a_clean_return_and_a_jump_cut(tmp_path: Path) -> None:
    shots = [view(1, RED), view(2, RED), view(1, RED), view(1, RED, shift=3)]
    found = read(film(tmp_path / "a.mp4", shots), 4, NAMES, tmp_path)
    assert value(found, "continuity.returning_exposure") < 0.15 and value(found, "continuity.returning_grade") < 1.5
    assert value(found, "continuity.level_step") < 1.5
    jumps = [e for e in found["continuity.jump_cuts"] if e.scope is Scope.MOMENT]
    assert value(found, "continuity.jump_cuts") == 1 and [e.data["new"] for e in jumps] == [4]


def test_one_shot_has_no_continuity(tmp_path: Path) -> None:
    found = read(film(tmp_path / "a.mp4", [view(1, RED)]), 1, NAMES, tmp_path)
    for measure, rows in found.items():
        if not measure.startswith("shot_cutter"):
            assert [e.unmeasured for e in rows] == ["the clip has a single shot"], measure


def test_real_shots_of_one_place_are_one_scene(shared: Path, tmp_path: Path) -> None:
    from evalverse.tools.ledger import Ledger
    from evalverse.tools.media.probe import probe
    from evalverse.tools.schedule import measure

    told = measure(probe(shared / "film" / "sintel.mp4"), ["scenes"], Ledger(tmp_path)).evidence["scenes"]
    values = {e.measure: e.value for e in told}
    assert values["scenes.count"] == 1 and values["scenes.returning"] == 0


def test_scenes_end_where_no_link_reaches_over() -> None:
    alike = np.eye(6)
    for a, b in ((0, 2), (1, 2), (3, 5), (4, 5)):
        alike[a, b] = alike[b, a] = 0.8
    assert [k for k, _ in scene_starts(alike, 0.5)] == [0, 3]
    assert [k for k, _ in scene_starts(alike, 0.9)] == [0, 1, 2, 3, 4, 5]
    assert setups(alike, np.array([0, 0, 0, 1, 1, 1]), 0.7) == [0, 1, 1, 2, 3, 3]
    assert setups(alike, np.array([0, 0, 0, 1, 1, 1]), 0.9) == [0, 1, 2, 3, 4, 5]
    assert [letters(n) for n in (0, 25, 26, 52)] == ["A", "Z", "AA", "BA"]


def test_light_and_tint_of_thumbnails() -> None:
    x = np.linspace(40, 160, 48)
    ramp = np.broadcast_to(x[None, None, :, None], (2, 27, 48, 3)).astype(np.uint8)
    double = np.asarray(255 * np.minimum((ramp / 255) ** 2.2 * 2, 1) ** (1 / 2.2), np.uint8)
    assert stops(double) - stops(ramp) == pytest.approx(1, abs=0.08)
    side = lighter_side(ramp)
    assert side is not None and angle(side, 1 + 0j) < 5
    down = lighter_side(ramp[:, :, ::-1])
    assert down is not None and angle(side, down) > 175
    assert lighter_side(np.full((1, 27, 48, 3), 90, np.uint8)) is None
    warm = np.asarray(ramp * np.array([1.0, 0.9, 0.6]), np.uint8)
    assert tint(warm)[1] - tint(ramp)[1] > 10, "yellower"
    off = np.abs(levelled(double[0]).astype(int) - levelled(ramp[0]))
    assert off.max() <= 6 and np.abs(levelled(warm[0]).astype(int) - levelled(ramp[0])).max() <= 6
