"""DINOv2 through transformers: a vector for the picture as a whole, and one for what stands still in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evalverse.errors import UsageError
from evalverse.tools.features import flow
from evalverse.tools.likeness._series import Vectors, unit
from evalverse.tools.likeness._torchvision import importable
from evalverse.tools.likeness._weights import Source
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.motion_model import global_motion, grid, to_heights

DINO = Source(
    what="DINOv2",
    variable="EVALVERSE_DINO",
    default="facebook/dinov2-small",
    config="config.json",
    tensors=("model.safetensors", "pytorch_model.bin"),
    packages=("torch", "transformers"),
)

SIDE = 224
"""Pixels of the shorter side that the model sees, up to the next patch."""
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
SPREAD = np.array([0.229, 0.224, 0.225], np.float32)
"""Of ImageNet, as DINOv2 was trained."""

MOVES = 0.03
"""Frame heights per second, beyond what the camera accounts for, from which on a place moves by itself."""
PARALLAX = 0.2
"""Share of the camera's own motion at a place that does not count as motion of what is there."""
ENOUGH = 0.15
"""Share of the picture that must stand still to speak for the background."""


class Encoder:
    """A loaded DINOv2, with or without registers. Half precision on CUDA, single on a processor."""

    def __init__(self, folder: Path) -> None:
        importable()
        import torch
        from transformers import AutoModel
        from transformers.utils import logging

        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._dtype = torch.float16 if self._device == "cuda" else torch.float32
        bars = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()
        try:
            model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=self._dtype)
        finally:
            if bars:
                logging.enable_progress_bar()
        kind = model.config.model_type
        if not kind.startswith("dinov"):
            raise UsageError(f"{DINO.variable} names weights of the kind {kind!r}, not of a DINOv2")
        self._model = model.to(self._device).eval()
        self.patch = int(model.config.patch_size)
        self._first_patch = 1 + int(getattr(model.config, "num_register_tokens", 0))

    def tokens(self, pictures: Sequence[RGB]) -> tuple[Vectors, NDArray[np.float32]]:
        """(N, D) tokens of the whole pictures and (N, rows, columns, D) tokens of their patches, unscaled.

        Args:
            pictures: (h, w, 3) uint8 RGB, all of one size.
        """
        import cv2
        import torch

        width, height = self.size(pictures[0])
        how = cv2.INTER_AREA if pictures[0].shape[0] >= height else cv2.INTER_CUBIC
        batch = np.stack([cv2.resize(picture, (width, height), interpolation=how) for picture in pictures])
        scaled = (batch.astype(np.float32) / 255 - MEAN) / SPREAD
        with torch.inference_mode():
            given = torch.from_numpy(scaled).permute(0, 3, 1, 2).to(self._device, self._dtype)
            states = self._model(pixel_values=given).last_hidden_state.float().cpu().numpy()  # (N, 1 + R + P, D)
        patches = states[:, self._first_patch :]
        return states[:, 0], patches.reshape(len(pictures), height // self.patch, width // self.patch, -1)

    def size(self, picture: RGB) -> tuple[int, int]:
        """(width, height) in which a picture is shown to the model: whole patches, the aspect kept as nearly."""
        height, width = picture.shape[:2]
        scale = SIDE / min(height, width)
        return self._whole(width * scale), self._whole(height * scale)

    def _whole(self, pixels: float) -> int:
        return max(1, round(pixels / self.patch)) * self.patch


def load() -> Encoder:
    """The encoder of the weights that are named now. Raises MissingExtra and UsageError."""
    with DINO.loading() as folder:
        return _loaded(folder, DINO.state)


@lru_cache(maxsize=1)
def _loaded(folder: Path, state: str) -> Encoder:
    return Encoder(folder)


def stirring(frame: Frame) -> NDArray[np.float32] | None:
    """(h, w) 0..1 where the picture moves by itself, beyond the camera's motion; None for the clip's first frame."""
    moved, camera = flow(frame), global_motion(frame)
    if moved is None or camera is None:
        return None
    carried = camera.at(grid(moved.vectors.shape[:2], 1))
    own = np.abs(to_heights(moved.vectors, moved.vectors.shape[0]) - carried) / moved.seconds
    return np.asarray(own > MOVES + PARALLAX * np.abs(carried) / moved.seconds, np.float32)


def background(patches: NDArray[np.float32], moves: NDArray[np.float32] | None) -> Vectors:
    """(D,) mean direction of the patches that mostly stand still; all nan where too few do, or motion is not known.

    Args:
        patches: (rows, columns, D).
        moves: (h, w) 0..1, of any size, see :func:`stirring`.
    """
    import cv2

    unknown = np.full(patches.shape[-1], np.nan, np.float32)
    if moves is None:
        return unknown
    still = cv2.resize(moves, patches.shape[1::-1], interpolation=cv2.INTER_AREA) < 0.5
    return unit(unit(patches[still]).mean(0)) if still.mean() >= ENOUGH else unknown
