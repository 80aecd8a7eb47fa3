"""CLIP through open_clip: pictures and texts as unit vectors in one space."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.likeness._series import unit
from evalverse.tools.likeness._torchvision import importable
from evalverse.tools.likeness._weights import LOADING, Source
from evalverse.tools.media.frame import RGB

Vectors = NDArray[np.float32]
"""(N, D), rows of length 1."""

REPOSITORIES = {
    "ViT-B-32:laion2b_s34b_b79k": "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    "ViT-L-14:openai": "timm/vit_large_patch14_clip_224.openai",
}
"""The defaults, so that looking for them does not import open_clip, which takes seconds."""

BATCH = 16
MOST_SQUARES = 4


def repository(name: str) -> str:
    """The hub's ``org/repo`` of an ``architecture:tag`` that open_clip knows; other names as they are.

    Raises:
        ValueError: open_clip knows no weights of this name on the hub.
    """
    if ":" not in name or name in REPOSITORIES:
        return REPOSITORIES.get(name, name)
    with LOADING:
        importable()
        from open_clip import get_pretrained_cfg

    hub = get_pretrained_cfg(*name.split(":", 1)).get("hf_hub", "")
    if not hub:
        raise ValueError(f"open_clip knows no {name} on the hub")
    return "/".join(hub.split("/")[:2])


def clip_source(what: str, variable: str, default: str) -> Source:
    """CLIP weights under a variable of their own."""
    return Source(
        what=what,
        variable=variable,
        default=default,
        config="open_clip_config.json",
        tensors=("open_clip_model.safetensors", "open_clip_pytorch_model.bin"),
        packages=("torch", "open_clip"),
        resolve=repository,
        extras=("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
    )


CLIP = clip_source("CLIP", "EVALVERSE_CLIP", "ViT-B-32:laion2b_s34b_b79k")


class Encoder:
    """A loaded CLIP. Half precision on CUDA, single on a processor."""

    def __init__(self, folder: Path, quick_gelu: bool) -> None:
        importable()
        import open_clip
        import torch

        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        model, self._prepare = open_clip.create_model_from_pretrained(
            f"local-dir:{folder}",
            precision="fp16" if self._device == "cuda" else "fp32",
            device=self._device,
            force_quick_gelu=quick_gelu,
        )
        self._model = model.eval()
        self._tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
        self.english = isinstance(self._tokenizer, open_clip.SimpleTokenizer)
        """Whether texts must be English: the plain CLIP tokeniser was learned on little else."""
        self._dtype = next(self._model.parameters()).dtype
        self._packaged: dict[tuple[str, ...], Vectors] = {}
        self.scale = float(self._model.logit_scale.detach().exp())
        """By which cosines are multiplied before a softmax, as learned."""
        self.context = int(self._tokenizer.context_length)
        """Tokens of a text that are read."""

    def pictures(self, pictures: Sequence[RGB]) -> Vectors:
        """(N, D) of (h, w, 3) uint8 RGB pictures, which are cropped to their central square."""
        import torch
        from PIL import Image

        batch = torch.stack([self._prepare(Image.fromarray(p)) for p in pictures])
        with torch.inference_mode():
            found = self._model.encode_image(batch.to(self._device, self._dtype))
        return unit(found.float().cpu().numpy())

    def texts(self, texts: Sequence[str]) -> Vectors:
        """(N, D) of texts; what is longer than the context is cut off."""
        import torch

        parts: list[Any] = []
        with torch.inference_mode():
            for start in range(0, len(texts), BATCH):
                tokens = self._tokenizer(list(texts[start : start + BATCH])).to(self._device)
                parts.append(self._model.encode_text(tokens).float().cpu().numpy())
        return unit(np.concatenate(parts))

    def packaged(self, texts: tuple[str, ...]) -> Vectors:
        """Like :meth:`texts`, kept: for lists that are the same for every clip."""
        if texts not in self._packaged:
            self._packaged[texts] = self.texts(texts)
        return self._packaged[texts]


def load(source: Source) -> Encoder:
    """The encoder of the weights that are named now. Raises MissingExtra and UsageError."""
    with source.loading() as folder:
        return _loaded(folder, source.name.endswith(":openai"), source.state)


@lru_cache(maxsize=2)
def _loaded(folder: Path, quick_gelu: bool, state: str) -> Encoder:
    return Encoder(folder, quick_gelu)


def squares(picture: RGB) -> list[RGB]:
    """Square crops that together cover a (h, w, 3) picture, evenly along its longer side; at most four.

    CLIP sees squares only: the central one alone would miss a third of a 16:9 picture.
    """
    height, width = picture.shape[:2]
    side = min(height, width)
    count = min(MOST_SQUARES, -(-max(height, width) // side))
    starts = np.linspace(0, max(height, width) - side, count).round().astype(int) if count > 1 else [0]
    return [np.ascontiguousarray(picture[s : s + side] if height > width else picture[:, s : s + side]) for s in starts]
