"""What stands in the frames of a join, on films that were joined on purpose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.schedule import measure
from tests.synth import RGB, write_clip
from tests.tools.continuity._film import BLUE, LENGTH, RATE, RED, film, read, value, view, whole

NAMES = ["joins"]


def stained(old: list[RGB], new: list[RGB], share: float, frames: int) -> list[RGB]:
    """``new`` with ``share`` of the last old picture in its first ``frames``."""
    first = [np.asarray(share * old[-1] + (1 - share) * p, np.uint8) for p in new[:frames]]
    return [*first, *new[frames:]]


@pytest.mark.parametrize(("share", "frames"), [(0.35, 2), (0.5, 1), (0.2, 3)])
def test_a_mixed_frame_is_told_with_its_share(tmp_path: Path, share: float, frames: int) -> None:
    a, b, c = view(1, RED), view(2, BLUE), view(3, RED)
    found = read(film(tmp_path / "a.mp4", [a, stained(a, b, share, frames), c]), 3, NAMES, tmp_path)
    assert value(found, "joins.mixed") == pytest.approx(100 * min(share, 1 - share), abs=5)
    (moment,) = [e for e in found["joins.mixed"] if e.scope is Scope.MOMENT]
    assert moment.picture is not None and moment.data["new"] == 2


def test_clean_cuts_hold_nothing(tmp_path: Path) -> None:
    found = read(film(tmp_path / "a.mp4", [view(1, RED), view(2, BLUE), view(3, RED)]), 3, NAMES, tmp_path)
    assert value(found, "joins.mixed") < 5
    assert value(found, "joins.left_over") == 0 and value(found, "joins.soft_in_scene") == 0


def test_left_over_frames_of_a_third_picture(tmp_path: Path) -> None:
    a, b = view(1, RED), view(2, RED)
    stray = [*a[:-3], *view(9, BLUE)[:3]]
    found = read(film(tmp_path / "a.mp4", [stray, b]), 2, NAMES, tmp_path)
    assert value(found, "joins.left_over") == 1
    (moment,) = [e for e in found["joins.left_over"] if e.scope is Scope.MOMENT]
    assert moment.span is not None and moment.span.start == pytest.approx((LENGTH - 3) / RATE, abs=0.01)
    assert moment.data["frames"] == 3


def test_a_flash_of_light_is_no_left_over(tmp_path: Path) -> None:
    a = view(1, RED)
    a[12] = np.asarray(np.minimum(255, a[12].astype(int) // 2 + 120), np.uint8)
    found = read(film(tmp_path / "a.mp4", [a, view(2, BLUE)]), 2, NAMES, tmp_path)
    assert value(found, "joins.left_over") == 0


def test_a_dissolve_within_a_scene(tmp_path: Path) -> None:
    a, b = view(11, RED), view(12, RED)
    share = np.arange(1, 13) / 13
    mixed = [np.asarray((1 - s) * p + s * q, np.uint8) for s, p, q in zip(share, a[-12:], b[:12], strict=True)]
    path = write_clip(tmp_path / "a.mp4", [*a[:-12], *mixed, *b[12:], *view(3, BLUE)])
    found = read(path, 1, NAMES, tmp_path)
    assert whole(found, "joins.soft_in_scene").unmeasured == "the clip has a single shot"
    told = measure(probe(path), NAMES, Ledger(tmp_path)).evidence["joins"]
    (soft,) = [e for e in told if e.measure == "joins.soft_in_scene" and e.scope is Scope.CLIP]
    assert soft.value == 1


def test_a_clip_of_one_frame(tmp_path: Path) -> None:
    found = read(write_clip(tmp_path / "a.mp4", view(1, RED)[:1]), 1, NAMES, tmp_path)
    assert value(found, "joins.left_over") == 0
    assert whole(found, "joins.mixed").unmeasured == "the clip has a single shot"
