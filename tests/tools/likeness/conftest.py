"""Tiny models with random weights, saved as the real ones are; and a home without weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalverse.tools.likeness._torchvision import importable

CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CLIP of 16 numbers a vector, in open_clip's format."""
    torch = pytest.importorskip("torch", reason="needs the extra 'neural'")
    importable()
    open_clip = pytest.importorskip("open_clip", reason="needs the extra 'neural'")
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("clip")
    torch.manual_seed(0)
    model = open_clip.CLIP(**CLIP)
    with torch.no_grad():
        model.visual.conv1.weight *= 10  # so that pictures differ
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": CLIP, "preprocess_cfg": {}}))
    return folder


@pytest.fixture(scope="session")
def tiny_dino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a DINOv2 of 24 numbers a vector and patches of 14 pixels, in transformers' format."""
    torch = pytest.importorskip("torch", reason="needs the extra 'neural'")
    importable()
    transformers = pytest.importorskip("transformers", reason="needs the extra 'neural'")

    folder = tmp_path_factory.mktemp("dino")
    torch.manual_seed(0)
    shape = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 56, "patch_size": 14}
    shape["initializer_range"] = 0.2  # wide, so that pictures differ
    transformers.Dinov2Model(transformers.Dinov2Config(**shape)).save_pretrained(folder)
    return folder


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is named, nothing is allowed, and the hub's cache (which is returned) is empty."""
    constants = pytest.importorskip("huggingface_hub.constants", reason="needs the extra 'neural'")
    for name in ("CLIP", "DINO", "AESTHETIC", "AESTHETIC_CLIP", "ALLOW_HUB"):
        monkeypatch.delenv(f"EVALVERSE_{name}", raising=False)
    cache = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return cache
