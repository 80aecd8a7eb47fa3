"""VBench's rule for movement, its offline stand-in on clips of known speed, and RAFT with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.ledger import Ledger
from evalverse.tools.rightness import dynamic_degree
from evalverse.tools.rightness._dynamic import THRESHOLD, fastest, interval, moves, needed
from evalverse.tools.rightness._pad import cropped, margins, padded
from evalverse.tools.rightness.dis_dynamic_degree import DisDynamicDegree
from evalverse.tools.rightness.dynamic_degree import DynamicDegree, prepared
from tests.synth import travel
from tests.tools.rightness._run import data, grey, run, whole


def test_the_fastest_twentieth_is_what_counts() -> None:
    flow = np.zeros((10, 10, 2), np.float32)
    flow[0, :5] = (3, 4)  # 5 of 100 pixels move by 5
    flow[5, 5] = (0, 1)
    assert fastest(flow) == 5
    assert fastest(flow[:4]) == 5  # 2 of 40
    assert fastest(np.ones((1, 19, 2))) == 0  # a twentieth of 19 pixels is none


@pytest.mark.parametrize(("rate", "every"), [(8, 1), (12, 2), (24, 3), (25, 3), (30, 4), (60, 8), (3, 1)])
def test_eight_frames_a_second_are_compared(rate: int, every: int) -> None:
    assert interval(rate) == every


@pytest.mark.parametrize(("frames", "pairs"), [(16, 4), (40, 10), (6, 2), (10, 2), (3, 1)])
def test_a_quarter_of_the_frames_must_move(frames: int, pairs: int) -> None:
    assert needed(frames) == pairs
    speeds = np.full(frames - 1, THRESHOLD)  # at the threshold is not above it
    assert not moves(speeds, frames)
    speeds[:pairs] += 0.01
    assert moves(speeds, frames)
    speeds[0] = 0
    assert not moves(speeds, frames)


def test_the_threshold_is_six_pixels_of_256() -> None:
    assert pytest.approx(6 / 256 * 100) == THRESHOLD


@pytest.mark.parametrize("size", [(144, 256), (256, 144), (288, 512)])
def test_the_stand_in_reads_the_speed_of_a_pan_whatever_the_size(size: tuple[int, int], ledger: Ledger) -> None:
    height, width = size
    pixels = 1.5 * min(size) / 144  # per frame; three frames apart, 4.5 of 144
    found = run(DisDynamicDegree, list(travel(1, 25, height, width, pan=(pixels, 0))), ledger)
    assert whole(found, "speed").value == pytest.approx(100 * 4.5 / 144, rel=0.1)
    assert whole(found, "moves").value == 1


def test_the_stand_in_tells_slow_from_fast_by_the_rule(ledger: Ledger) -> None:
    speeds = []
    for pan in (0.0, 0.6, 2.0):
        found = run(DisDynamicDegree, list(travel(2, 25, 144, 256, pan=(pan, 0))), ledger)
        speeds.append(whole(found, "speed").value)
        assert whole(found, "moves").value == (pan == 2.0)
        assert data(whole(found, "moves"), "pairs") == 8
    assert speeds == sorted(speeds) and speeds[0] == pytest.approx(0, abs=0.2)


def test_the_stand_in_leaves_pairs_across_cuts_out(ledger: Ledger) -> None:
    stills = [picture for seed in range(4) for picture in list(travel(seed, 1, 144, 256)) * 6]
    found = run(DisDynamicDegree, stills, ledger, cuts=[6, 12, 18])
    assert whole(found, "moves").value == 0 and whole(found, "speed").value == pytest.approx(0, abs=0.01)


def test_too_few_frames_are_a_reason(ledger: Ledger) -> None:
    found = run(DisDynamicDegree, [grey(9, 144, 256)] * 4, ledger)  # two samples
    assert all(e.value is None and "3 frames" in str(e.unmeasured) for e in found)


def test_raft_is_absent_with_its_command(ledger: Ledger) -> None:
    pytest.importorskip("torch")
    (first, second) = run(DynamicDegree, [grey(9)] * 9, ledger)
    assert "EVALVERSE_VBENCH_RAFT" in str(first.unmeasured) and first.unmeasured == second.unmeasured
    assert DynamicDegree.Settings().model_dump()["weights"] == "RAFT: absent"


def test_raft_with_random_weights_by_hand(tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    from evalverse.tools.likeness._torchvision import importable

    importable()
    raft = pytest.importorskip("torchvision.models.optical_flow").raft_large(weights=None).eval()
    torch.save(raft.state_dict(), tmp_path / "raft.pth")
    monkeypatch.setenv("EVALVERSE_VBENCH_RAFT", str(tmp_path / "raft.pth"))
    assert dynamic_degree.UPDATES == 20
    monkeypatch.setattr(dynamic_degree, "UPDATES", 2)  # for speed: the weights mean nothing anyway
    pictures = list(travel(3, 3, 130, 132, pan=(3, 0)))
    found = run(DynamicDegree, pictures, ledger, rate=8)
    speeds = []
    for before, after in ((0, 1), (1, 2)):
        pair = [torch.from_numpy(pictures[i]).permute(2, 0, 1)[None].float() / 255 * 2 - 1 for i in (before, after)]
        pair = [torch.nn.functional.pad(p, (2, 2, 3, 3), mode="replicate") for p in pair]
        with torch.inference_mode():
            flow = raft(*pair, num_flow_updates=2)[-1][0].numpy()
        lengths = np.sort(np.sqrt((flow**2).sum(0)).ravel())[::-1]
        speeds.append(lengths[: int(136 * 136 * 0.05)].mean() / 130 * 100)
    assert whole(found, "speed").value == pytest.approx(np.mean(speeds), rel=1e-3)
    assert whole(found, "vbench").value == float(max(speeds) > THRESHOLD)  # of 3 frames, one pair must move


def test_raft_needs_pictures_of_a_size(tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torchvision")
    (tmp_path / "raft.pth").touch()
    monkeypatch.setenv("EVALVERSE_VBENCH_RAFT", str(tmp_path / "raft.pth"))
    assert "128" in str(whole(run(DynamicDegree, [grey(9)] * 9, ledger), "vbench").unmeasured)


def test_padding_repeats_the_edges_evenly_and_comes_off_again() -> None:
    pytest.importorskip("torch")
    assert margins(30, 17, 8) == (3, 4, 1, 1) and margins(16, 32, 16) == (0, 0, 0, 0)
    picture = np.arange(30 * 17 * 3, dtype=np.uint8).reshape(30, 17, 3)
    wide = padded(picture, 8)
    assert tuple(wide.shape) == (1, 3, 32, 24)
    assert (
        wide[0, :, 0, 0].tolist() == picture[0, 0].tolist() and wide[0, :, -1, -1].tolist() == picture[-1, -1].tolist()
    )
    assert np.array_equal(cropped(wide, 30, 17, 8)[0].permute(1, 2, 0).numpy(), picture)
    assert prepared(grey(255, 8, 8)).unique().tolist() == [1] and prepared(grey(0, 8, 8)).unique().tolist() == [-1]
