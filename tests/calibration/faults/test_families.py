"""What holds for every family of faults, tried on a synthetic take; families of people on real footage elsewhere."""

from __future__ import annotations

import re

import numpy as np
import pytest

from evalverse.calibration.faults.fault import Fault, Medium, Unfit, fault_named, faults
from evalverse.errors import UnknownName
from evalverse.taxonomy import load
from evalverse.tools.operator import operators
from tests.calibration.faults._takes import LEVELS_TRIED, PEOPLE, clean, distance, scene, seen, signal_faults, span

ALL = list(faults().values())
SIGNAL = signal_faults()


def each(families: list[Fault]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", families, ids=lambda f: f.name)


def test_there_are_many_families_in_every_medium() -> None:
    assert len(ALL) >= 45
    assert {f.medium for f in ALL} == set(Medium)


@each(ALL)
def test_a_family_says_what_it_is(fault: Fault) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", fault.name)
    assert fault.words.endswith(".")
    assert fault.amount.unit
    assert 0 < fault.share <= 1
    assert list(fault.amount.strengths().values()) == sorted(fault.amount.strengths().values())


@each(ALL)
def test_its_checks_exist(fault: Fault) -> None:
    known = {check.path for tree in ("film", "rightness") for check in load(tree).checks()}  # type: ignore[arg-type]
    assert fault.checks
    assert set(fault.checks) <= known


@each([f for f in ALL if f.measures])
def test_its_measures_exist(fault: Fault) -> None:
    known = {f"{name}.{measure.name}" for name, kind in operators().items() for measure in kind.measures}
    assert set(fault.measures) <= known


@each(SIGNAL)
def test_strength_0_changes_nothing(fault: Fault) -> None:
    take = clean(fault)
    assert fault.apply(take, 0.0, np.random.default_rng(7)) is take


@each(SIGNAL)
def test_stronger_is_further_from_clean(fault: Fault) -> None:
    """From a hint, a tenth of faint, which is no further than faint: strength begins at the clean take."""
    away = [distance(fault, seen(fault, "none"), seen(fault, level)) for level in LEVELS_TRIED]
    assert away[0] <= away[1]
    assert 0 < away[1] < away[2] < away[3]


@each(SIGNAL)
def test_the_seed_decides(fault: Fault) -> None:
    one, two = seen(fault, "medium"), seen(fault, "medium", again=True)
    assert np.array_equal(one.pictures, two.pictures)
    assert np.array_equal(one.sound, two.sound)
    assert one.truth == two.truth


@each(SIGNAL)
def test_only_the_span_is_touched(fault: Fault) -> None:
    before, after = seen(fault, "none"), seen(fault, "medium", part=True)
    first, rest = span(fault)[0], before.length - span(fault)[1]
    assert np.array_equal(before.pictures[:first], after.pictures[:first])
    assert np.array_equal(before.pictures[-rest:], after.pictures[-rest:])
    assert not np.array_equal(before.pictures, after.pictures) or not np.array_equal(before.sound, after.sound)
    dip = 200 if fault.medium is Medium.EDIT else 0  # samples of an editor's join
    assert np.array_equal(before.sound[: first * 640], after.sound[: first * 640])
    assert np.array_equal(before.sound[dip - rest * 640 :], after.sound[dip - rest * 640 :])


@each(SIGNAL)
def test_only_its_medium_is_touched(fault: Fault) -> None:
    before, after = seen(fault, "none"), seen(fault, "strong")
    if fault.medium is Medium.PICTURE:
        assert np.array_equal(before.sound, after.sound)
    if fault.medium is Medium.SOUND:
        assert np.array_equal(before.pictures, after.pictures)
    if fault.medium is not Medium.EDIT:
        assert (before.length, before.cuts) == (after.length, after.cuts)
        assert before.sound.shape == after.sound.shape


@each(SIGNAL)
def test_a_take_stays_a_take(fault: Fault) -> None:
    """As many pictures as it says, of one size; cuts within; sound of the picture's length; sane samples."""
    after = seen(fault, "strong")
    assert after.pictures.shape == (after.length, *seen(fault, "none").pictures.shape[1:])
    assert after.pictures.dtype == np.uint8
    assert all(0 < c < after.length for c in after.cuts)
    assert list(after.cuts) == sorted(set(after.cuts))
    assert abs(len(after.sound) - after.length * 640) <= 16
    assert np.isfinite(after.sound).all()


@each([f for f in ALL if f.needs & PEOPLE])
def test_families_of_people_refuse_a_take_without_any(fault: Fault) -> None:
    pytest.importorskip("mediapipe", reason="needs the extra 'faces'")
    with pytest.raises(Unfit, match="needs"):
        fault.apply(scene(), 0.5, np.random.default_rng(0), (0.0, 0.3))


@pytest.mark.parametrize(
    ("name", "take"),
    [
        ("hum", {"sound": None}),
        ("voice-offset", {"traits": frozenset()}),
        ("grade-jump", {"cuts": ()}),
        ("no-reaction-time", {"cuts": (20,)}),
        ("foreign-voice", {"spare": None}),
        ("beat-blind-cutting", {}),
    ],
)
def test_a_take_that_lacks_what_a_fault_needs_is_refused(name: str, take: dict[str, object]) -> None:
    from dataclasses import replace

    with pytest.raises(Unfit, match="needs"):
        fault_named(name).apply(replace(scene(), **take), 0.5, np.random.default_rng(0))  # type: ignore[arg-type]


@pytest.mark.parametrize(("strength", "span"), [(1.2, None), (-0.1, None), (0.5, (2.0, 1.0)), (0.5, (9.0, 12.0))])
def test_wrong_orders_are_refused(strength: float, span: tuple[float, float] | None) -> None:
    with pytest.raises(ValueError, match=r"strength|span"):
        fault_named("flicker").apply(scene(), strength, np.random.default_rng(0), span)


def test_an_unknown_name_brings_the_near_ones() -> None:
    with pytest.raises(UnknownName, match="flicker"):
        fault_named("fliker")
