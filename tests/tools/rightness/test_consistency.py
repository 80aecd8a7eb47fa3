"""VBench's consistencies: the formula by hand, and tiny random DINO and CLIP models of the classes that are used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from evalverse.tools.evidence import Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.frame import RGB
from evalverse.tools.operator import Needs
from evalverse.tools.rightness._consistency import Consistency, measures
from evalverse.tools.rightness._shrink import centre, shrunk
from evalverse.tools.rightness.background_consistency import CLIP_B32, BackgroundConsistency
from evalverse.tools.rightness.subject_consistency import DEVIATION, DINO, MEAN, SubjectConsistency
from tests.synth import gradient_noise
from tests.tools.rightness import _models
from tests.tools.rightness._run import clip, data, grey, run, whole

TURNS = {10: (1.0, 0.0), 20: (0.6, 0.8), 30: (0.0, 1.0), 40: (-1.0, 0.0)}
"""The vector of a picture by its level."""


class Turning(Consistency):
    """A consistency whose vectors are known."""

    name, version, title = "turning", "1", "Turning"
    needs = Needs()
    subject, shrinks = "The test", "bilinear"
    measures = measures("Consistency of the test", "known", "own definition")

    def vectors(self, pictures: Sequence[RGB]) -> NDArray[np.float32]:
        return np.array([TURNS[int(p[0, 0, 0])] for p in pictures], np.float32)


def test_the_mean_of_previous_and_first_by_hand(ledger: Ledger) -> None:
    found = whole(run(Turning, [grey(v) for v in (10, 20, 30)], ledger), "vbench")
    # second frame: previous 0.6, first 0.6; third: previous 0.8, first 0
    assert found.value == pytest.approx((0.6 + 0.4) / 2, abs=1e-3)
    assert data(found, "pairs") == 2


def test_negative_cosines_count_as_nothing(ledger: Ledger) -> None:
    assert whole(run(Turning, [grey(10), grey(40)], ledger), "vbench").value == 0


def test_cuts_lower_the_published_number_but_not_that_within_shots(ledger: Ledger) -> None:
    found = run(Turning, [grey(v) for v in (10, 10, 30, 30)], ledger, cuts=[2])
    assert whole(found, "vbench").value == pytest.approx((1 + 0 + 0.5) / 3, abs=1e-3)
    assert whole(found, "within_shots").value == pytest.approx(1, abs=1e-3)
    assert [e.value for e in found if e.scope is Scope.SHOT] == pytest.approx([1, 1], abs=1e-3)


def test_one_frame_is_not_measured(ledger: Ledger) -> None:
    assert all("two frames" in str(e.unmeasured) for e in run(Turning, [grey(10)], ledger))


@pytest.mark.parametrize(("kind", "source"), [(SubjectConsistency, DINO), (BackgroundConsistency, CLIP_B32)])
def test_absent_weights_are_a_reason_with_a_command(kind: type[Consistency], source: object, ledger: Ledger) -> None:
    found = run(kind, [grey(9)] * 3, ledger)
    assert len(found) == 2 and all(e.value is None and "; run: " in str(e.unmeasured) for e in found)
    assert kind.Settings().model_dump()["weights"].endswith("absent")


@pytest.fixture(scope="module")
def pictures() -> list[RGB]:
    return [gradient_noise(seed, 250, 250) for seed in (1, 2, 3)]


def test_subject_consistency_with_a_tiny_dino(
    pictures: list[RGB], tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    model = _models.dino(tmp_path / "dino")
    monkeypatch.setenv("EVALVERSE_VBENCH_DINO", str(tmp_path / "dino"))
    vectors = []
    for picture in pictures:
        small = np.asarray(Image.fromarray(picture).resize((224, 224), Image.Resampling.BILINEAR)) / 255
        scaled = torch.from_numpy(((small - MEAN) / DEVIATION).transpose(2, 0, 1)[None].copy()).float()
        with torch.inference_mode():
            vectors.append(model(pixel_values=scaled).last_hidden_state[0, 0].double().numpy())
    a, b, c = (v / np.linalg.norm(v) for v in vectors)
    wanted = (max(0, a @ b) + (max(0, b @ c) + max(0, a @ c)) / 2) / 2
    assert 0.02 < wanted < 0.98  # or else much would pass
    found = whole(run(SubjectConsistency, pictures, ledger), "vbench")
    assert found.value == pytest.approx(wanted, abs=2e-3)
    assert whole(run(SubjectConsistency, [pictures[0]] * 3, ledger), "vbench").value == pytest.approx(1, abs=1e-3)


def test_dino_sees_the_sides_of_a_wide_picture(tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    _models.dino(tmp_path / "dino")
    monkeypatch.setenv("EVALVERSE_VBENCH_DINO", str(tmp_path / "dino"))
    wide = gradient_noise(5, 224, 448)
    changed = wide.copy()
    changed[:, :60] = 255 - changed[:, :60]  # outside of the central square
    one, other = SubjectConsistency(clip([wide]), ledger).vectors([wide, changed])
    assert np.abs(one - other).max() > 0.01


def test_background_consistency_with_a_tiny_clip(
    pictures: list[RGB], tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("open_clip")
    model = _models.clip(tmp_path / "clip")
    monkeypatch.setenv("EVALVERSE_VBENCH_CLIP", str(tmp_path / "clip"))
    a, b, c = (_models.seen_by_clip(model, picture) for picture in pictures)
    wanted = (max(0, a @ b) + (max(0, b @ c) + max(0, a @ c)) / 2) / 2
    assert 0.02 < wanted < 0.98  # or else much would pass
    found = whole(run(BackgroundConsistency, pictures, ledger), "vbench")
    assert found.value == pytest.approx(wanted, abs=2e-3)


def test_pictures_are_made_small_by_their_short_side_and_cropped_in_the_middle() -> None:
    assert shrunk(grey(7, 448, 700), "bilinear").shape == (224, 350, 3)
    assert shrunk(grey(7, 300, 100), "bicubic").shape == (672, 224, 3)
    columns = np.broadcast_to(np.arange(7, dtype=np.uint8)[None, :, None], (4, 7, 3))
    assert centre(columns, 4)[0, :, 0].tolist() == [2, 3, 4, 5]  # 1.5 rounds to 2, as torchvision rounds
    assert centre(columns.transpose(1, 0, 2), 4)[:, 0, 0].tolist() == [2, 3, 4, 5]
