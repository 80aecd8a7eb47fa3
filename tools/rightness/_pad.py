"""Pictures as tensors whose sides a network can halve several times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evalverse.tools.media.frame import RGB

if TYPE_CHECKING:
    from torch import Tensor


def margins(height: int, width: int, divisor: int) -> tuple[int, int, int, int]:
    """(left, right, top, bottom) pixels that make both sides multiples of ``divisor``, as evenly as they can be."""
    high, wide = -height % divisor, -width % divisor
    return wide // 2, wide - wide // 2, high // 2, high - high // 2


def padded(picture: RGB, divisor: int) -> Tensor:
    """(1, 3, h, w) float32 in 0..255 of an (H, W, 3) picture, its edges repeated outwards."""
    import torch

    height, width = picture.shape[:2]
    tensor = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()
    return torch.nn.functional.pad(tensor, margins(height, width, divisor), mode="replicate")


def cropped(tensor: Tensor, height: int, width: int, divisor: int) -> Tensor:
    """(..., height, width): what :func:`padded` had added is taken off."""
    left, _, top, _ = margins(height, width, divisor)
    return tensor[..., top : top + height, left : left + width]
