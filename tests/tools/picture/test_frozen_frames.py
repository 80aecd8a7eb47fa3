"""Frozen frames: freezes and repeats are found after lossy coding; still scenes and cadences are left in peace."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.picture.frozen_frames import beat, holds, repeated
from tests.synth import RGB
from tests.tools.picture.film import ask, evidence, of_clip, real, shot, values

T = np.arange(1, 101) / 25
LIVELY = np.full(100, 20.0)


def grainy(frames: list[RGB], sigma: float = 4.0) -> list[RGB]:
    """The frames with film grain of their own each."""
    rng = np.random.default_rng(0)
    return [np.clip(f + rng.normal(0, sigma, f.shape), 0, 255).astype(np.uint8) for f in frames]


def test_a_repeat_stands_out_from_its_neighbours_at_any_level() -> None:
    for level in (3.0, 20.0, 80.0):
        change = np.full(100, level)
        change[[20, 60]] = 0.05 * level if level < 40 else 1.0
        assert np.flatnonzero(repeated(change, T)).tolist() == [20, 60]
    assert not repeated(np.linspace(1, 10, 100), T).any()


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (np.arange(3, 100, 25), (25, 1)),
        (np.array([3, 28, 78, 103, 128]), (25, 1)),
        (np.arange(1, 60, 2), (2, 2)),
        (np.array([i for i in range(60) if i % 3]), (3, 3)),
        (np.array([4, 9, 23, 31, 60, 62]), (0, 1)),
        (np.array([10]), (0, 1)),
    ],
    ids=["1 in 25", "1 in 25 with a gap", "on twos", "on threes", "no beat", "one"],
)
def test_a_beat_is_told_from_stutter(places: np.ndarray, expected: tuple[int, int]) -> None:
    assert beat(places) == expected


def test_a_freeze_survives_the_coders_key_frame_and_ends_on_time() -> None:
    change = LIVELY.copy()
    change[40:60] = 0.1
    change[50] = 2.5
    found = holds(change, T, 4.04)
    assert found.freezes == ((T[39], T[60]),)
    assert len(found.repeats) == 0


def test_a_gap_in_the_times_is_a_freeze() -> None:
    t = np.concatenate([T[:50], T[50:] + 0.6])
    assert holds(LIVELY, t, float(t[-1]) + 0.04).freezes == ((t[49], t[50]),)


@pytest.mark.parametrize("seconds", [0.6, 1.2])
def test_a_freeze_of_a_coded_clip_is_as_long_as_it_is(tmp_path: Path, seconds: float) -> None:
    frames = shot(60, (1.0, 0.0))
    frames[30:30] = [frames[29]] * round(25 * seconds)
    found = evidence("frozen_frames", frames, tmp_path, crf=28)
    told = of_clip(found)
    longest = told["longest_freeze"].value  # the coder takes some frames to come to rest
    assert longest is not None and seconds - 0.25 < longest < seconds + 0.1
    assert told["frozen_share"].value == pytest.approx(100 * longest / (2.4 + seconds), rel=0.01)
    moment = next(e for e in found if e.scope == Scope.MOMENT)
    assert moment.picture is not None and moment.span is not None
    assert moment.span.start == pytest.approx(29 / 25, abs=0.25)


def test_a_still_scene_with_grain_is_not_frozen(tmp_path: Path) -> None:
    found = values("frozen_frames", grainy(shot(50)), tmp_path, crf=20)
    assert found["frozen_share"] == 0 and found["duplicate_share"] < 5


def test_stutter_is_counted_and_animation_on_twos_is_not(tmp_path: Path) -> None:
    moving = shot(60, (2.0, 0.0))
    stutter = [moving[i - 1] if i in (7, 12, 25, 28, 41, 55) else f for i, f in enumerate(moving)]
    twos = [moving[i // 2 * 2] for i in range(60)]
    assert values("frozen_frames", stutter, tmp_path)["duplicate_share"] == pytest.approx(10, abs=2)
    told = of_clip(evidence("frozen_frames", twos, tmp_path, rate=Fraction(24)))
    assert told["duplicate_share"].value == 0 and told["longest_freeze"].value == 0
    assert told["duplicate_share"].data["cadence"][0]["held_for"] == 2
    assert "held for 2 frames" in told["duplicate_share"].words


def test_a_few_frames_are_too_few(tmp_path: Path) -> None:
    assert all(e.unmeasured for e in evidence("frozen_frames", shot(3, (1.0, 0.0)), tmp_path))


def test_real_footage_is_not_frozen(shared: Path, tmp_path: Path) -> None:
    for name in ("speech/retalk_1.mp4", "rated/455_real.mp4"):
        assert real("frozen_frames", shared / name, tmp_path)["frozen_share"] == 0, name
    told = of_clip(ask("frozen_frames", shared / "speech" / "retalk_4.mp4", tmp_path))
    assert told["duplicate_share"].value == 0 and told["duplicate_share"].data["cadence"]
