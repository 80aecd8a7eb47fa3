"""Frames made of their neighbours: the stand-in by DIS flow, and the published measure with a network of its form."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.frame import RGB
from evalverse.tools.rightness import motion_smoothness
from evalverse.tools.rightness.dis_motion_smoothness import DisMotionSmoothness, between
from evalverse.tools.rightness.motion_smoothness import MotionSmoothness
from tests.synth import gradient_noise, travel
from tests.tools.rightness._run import data, grey, run, whole


def test_the_middle_of_a_known_shift() -> None:
    texture = gradient_noise(4, 60, 120)
    first, middle, last = (np.ascontiguousarray(texture[:, x : x + 80]) for x in (0, 3, 6))
    there = np.zeros((60, 80, 2), np.float32)
    there[..., 0] = -6
    made = between(first, last, there, -there)
    inside = (slice(None), slice(8, -8))
    assert np.abs(made[inside].astype(int) - middle[inside]).max() <= 1


def test_a_still_and_a_steady_pan_can_be_guessed_a_jerky_one_cannot(ledger: Ledger) -> None:
    steady = list(travel(5, 25, 144, 256, pan=(2, 0)))
    assert whole(run(DisMotionSmoothness, [steady[0]] * 9, ledger), "score").value == 1
    scores = []
    for jerk in (0.0, 1.0, 2.0, 4.0):
        shaken = [steady[0]] + [shifted(picture, jerk * (-1) ** i) for i, picture in enumerate(steady[1:])]
        scores.append(whole(run(DisMotionSmoothness, shaken, ledger), "score").value or 0)
    assert scores == sorted(scores, reverse=True) and scores[0] > 0.985 > 0.96 > scores[-1]


def shifted(picture: RGB, pixels: float) -> RGB:
    """The picture moved sideways; odd frames one way, even ones the other."""
    return np.roll(picture, round(pixels), axis=1)


def test_the_worst_frame_is_pointed_at_and_cuts_are_not(ledger: Ledger) -> None:
    one, other = list(travel(6, 10, 144, 256)), list(travel(7, 10, 144, 256))
    spoilt = [*one[:5], grey(0, 144, 256), *one[6:]]  # frame 5 is black
    found = run(DisMotionSmoothness, spoilt + other, ledger, cuts=[10])
    (moment,) = (e for e in found if e.scope is Scope.MOMENT)
    assert moment.shot == 0 and moment.span is not None
    assert moment.span.start == pytest.approx(4 / 25) and moment.span.end == pytest.approx(6 / 25)
    shots = [e.value for e in found if e.scope is Scope.SHOT]
    assert len(shots) == 2 and (shots[0] or 0) < 0.95 and (shots[1] or 0) > 0.99
    assert data(whole(found, "score"), "frames") == 8  # the one at the cut is left out


def test_two_frames_are_not_measured(ledger: Ledger) -> None:
    assert "three frames" in str(whole(run(DisMotionSmoothness, [grey(1)] * 2, ledger), "score").unmeasured)


def test_amt_is_absent_with_its_command(ledger: Ledger) -> None:
    reason = str(whole(run(MotionSmoothness, [grey(1)] * 5, ledger), "vbench").unmeasured)
    assert "run: " in reason and ("vbench" in reason or "amt-s.pth" in reason)


@pytest.fixture
def amt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network called and loaded as AMT-S is: the weighted mean of the two pictures, its weight in the checkpoint."""
    torch = pytest.importorskip("torch")
    folder = tmp_path / "packages" / "vbench" / "third_party" / "amt" / "networks"
    folder.mkdir(parents=True)
    for package in (folder, *list(folder.parents)[:3]):
        (package / "__init__.py").touch()
    (tmp_path / "packages" / "decord.py").touch()
    (folder / "AMT-S.py").write_text(
        "import torch\n"
        "class Model(torch.nn.Module):\n"
        "    def __init__(self, corr_radius, corr_lvls, num_flows):\n"
        "        super().__init__()\n"
        "        self.weight = torch.nn.Parameter(torch.zeros([]))\n"
        "    def forward(self, one, other, when, scale_factor, eval):\n"
        "        assert one.shape[-1] % 16 == one.shape[-2] % 16 == 0 and float(when) == 0.5\n"
        "        return {'imgt_pred': self.weight * one + (1 - self.weight) * other}\n"
    )
    torch.save({"state_dict": {"weight": torch.tensor(0.25)}}, tmp_path / "amt.pth")
    monkeypatch.setenv("EVALVERSE_VBENCH_AMT", str(tmp_path / "amt.pth"))
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    for name in [n for n in sys.modules if n.split(".")[0] in ("vbench", "decord")]:
        monkeypatch.delitem(sys.modules, name)
    motion_smoothness._loaded.cache_clear()


@pytest.mark.usefixtures("amt")
def test_the_published_number_by_hand(ledger: Ledger) -> None:
    levels = [100, 120, 200, 190, 201]
    found = whole(run(MotionSmoothness, [grey(v, 50, 70) for v in levels], ledger, cuts=[2]), "vbench")
    # made: 0.25 * 100 + 0.75 * 200 = 175, and 0.25 * 200 + 0.75 * 201 = 200.75, cut off to 200
    assert found.value == pytest.approx((255 - (55 + 10) / 2) / 255)
    assert data(found, "frames") == 2


@pytest.mark.usefixtures("amt")
def test_a_last_frame_without_a_neighbour_does_not_count(ledger: Ledger) -> None:
    found = whole(run(MotionSmoothness, [grey(v) for v in (0, 0, 0, 255)], ledger), "vbench")
    assert found.value == 1 and data(found, "frames") == 1
