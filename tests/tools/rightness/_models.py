"""Tiny models of the classes that VBench uses, with random weights, saved where the operators look for theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.likeness._torchvision import importable
from evalverse.tools.media.frame import RGB

DIMENSION = 12
"""Of CLIP's vectors."""


def dino(folder: Path) -> Any:
    """A DINO of one layer, saved to ``folder`` as transformers saves it; returns the model."""
    import torch

    importable()
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(1)
    shape = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, image_size=224, patch_size=56
    )
    model = _stirred(ViTModel(shape, add_pooling_layer=False))
    model.save_pretrained(folder)
    return model


def clip(folder: Path) -> Any:
    """A CLIP of one layer whose pictures are 32 pixels, saved to ``folder`` as open_clip saves it."""
    import torch

    importable()
    import open_clip

    torch.manual_seed(2)
    shape = {
        "embed_dim": DIMENSION,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    }
    preprocess = {
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
        "interpolation": "bicubic",
        "resize_mode": "shortest",
    }
    model = _stirred(open_clip.CLIP(**shape))
    folder.mkdir(parents=True)
    config = {"model_cfg": shape, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.save(model.state_dict(), folder / "open_clip_pytorch_model.bin")
    return model


def seen_by_clip(model: Any, picture: RGB) -> NDArray[np.float64]:
    """The unit vector of a square picture, prepared by hand: made 224, then 32 pixels wide, then scaled."""
    import torch
    from PIL import Image

    image = Image.fromarray(picture)
    for side in (224, 32):
        image = image.resize((side, side), Image.Resampling.BICUBIC)
    mean, deviation = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])
    scaled = ((np.asarray(image) / 255 - mean) / deviation).transpose(2, 0, 1)[None]
    with torch.inference_mode():
        vector = model.encode_image(torch.from_numpy(scaled).float())[0].double().numpy()
    return np.asarray(vector / np.linalg.norm(vector))


def _stirred(model: Any) -> Any:
    """The model with weights so large that different pictures get vectors far apart."""
    import torch

    for parameter in model.parameters():
        if parameter.ndim > 0:
            torch.nn.init.normal_(parameter, std=1.0)
    return model.eval()
