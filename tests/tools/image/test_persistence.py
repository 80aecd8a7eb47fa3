"""How much of the picture lasts: solid, dissolving, fast, cut, bare and broken pictures, and real footage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.image.persistence import PARTS
from tests.synth import flat, gradient_noise
from tests.tools.image.test_motion import dissolving, textured
from tests.tools.picture.film import evidence, of_clip, real, shot, values


def held(frames: list[np.ndarray], folder: Path, **options: float) -> float:
    return values("persistence", frames, folder, **options)["held"]


def test_what_is_solid_lasts_and_what_dissolves_does_not(tmp_path: Path) -> None:
    found = [held(dissolving(textured(), share), tmp_path) for share in (0.0, 0.3, 0.6)]
    assert found[0] > 80 and found[0] > found[1] + 15 and found[1] > found[2] + 10


def test_the_reading_is_the_mean_of_its_four_parts(tmp_path: Path) -> None:
    told = of_clip(evidence("persistence", dissolving(textured(), 0.4), tmp_path))["held"]
    parts = told.data["parts"]
    assert set(parts) == set(PARTS) and told.value == pytest.approx(np.mean(list(parts.values())), abs=0.02)
    assert all(0 <= share <= 100 for share in parts.values())


def test_fast_pictures_are_read_where_others_abstain(tmp_path: Path) -> None:
    fast = shot(50, (8.0, 3.0), coarsest=20, octaves=4)
    assert evidence("flow_consistency", fast, tmp_path)[0].unmeasured
    assert 0 < held(fast, tmp_path) < 100


def test_a_cut_is_not_a_loss(tmp_path: Path) -> None:
    found = evidence("persistence", textured(30) + shot(30, (1.0, 0.4), seed=8, coarsest=20, octaves=4), tmp_path)
    assert of_clip(found)["held"].value > 80  # type: ignore[operator]
    assert sum(e.scope == Scope.SHOT for e in found) == 2


def test_the_worst_moment_is_shown(tmp_path: Path) -> None:
    broken = textured(50)
    for i in range(25, 36):
        broken[i] = gradient_noise(90 + i, *broken[i].shape[:2], coarsest=10, octaves=4)
    moments = [e for e in evidence("persistence", broken, tmp_path) if e.scope == Scope.MOMENT]
    assert moments and moments[0].picture is not None and moments[0].span is not None
    assert 0.6 < moments[0].span.start < moments[0].span.end < 1.9


@pytest.mark.parametrize(
    "frames", [textured(2), flat(30, (90, 90, 90)), flat(30, (0, 0, 0))], ids=["short", "grey", "black"]
)
def test_nothing_to_last_is_said(tmp_path: Path, frames: list[np.ndarray]) -> None:
    told = of_clip(evidence("persistence", frames, tmp_path))["held"]
    assert told.value is None and "texture" in (told.unmeasured or "")


def test_a_low_frame_rate_is_no_loss(tmp_path: Path) -> None:
    assert held(textured(12), tmp_path, rate=4) > 70


def test_tiny_pictures_do_not_break_it(tmp_path: Path) -> None:
    tiny = [frame[:16, :16] for frame in textured(30)]
    told = of_clip(evidence("persistence", tiny, tmp_path))["held"]
    assert told.value is None or 0 <= told.value <= 100


def test_quiet_real_footage_lasts(shared: Path, tmp_path: Path) -> None:
    assert real("persistence", shared / "speech" / "retalk_1.mp4", tmp_path)["held"] > 75
