"""Rhythm from lengths, motion and loudness that are handed in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.continuity.rhythm import Rhythm, RhythmSettings, rank_correlation, tempo, usual
from evalverse.tools.evidence import Blob, Direction, Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.operator import Scene, Wishes
from tests.tools.shots._films import clip


def told(measure: str, value: float, curve: Blob | None = None, **data: object) -> Evidence:
    fields = dict(operator=measure.split(".")[0], version="1", measure=measure, title="t", value=value, unit="")
    return Evidence(**fields, direction=Direction.NEUTRAL, scope=Scope.CLIP, curve=curve, data=data)  # type: ignore[arg-type]


def read(
    folder: Path, lengths: Sequence[float], motion: Sequence[float] | None = None, genre: str | None = None
) -> dict[str, Evidence]:
    ledger, edges = Ledger(folder), np.concatenate([[0], np.cumsum(lengths)])
    rows = [
        {"index": i, "start": float(a), "end": float(b), "begins_with": "cut", "confidence": 1.0}
        for i, (a, b) in enumerate(pairwise(edges))
    ]
    evidence = {"shot_cutter": [told("shot_cutter.count", len(rows), shots=rows)]}
    if motion is not None:
        t = np.arange(0, edges[-1], 0.04)
        y = np.array(motion)[np.minimum(np.searchsorted(edges, t, side="right") - 1, len(motion) - 1)]
        evidence["subject_motion"] = [told("subject_motion.amount", 1, ledger.put_curve(t, y))]
    subject = Rhythm(clip(), ledger, RhythmSettings(genre=genre))
    return {e.measure.split(".")[1]: e for e in subject.finish(Scene(clip(), ledger, evidence=evidence)) if not e.span}


def test_a_clip_that_quickens_with_its_motion(tmp_path: Path) -> None:
    found = read(tmp_path, [4, 3.5, 3, 2, 1.5, 1], [1, 2, 3, 5, 8, 13])
    assert found["acceleration"].value == pytest.approx(1) and found["motion_with_tempo"].value == pytest.approx(1)
    assert found["mean_length"].value == pytest.approx(2.5) and found["mean_length"].data["shortest"] == 1
    slows = read(tmp_path, [1, 1.5, 2, 3, 3.5, 4], [1, 2, 3, 5, 8, 13])
    assert slows["acceleration"].value == pytest.approx(-1) and slows["motion_with_tempo"].value == pytest.approx(-1)
    assert found["acceleration"].confidence < 0.5, "six shots are few"
    assert found["loudness_with_tempo"].unmeasured


def test_a_metronome_and_glimpses(tmp_path: Path) -> None:
    even = read(tmp_path, [2.0] * 6, [1, 9, 1, 9, 1, 9])
    assert even["variation"].value == pytest.approx(0, abs=1e-9) and even["alternation"].value == 100
    assert even["acceleration"].unmeasured and even["glimpses"].value == 0
    hasty = read(tmp_path, [2, 0.2, 0.3, 2, 0.2], [3, 3, 3.1, 3, 3])
    assert hasty["glimpses"].value == 2, "the last shot may be cut off"
    assert hasty["alternation"].value == 0 and (hasty["variation"].value or 0) > 0.8


def test_the_genre_is_a_yardstick_only_when_it_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, [2, 2])["genre_distance"].unmeasured == "the brief names no genre"
    assert read(tmp_path, [2, 2], genre="Action film")["genre_distance"].value == 0
    assert read(tmp_path, [2.5, 2.5], genre="romantic drama")["genre_distance"].value == pytest.approx(-1)
    assert usual("documentary") == (3.0, 6.0)
    assert Rhythm.tune(Wishes()) is None and Rhythm.tune(Wishes(genre="drama")) == RhythmSettings(genre="drama")


def test_a_single_shot_has_no_rhythm(tmp_path: Path) -> None:
    assert {e.unmeasured for e in read(tmp_path, [5]).values()} == {"the clip has a single shot"}


def test_tempo_counts_every_cut_once() -> None:
    t, rate = tempo([5.0, 6.0, 7.0], 20.0, 1.0)
    assert np.trapezoid(rate, t) / 60 == pytest.approx(3, abs=0.01) and t[rate.argmax()] == pytest.approx(6, abs=0.1)
    _, steady = tempo(list(np.arange(0.5, 30, 1.0)), 30.0, 3.0)
    assert np.allclose(steady, 60, atol=3), "no falling off towards the ends"


def test_rank_correlation() -> None:
    assert rank_correlation(np.array([1.0, 2, 30]), np.array([2.0, 3, 4])) == pytest.approx(1)
    assert rank_correlation(np.ones(3), np.array([2.0, 3, 4])) is None
