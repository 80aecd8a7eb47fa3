"""Training on made-up heads learns to find offsets of another one; the command line says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from evalverse.calibration.lipsync.judge import read
from evalverse.calibration.lipsync.train import Recipe, pool, train
from evalverse.cli.calibrate import calibrate
from evalverse.errors import UsageError
from evalverse.tools.lipsync.model import LipModel
from tests.calibration.lipsync._made_up import talking_head

SMALL = Recipe(width=8, space=4, steps=40, batch=8, windows=(100,), lip_noise=0.2, dropout=0.1, pairs=1, variants=1)


@pytest.fixture(scope="module")
def model() -> LipModel:
    pytest.importorskip("torch")
    heads = [talking_head(seed) for seed in range(20, 24)]
    return train(pool(heads, {h.name: 0.0 for h in heads}, SMALL.variants), SMALL, {"temperature": 1.0})


@pytest.mark.parametrize("late", [-0.3, 0.0, 0.25])
def test_a_head_that_was_not_trained_on_is_read(model: LipModel, late: float) -> None:
    found = read(talking_head(30, late), model)
    assert found is not None and found.together
    assert found.offset_ms == pytest.approx(1000 * late, abs=40)


def test_its_voice_fits_better_than_a_foreign_one(model: LipModel) -> None:
    head = talking_head(31)
    own, foreign = read(head, model), read(head.dubbed(talking_head(32).voice), model)
    assert own is not None and foreign is not None
    assert own.agreement > 1.5 * foreign.agreement


def test_training_again_gives_the_same_weights(model: LipModel) -> None:
    heads = [talking_head(seed) for seed in range(20, 24)]
    again = train(pool(heads, {h.name: 0.0 for h in heads}, SMALL.variants), SMALL)
    assert (again.pairs[0][0].layers[0][0] == model.pairs[0][0].layers[0][0]).all()


def test_names_of_one_speaker_come_in_twos(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        calibrate, ["lipsync", "--data", str(tmp_path), "--out", str(tmp_path / "x.safetensors"), "--same", "a"]
    )
    assert isinstance(done.exception, UsageError) and "a=b" in str(done.exception)
