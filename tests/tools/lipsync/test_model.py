"""The model in NumPy: what it computes, how it is stored, what is shipped."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.lipsync.features import BANDS, LIP_FEATURES
from evalverse.tools.lipsync.model import Encoder, LipModel, read, shipped, standardised, write


def random_model(seed: int) -> LipModel:
    rng = np.random.default_rng(seed)

    def encoder(inputs: int) -> Encoder:
        shapes = ((6, inputs, 5), (4, 6, 3))
        return Encoder(
            tuple((rng.normal(0, 0.3, s).astype(np.float32), rng.normal(0, 1, s[0]).astype(np.float32)) for s in shapes)
        )

    return LipModel(tuple((encoder(LIP_FEATURES), encoder(BANDS)) for _ in range(2)), {"temperature": 2.0})


def test_convolutions_are_those_that_torch_computes() -> None:
    torch = pytest.importorskip("torch")
    encoder = random_model(1).pairs[0][0]
    x = np.random.default_rng(2).standard_normal((40, LIP_FEATURES)).astype(np.float32)
    y = torch.from_numpy(x.T.copy())[None]
    for i, (weight, bias) in enumerate(encoder.layers):
        y = torch.nn.functional.conv1d(
            torch.relu(y) if i else y, torch.from_numpy(weight), torch.from_numpy(bias), padding=weight.shape[2] // 2
        )
    assert np.allclose(encoder(x), y[0].T.numpy(), atol=1e-5)


def test_a_model_survives_storage(tmp_path: Path) -> None:
    model = random_model(3)
    write(model, tmp_path / "m.safetensors")
    again = read((tmp_path / "m.safetensors").read_bytes())
    x = np.random.default_rng(4).standard_normal((30, BANDS)).astype(np.float32)
    assert again.about == model.about
    assert np.array_equal(again.sound(x), model.sound(x))


def test_the_file_is_proper_safetensors(tmp_path: Path) -> None:
    numpy_side = pytest.importorskip("safetensors.numpy")
    model = random_model(5)
    write(model, tmp_path / "m.safetensors")
    arrays = numpy_side.load_file(tmp_path / "m.safetensors")
    assert np.array_equal(arrays["1.voice.1.weight"], model.pairs[1][1].layers[1][0])
    assert len(arrays) == 16


def test_embeddings_have_zero_mean_where_it_counts_and_shrug_off_what_does_not() -> None:
    model, rng = random_model(6), np.random.default_rng(7)
    voice = rng.standard_normal((200, BANDS)).astype(np.float32)
    counted = np.arange(200) < 120
    before = model.sound(voice, counted)
    assert np.allclose(before[counted].mean(axis=0), 0, atol=1e-5)
    loud = voice.copy()
    loud[150:] += 1000
    assert np.allclose(model.sound(loud, counted)[:100], before[:100], atol=1e-5)


def test_stillness_is_not_blown_up() -> None:
    tremor = 1e-6 * np.random.default_rng(8).standard_normal((50, 3)).astype(np.float32)
    assert np.abs(standardised(tremor, 1e-3)).max() < 0.1


def test_the_shipped_weights_are_small_and_tell_where_they_come_from() -> None:
    weights = files("evalverse.tools.lipsync") / "weights" / "lip_sync.safetensors"
    assert len(weights.read_bytes()) < 5_000_000
    about = shipped().about
    assert about["temperature"] > 0 and len(about["belongs"]) == 3 and len(about["data"]) == 64
    card = (files("evalverse.tools.lipsync") / "weights" / "lip_sync.md").read_text(encoding="utf-8")
    assert "calibrate lipsync" in card and "sha256" in card
