"""Frame sampler: the right pictures at the times that it says."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from tests.synth import RGB, gradient_noise
from tests.tools.picture.film import evidence, shot


def picture(folder: Path, item: Evidence) -> RGB:
    """The picture of an item of evidence."""
    assert item.picture is not None
    stored = np.frombuffer(io.BytesIO(Ledger(folder / "ledger").get(item.picture)).read(), np.uint8)
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1], np.uint8)


def test_a_sheet_a_frame_of_each_shot_and_the_strongest_motion(tmp_path: Path) -> None:
    still = shot(30)
    thing = gradient_noise(2, 60, 60, coarsest=8)
    moving = shot(30, seed=8)
    for i, frame in enumerate(moving[10:20]):
        frame[40:100, 20 + 8 * i : 80 + 8 * i] = thing
    found = evidence("frame_sampler", still + moving, tmp_path)
    sheet = next(e for e in found if e.scope == Scope.CLIP)
    assert picture(tmp_path, sheet).shape[0] > 2 * 144 and len(sheet.data["seconds"]) == 12
    shots = [e for e in found if e.scope == Scope.SHOT]
    assert [e.shot for e in shots] == [0, 1]
    for item, frames in zip(shots, (still, moving), strict=True):
        assert item.span is not None and item.span.start <= item.data["seconds"] < item.span.end
        index = round(25 * (item.data["seconds"] - item.span.start))
        assert np.abs(picture(tmp_path, item).astype(int) - frames[index]).mean() < 6
    peak = next(e for e in found if e.scope == Scope.MOMENT)
    assert 1.6 <= peak.data["seconds"] <= 2.05


def test_a_single_frame_is_shown_too(tmp_path: Path) -> None:
    found = evidence("frame_sampler", shot(1), tmp_path)
    sheet = next(e for e in found if e.scope == Scope.CLIP)
    assert sheet.value == 1 and sheet.data["seconds"] == pytest.approx([0])
