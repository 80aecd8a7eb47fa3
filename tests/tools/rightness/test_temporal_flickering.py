"""VBench's temporal flickering: the published number, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.rightness.temporal_flickering import TemporalFlickering, difference, score
from evalverse.tools.schedule import measure
from tests.tools.rightness._run import data, grey, run, whole


def test_a_difference_counts_every_pixel_and_colour() -> None:
    before, after = grey(100, 2, 5), grey(100, 2, 5)
    after[0, 0] = (90, 130, 100)  # 40 levels over 30 values
    assert difference(before, after) == pytest.approx(40 / 30)
    assert difference(after, before) == difference(before, after)


def test_the_score_of_known_steps(ledger: Ledger) -> None:
    found = whole(run(TemporalFlickering, [grey(v) for v in (100, 110, 100, 104)], ledger), "vbench")
    assert found.value == pytest.approx((255 - 8) / 255)  # (10 + 10 + 4) / 3
    assert (data(found, "levels"), data(found, "pairs")) == (8, 3)
    assert found.curve is not None
    t, y = ledger.get_curve(found.curve)
    assert t.tolist() == pytest.approx([0.04, 0.08, 0.12])
    assert y.tolist() == pytest.approx([245 / 255, 245 / 255, 251 / 255])


def test_one_is_reached_by_a_still_and_zero_by_black_and_white(ledger: Ledger) -> None:
    assert whole(run(TemporalFlickering, [grey(7)] * 3, ledger), "vbench").value == 1
    assert whole(run(TemporalFlickering, [grey(0), grey(255)] * 2, ledger), "vbench").value == 0
    assert score(np.array([255.0])) == 0


def test_a_cut_counts_in_the_clip_as_published_but_in_no_shot(ledger: Ledger) -> None:
    found = run(TemporalFlickering, [grey(20)] * 3 + [grey(220)] * 3, ledger, cuts=[3])
    assert whole(found, "vbench").value == pytest.approx((255 - 200 / 5) / 255)
    assert [e.value for e in found if e.scope is Scope.SHOT] == [1, 1]


def test_one_frame_is_not_measured(ledger: Ledger) -> None:
    found = whole(run(TemporalFlickering, [grey(1)], ledger), "vbench")
    assert found.value is None and "two frames" in str(found.unmeasured)


def test_real_footage_of_a_talking_head_is_nearly_steady(shared: Path, ledger: Ledger) -> None:
    clip = probe(shared / "rated" / "001_real.mp4")
    (found,) = (
        e for e in measure(clip, ["temporal_flickering"], ledger).evidence["temporal_flickering"] if e.shot is None
    )
    assert found.value is not None and 0.95 < found.value < 1
