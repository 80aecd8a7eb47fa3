"""What survives, is followed, is remade, doubled or shown again: synthesised truth, other faults, too little to see."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.image.ghosting import echo
from evalverse.tools.image.looping import returns
from evalverse.tools.image.track_survival import recognised
from tests.synth import RGB, flat, gradient_noise
from tests.tools.picture.film import evidence, lit, of_clip, real, shot, values

PANNED = (1.0, 0.4)


def textured(count: int = 30, pan: tuple[float, float] = PANNED) -> list[RGB]:
    return shot(count, pan, coarsest=20, octaves=4)


def dissolving(frames: list[RGB], share: float) -> list[RGB]:
    """A part of the picture, from the left, is made of other matter in every other frame."""
    other = [gradient_noise(50 + i // 2, *frames[0].shape[:2], coarsest=10, octaves=4) for i in range(len(frames))]
    edge = round(share * frames[0].shape[1])
    return [np.concatenate([o[:, :edge], f[:, edge:]], axis=1) for f, o in zip(frames, other, strict=True)]


def ghosted(frames: list[RGB], opacity: float, lag: int = 3) -> list[RGB]:
    mixed = [f * (1 - opacity) + frames[max(0, i - lag)] * opacity for i, f in enumerate(frames)]
    return [m.astype(np.uint8) for m in mixed]


def test_features_of_a_moving_scene_survive(tmp_path: Path) -> None:
    found = values("track_survival", textured(), tmp_path)
    assert found["survival"] > 90 and found["recognised"] > 40


def test_survival_falls_with_how_much_dissolves(tmp_path: Path) -> None:
    found = [values("track_survival", dissolving(textured(), s), tmp_path)["survival"] for s in (0.0, 0.3, 0.6)]
    assert found[0] > found[1] + 20 and found[1] > found[2] + 10


def test_another_light_does_not_kill_features(tmp_path: Path) -> None:
    dimmed = lit(textured(), np.linspace(0, -1, 30))
    assert values("track_survival", dimmed, tmp_path)["survival"] > 80


def test_orb_knows_the_same_place_and_no_other() -> None:
    one, other, moved = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in (textured(9)[0], dissolving(textured(2), 1)[0],
                                                                       textured(9)[8]))  # fmt: skip
    same, strange = recognised(one, moved), recognised(one, other)
    assert same is not None and strange is not None and same > 40 > 10 > strange


def test_flow_of_solid_matter_returns_and_of_dissolving_matter_does_not(tmp_path: Path) -> None:
    found = [values("flow_consistency", dissolving(textured(), s), tmp_path)["inconsistent"] for s in (0.0, 0.3, 0.6)]
    assert found[0] < 3 and found[0] + 10 < found[1] < found[2] - 5


def test_the_place_that_melts_is_named(tmp_path: Path) -> None:
    melting = textured()
    for i, frame in enumerate(melting):
        patch = gradient_noise(80 + i, 48, 48, coarsest=8)
        melting[i] = frame.copy()
        melting[i][80:128, 150:198] = patch
    found = evidence("local_melt", melting, tmp_path)
    clean = values("local_melt", textured(), tmp_path)
    worst = of_clip(found)["worst_place"].value
    assert worst is not None and clean["worst_place"] < 0.4 and worst > clean["worst_place"] + 0.3
    assert values("local_melt", lit(textured(), np.linspace(0, -1, 30)), tmp_path)["worst_place"] < 0.5


def test_a_moment_of_melt_has_a_box_and_a_picture(tmp_path: Path) -> None:
    found = [e for e in evidence("local_melt", dissolving(textured(), 0.5), tmp_path) if e.scope == Scope.MOMENT]
    assert found and found[0].picture is not None
    left, top, right, bottom = found[0].data["box"]
    assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1


def test_a_cut_is_not_a_loss(tmp_path: Path) -> None:
    frames = textured(30) + shot(30, PANNED, seed=8, coarsest=20, octaves=4)
    assert values("track_survival", frames, tmp_path)["survival"] > 85
    assert values("flow_consistency", frames, tmp_path)["inconsistent"] < 3


@pytest.mark.parametrize("opacity", [0.15, 0.3, 0.45])
def test_a_ghost_is_as_opaque_as_it_is(tmp_path: Path, opacity: float) -> None:
    swift = textured(50, (3.0, 0.0))
    found = values("ghosting", ghosted(swift, opacity), tmp_path)["echo"]
    assert 100 * opacity - 12 < found < 100 * opacity + 12


def test_no_ghost_behind_clean_movement_or_stillness(tmp_path: Path) -> None:
    assert values("ghosting", textured(50, (3.0, 0.0)), tmp_path)["echo"] < 8
    assert of_clip(evidence("ghosting", textured(50, (0.0, 0.0)), tmp_path))["echo"].unmeasured
    still = cv2.cvtColor(textured(1)[0], cv2.COLOR_RGB2GRAY)
    assert echo(still, still) is None


T = np.arange(40) / 5


def wander(count: int) -> np.ndarray:
    """Small pictures (count, 24) that never come back."""
    return np.cumsum(np.random.default_rng(3).normal(0, 4, (count, 24)), axis=0)


def test_loops_and_boomerangs_are_told_apart() -> None:
    path = wander(20)
    (loop,) = returns(np.concatenate([path, path]), T)
    assert loop.kind == "loop" and loop.first.start == 0 and loop.again.start == pytest.approx(T[20])
    (back,) = returns(np.concatenate([path, path[::-1]]), T)
    assert back.kind == "boomerang" and back.again.end == pytest.approx(T[39])
    assert returns(wander(40), T) == []


def test_what_stands_still_does_not_loop() -> None:
    assert returns(np.zeros((40, 24)) + np.random.default_rng(0).normal(0, 0.2, (40, 24)), T) == []


def test_a_looped_clip_is_found_with_its_place(tmp_path: Path) -> None:
    wide = gradient_noise(4, 244, 356, coarsest=12)
    turns = np.linspace(0, 4 * np.pi, 100, endpoint=False)
    round_trip = [(round(50 + 50 * np.cos(a)), round(50 + 50 * np.sin(a))) for a in turns]
    found = evidence("looping", [wide[y : y + 144, x : x + 256] for x, y in round_trip], tmp_path, crf=23)
    share = of_clip(found)["repeated"].value
    assert share is not None and 35 < share < 52
    moment = next(e for e in found if e.scope == Scope.MOMENT)
    assert moment.data["kind"] == "loop" and moment.picture is not None
    assert values("looping", shot(100, (1.0, 0.0)), tmp_path)["repeated"] == 0


@pytest.mark.parametrize("name", ["track_survival", "flow_consistency", "local_melt", "ghosting", "looping"])
def test_too_little_to_see_is_said(tmp_path: Path, name: str) -> None:
    assert all(e.unmeasured for e in evidence(name, textured(2), tmp_path))


def test_a_blank_picture_has_nothing_to_follow(tmp_path: Path) -> None:
    for name in ("track_survival", "flow_consistency"):
        assert all(e.unmeasured for e in evidence(name, flat(30, (90, 90, 90)), tmp_path)), name


def test_quiet_real_footage_is_solid(shared: Path, tmp_path: Path) -> None:
    clip = shared / "speech" / "retalk_1.mp4"
    assert real("track_survival", clip, tmp_path)["survival"] > 90
    assert real("flow_consistency", clip, tmp_path)["inconsistent"] < 2
    assert real("local_melt", clip, tmp_path)["whole_picture"] < 0.15
    assert real("looping", clip, tmp_path)["repeated"] == 0
