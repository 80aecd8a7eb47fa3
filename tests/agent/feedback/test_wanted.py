"""What is wanted, and how scores become one number."""

from __future__ import annotations

import math

import pytest

from evalverse.agent.feedback.wanted import Wanted
from evalverse.errors import UnknownName, UsageError
from evalverse.report.model import Interval, State, Verdict
from evalverse.taxonomy import load

A, B = "cinematography/lens/exposure", "cinematography/lens/focus"


def verdicts(**scores: float | None) -> list[Verdict]:
    """A verdict per sub-dimension of the tree; those named by the last part of their path are scored."""
    made = []
    for sub in load().subdimensions():
        score = scores.get(sub.id)
        state = State.SCORED if score is not None else State.NOT_ASSESSABLE
        interval = None if score is None else Interval(low=score, high=score)
        stage = load().stage_of(sub.path)
        told = {"path": sub.path, "name": sub.name, "stage": stage, "why": "because"}
        made.append(Verdict(**told, state=state, score=score, interval=interval))
    return made


def test_names_stand_for_all_below_them() -> None:
    lens = Wanted(["cinematography/lens"])
    assert {A, B} <= set(lens.paths) and all(p.startswith("cinematography/lens/") for p in lens.paths)
    assert len(Wanted().paths) == 45 and Wanted().only == []
    assert Wanted(["lens/focus", "cinematography/lens"]).paths.count(B) == 1


def test_a_gap_has_its_reason_and_hides_the_total() -> None:
    got = Wanted([A, B]).score("clip.mp4", verdicts(exposure=0.8))
    assert got.scores == {A: 0.8, B: None}
    assert got.reasons == {B: "not assessable: because"}
    assert got.total is None and "1 of 2" in got.aggregation
    assert Wanted([A, B], allow_missing=True).score("clip.mp4", verdicts(exposure=0.8)).total == 0.8
    assert Wanted([A, B], {B: 0}).score("clip.mp4", verdicts(exposure=0.8)).total == 0.8


def test_means_by_hand() -> None:
    given = verdicts(exposure=0.25, focus=1.0)
    assert Wanted([A, B]).score("c", given).total == 0.625
    weighted = Wanted([A, B], {"lens/exposure": 3}).score("c", given)
    assert weighted.total == pytest.approx((3 * 0.25 + 1) / 4, abs=1e-4)
    assert f"{A} × 3" in weighted.aggregation and f"{B} × 1" in weighted.aggregation
    assert Wanted([A, B], means="geometric").score("c", given).total == 0.5
    zero = Wanted([A, B], means="geometric").score("c", verdicts(exposure=0.0, focus=1.0)).total
    assert zero == pytest.approx(math.sqrt(0.01), abs=1e-4)


@pytest.mark.parametrize(
    ("names", "weights", "error"),
    [
        (["lens/exposre"], None, UnknownName),
        (["lens/exposure/no-flicker"], None, UsageError),
        ([A], {B: 1}, UsageError),
        ([A], {A: -1}, UsageError),
        ([A], {A: math.nan}, UsageError),
        ([A], {A: 0}, UsageError),
    ],
)
def test_a_wrong_wish_is_refused(names: list[str], weights: dict[str, float] | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        Wanted(names, weights)
