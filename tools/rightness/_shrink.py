"""Pictures made as small as VBench's backbones see them, before they wait for their batch."""

from __future__ import annotations

from typing import Literal

import numpy as np

from evalverse.tools.media.frame import RGB

SHORT_SIDE = 224

Filter = Literal["bilinear", "bicubic"]


def shrunk(picture: RGB, how: Filter) -> RGB:
    """An (H, W, 3) uint8 picture with its short side 224 pixels, as PIL resizes it (antialiased), not cropped.

    VBench does this where it reads frames (``dino_transform_Image``, ``clip_transform_Image``). Where it reads clips it
    does the same on tensors, whose result depends on the version of torchvision.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    short = min(height, width)
    size = int(SHORT_SIDE * width / short), int(SHORT_SIDE * height / short)
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    return np.asarray(Image.fromarray(picture).resize(size, filters[how]))


def centre(picture: RGB, side: int = SHORT_SIDE) -> RGB:
    """The central ``side`` by ``side`` pixels of an (h, w, 3) picture, placed as torchvision places them."""
    top, left = (round((length - side) / 2) for length in picture.shape[:2])
    return picture[top : top + side, left : left + side]
