"""Families of people, on real talking heads: stronger is further, only the span, and the fault sits where it should."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from evalverse.calibration.faults.fault import LEVELS, Fault, Needs, Unfit, fault_named, faults
from evalverse.calibration.faults.footage import read_take
from evalverse.calibration.faults.take import Take
from tests.calibration.faults._takes import PEOPLE, Seen
from tests.conftest import SHARED

pytest.importorskip("mediapipe", reason="needs the extra 'faces'")

FACES = [f for f in faults().values() if f.needs & PEOPLE and f.name not in ("limb-stretch", "head-cut-off")]
SPAN = (0.12, 0.52)


@cache
def talking(name: str = "latent_1.mp4", height: int = 240) -> Take:
    take = read_take(SHARED / "speech" / name, 1.0, 0.6, height=height)
    pictures = list(take.pictures())
    return Take(take.rate, take.width, take.height, take.length, lambda: iter(pictures))


@pytest.mark.parametrize("fault", FACES, ids=lambda f: f.name)
def test_stronger_is_further_within_the_span(fault: Fault, shared: Path) -> None:
    take = talking()
    clean = Seen(take).pictures.astype(int)
    away = []
    for level in LEVELS:
        after = Seen(fault.apply(take, fault.amount.strengths()[level], np.random.default_rng(1), SPAN)).pictures
        assert np.array_equal(after[:3], clean[:3])
        assert np.array_equal(after[13:], clean[13:])
        away.append(float(np.abs(after - clean).mean()))
    assert 0 < away[0] < away[1]
    assert away[1] <= away[2]  # so short a span freezes the face whole at medium already


def test_the_frame_cuts_as_much_of_the_head_as_ordered(shared: Path) -> None:
    fault, take = fault_named("head-cut-off"), talking()
    edges = [fault.apply(take, s, np.random.default_rng(1)).truth["upper_edge"] for s in (0.01, 0.1, 0.3, 0.6, 1.0)]
    assert edges == sorted(edges)
    assert 0.42 > edges[-1] > edges[-2] > 0.35  # the chin is at 0.45, the crown at about 0.3


@pytest.mark.parametrize(
    ("name", "rows"),
    [("face-drift", slice(50, 130)), ("hair-change", slice(50, 130)), ("costume-colour-change", slice(95, 240))],
)
def test_the_fault_sits_on_the_person(name: str, rows: slice, shared: Path) -> None:
    """The speaker sits in the middle of the picture, her chin at about 107 of 240 rows."""
    take, fault = talking(), fault_named(name)
    after = Seen(fault.apply(take, 1.0, np.random.default_rng(1))).pictures[-1].astype(int)
    changed = np.abs(after - Seen(take).pictures[-1]).sum(axis=2)
    inside = np.zeros_like(changed, bool)
    inside[rows, 20:115] = True
    assert changed[inside].sum() > 0.9 * changed.sum() > 0


def test_an_arm_that_is_not_in_view_cannot_be_stretched(shared: Path) -> None:
    with pytest.raises(Unfit, match="arm"):
        fault_named("limb-stretch").apply(talking("hdtf_a.mp4"), 0.5, np.random.default_rng(1))


def test_an_arm_in_view_is_stretched(shared: Path) -> None:
    fault, take = fault_named("limb-stretch"), talking()
    away = [
        float(
            np.abs(
                Seen(fault.apply(take, s, np.random.default_rng(1))).pictures - Seen(take).pictures.astype(int)
            ).mean()
        )
        for s in fault.amount.strengths().values()
    ]
    assert 0 < away[0] < away[1] < away[2]


def test_families_of_people_declare_it() -> None:
    assert all(f.needs & {Needs.FACE, Needs.PERSON} for f in faults().values() if f.group == "people")
