"""ViCLIP: its two towers against a plain rewriting, the frames that it is shown, and the words that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import Wishes
from evalverse.tools.rightness import overall_consistency
from evalverse.tools.rightness.overall_consistency import DEVIATION, MEAN, OverallConsistency, ViclipSettings, middles
from evalverse.tools.schedule import measure
from tests.synth import gradient_noise, write_clip
from tests.tools.rightness._run import grey, run, whole

Array = NDArray[np.float64]


@pytest.mark.parametrize(
    ("frames", "chosen"),
    [
        (16, [0, 2, 4, 6, 8, 10, 12, 14]),
        (8, [0, 1, 2, 3, 4, 5, 6, 7]),
        (5, [0, 1, 2, 3, 4, 4, 4, 4]),
        (25, [1, 4, 7, 10, 13, 16, 19, 22]),
        (1, [0] * 8),
    ],
)
def test_the_middles_of_eight_parts(frames: int, chosen: list[int]) -> None:
    assert middles(frames) == chosen


def test_without_a_prompt_or_weights_there_is_a_reason(ledger: Ledger) -> None:
    assert "ViCLIP" in str(whole(run(OverallConsistency, [grey(1)], ledger), "vbench").unmeasured)
    assert OverallConsistency.tune(Wishes(prompt="  ")) is None and OverallConsistency.tune(Wishes()) is None
    tuned = OverallConsistency.tune(Wishes(prompt="a cat"))
    assert isinstance(tuned, ViclipSettings) and tuned.prompt == "a cat"
    assert ViclipSettings.model_validate_json(tuned.model_dump_json()) == tuned


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A ViCLIP of one layer with random weights, in a checkpoint of the published form; returns the network."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("open_clip")
    from evalverse.tools.rightness import _viclip

    shape = _viclip.Shape(
        side=224, patch=112, width=8, layers=1, heads=2, text_width=8, text_layers=1, text_heads=2, out=6
    )
    torch.manual_seed(3)
    network = _viclip.ViClip(shape).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    torch.save({"model": network.state_dict()}, tmp_path / "viclip.pth")
    monkeypatch.setenv("EVALVERSE_VBENCH_VICLIP", str(tmp_path / "viclip.pth"))
    monkeypatch.setattr(_viclip, "Shape", lambda: shape)
    overall_consistency._loaded.cache_clear()
    return network


def test_the_names_of_the_published_checkpoint(tiny: Any) -> None:
    names = set(tiny.state_dict())
    block = {f"attn.{n}" for n in ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")}
    block |= {f"{n}.{p}" for n in ("ln_1", "ln_2", "mlp.c_fc", "mlp.c_proj") for p in ("weight", "bias")}
    vision = {"class_embedding", "positional_embedding", "temporal_positional_embedding", "proj", "conv1.weight"}
    vision |= {f"{n}.{p}" for n in ("ln_pre", "ln_post") for p in ("weight", "bias")}
    text = {"positional_embedding", "text_projection", "token_embedding.weight", "ln_final.weight", "ln_final.bias"}
    wanted = {"temp"} | {f"vision_encoder.{n}" for n in vision} | {f"text_encoder.{n}" for n in text}
    wanted |= {f"{tower}_encoder.transformer.resblocks.0.{n}" for tower in ("vision", "text") for n in block}
    assert names == wanted


def test_the_likeness_by_hand(tiny: Any, tmp_path: Path, ledger: Ledger) -> None:
    pictures = [gradient_noise(seed, 224, 224) for seed in range(8)]
    path = write_clip(tmp_path / "clip.mkv", pictures, codec="ffv1", pixel_format="bgr0", preset="")
    settings = {"overall_consistency": ViclipSettings(prompt="a Red kite")}
    (found,) = measure(probe(path), ["overall_consistency"], ledger, tuned=settings).evidence["overall_consistency"]
    weights = {name: tensor.double().numpy() for name, tensor in tiny.state_dict().items()}
    wanted = cosine(seen(weights, pictures), read(weights, "a Red kite"))
    assert found.value == pytest.approx(wanted, abs=1e-4)
    assert "beginning" not in found.words


def test_a_long_prompt_is_read_to_its_32nd_token(tiny: Any) -> None:
    words = "one two three four five six seven eight nine ten " * 4
    value, cut = overall_consistency.likeness([grey(9, 224, 224)] * 8, words)
    assert cut and -1 <= value <= 1
    same, _ = overall_consistency.likeness([grey(9, 224, 224)] * 8, words + "and more")
    assert same == value


# the network once more, in plain arrays


def seen(w: dict[str, Array], pictures: list[NDArray[np.uint8]]) -> Array:
    w = {n.removeprefix("vision_encoder."): a for n, a in w.items() if n.startswith("vision")}
    tokens = [w["class_embedding"] + w["positional_embedding"][0]]
    for time, picture in enumerate(pictures):
        scaled = (picture / 255 - MEAN) / DEVIATION
        for row in range(2):
            for column in range(2):
                patch = scaled[112 * row : 112 * row + 112, 112 * column : 112 * column + 112].transpose(2, 0, 1)
                value = (w["conv1.weight"][:, :, 0] * patch).sum((1, 2, 3))
                place = w["positional_embedding"][1 + 2 * row + column]
                tokens.append(value + place + w["temporal_positional_embedding"][0, time])
    stream = layer(w, norm(np.stack(tokens), w, "ln_pre"), np.zeros((33, 33)))
    return np.asarray(norm(stream, w, "ln_post")[0] @ w["proj"])


def read(w: dict[str, Array], prompt: str) -> Array:
    from open_clip.tokenizer import SimpleTokenizer

    w = {n.removeprefix("text_encoder."): a for n, a in w.items() if n.startswith("text")}
    words = SimpleTokenizer().encode(prompt.lower())
    ids = [49406, *words, 49407] + [0] * (32 - len(words) - 2)
    stream = w["token_embedding.weight"][ids] + w["positional_embedding"]
    ahead = np.where(np.triu(np.ones((32, 32)), 1) > 0, -np.inf, 0)
    stream = norm(layer(w, stream, ahead), w, "ln_final")
    return np.asarray(stream[len(words) + 1] @ w["text_projection"])


def layer(w: dict[str, Array], x: Array, mask: Array) -> Array:
    w = {n.removeprefix("transformer.resblocks.0."): a for n, a in w.items()}
    given = norm(x, w, "ln_1") @ w["attn.in_proj_weight"].T + w["attn.in_proj_bias"]
    heads = []
    for head in range(2):
        q, k, v = (given[:, part * 8 + 4 * head : part * 8 + 4 * head + 4] for part in range(3))
        scores = q @ k.T / 2 + mask
        shares = np.exp(scores - scores.max(1, keepdims=True))
        heads.append(shares / shares.sum(1, keepdims=True) @ v)
    x = x + np.concatenate(heads, 1) @ w["attn.out_proj.weight"].T + w["attn.out_proj.bias"]
    hidden = norm(x, w, "ln_2") @ w["mlp.c_fc.weight"].T + w["mlp.c_fc.bias"]
    hidden = hidden / (1 + np.exp(-1.702 * hidden))
    return np.asarray(x + hidden @ w["mlp.c_proj.weight"].T + w["mlp.c_proj.bias"])


def norm(x: Array, w: dict[str, Array], name: str) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return np.asarray(scaled * w[f"{name}.weight"] + w[f"{name}.bias"])


def cosine(a: Array, b: Array) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
