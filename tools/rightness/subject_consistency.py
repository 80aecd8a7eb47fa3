"""VBench's subject consistency: DINO vectors of all frames, against the frame before and the first.

DINO's vector is of the whole picture: a camera that moves on, a cut or light that changes lower it though the subject
is the same, and a frozen picture reaches 1. It cannot tell which of several subjects has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.likeness._series import unit
from evalverse.tools.likeness._torchvision import importable
from evalverse.tools.likeness._weights import LOADING, Source, WeightsSettings
from evalverse.tools.media.frame import RGB
from evalverse.tools.operator import Needs, Picture, register
from evalverse.tools.rightness._consistency import Consistency, measures
from evalverse.tools.rightness._files import device

DINO = Source(
    what="DINO ViT-B/16",
    variable="EVALVERSE_VBENCH_DINO",
    default="facebook/dino-vitb16",
    config="config.json",
    tensors=("pytorch_model.bin", "model.safetensors"),
    packages=("torch", "transformers"),
)
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def normalised(pictures: Sequence[RGB]) -> NDArray[np.float32]:
    """(N, 3, h, w) float32 in ImageNet's units of (h, w, 3) uint8 pictures of one size."""
    scaled = (np.stack(pictures).astype(np.float32) / 255 - MEAN) / DEVIATION
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


class DinoSettings(WeightsSettings):
    sources = (DINO,)


@register
class SubjectConsistency(Consistency):
    """Whether the subject stays itself, as VBench defines it."""

    name, version, title = "subject_consistency", "1", "Subject consistency (VBench)"
    needs = Needs(picture=Picture(height="native"))
    Settings = DinoSettings
    cost = 250.0
    subject, shrinks = "The subject", "bilinear"
    measures = measures(
        "Subject consistency", "DINO ViT-B/16", "Huang et al., VBench, CVPR 2024; Caron et al., DINO, ICCV 2021"
    )

    @classmethod
    def lacks(cls) -> str | None:
        return DINO.lacks()

    def vectors(self, pictures: Sequence[RGB]) -> NDArray[np.float32]:
        """The class token after the last layer, at the picture's own aspect."""
        import torch

        with LOADING:
            model = _loaded(DINO.folder(), DINO.state)
        batch = torch.from_numpy(normalised(pictures)).to(device())
        with torch.inference_mode():
            told = model(pixel_values=batch, interpolate_pos_encoding=True).last_hidden_state[:, 0]  # (N, D)
        return unit(told.float().cpu().numpy())


@lru_cache(maxsize=1)
def _loaded(folder: Path, state: str) -> Any:
    importable()
    from transformers import ViTModel

    model: Any = ViTModel.from_pretrained(folder, local_files_only=True, add_pooling_layer=False)
    return model.to(device()).eval()
