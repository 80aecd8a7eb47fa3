"""Makes torchvision importable where its compiled half does not fit the installed torch.

open_clip and transformers import torchvision, and RAFT is part of it. The wheel from the package index is built for
CUDA: beside a torch for processors only, its library cannot be loaded, and the import ends in "operator
torchvision::nms does not exist". Nothing here uses its compiled operators, so their names alone are declared.
"""

from __future__ import annotations

from functools import cache

OPERATORS = ("nms", "qnms")
"""Those that torchvision describes to torch without asking whether they are there."""


@cache
def importable() -> None:
    """Call before anything that imports torchvision. Does nothing where it imports as it is, or is not installed."""
    try:
        import torchvision
    except ImportError:
        return
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        import torch

        for name in OPERATORS:
            torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision  # noqa: F401
