"""VBench's imaging quality: MUSIQ, trained on SPAQ, on all frames.

MUSIQ learned from photographs of phones: noise, blur, over-exposure. It marks grain, shallow focus and low key down
though they are meant, sees no fault that is only in time, and works on frames of at most 512 pixels, where fine
compression noise is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Measure
from evalverse.tools.likeness._torchvision import importable
from evalverse.tools.likeness._weights import LOADING, WeightsSettings
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Picture, register
from evalverse.tools.rightness._files import WeightFile, device
from evalverse.tools.rightness._marks import Marks

MUSIQ = WeightFile(
    what="MUSIQ (SPAQ)",
    variable="EVALVERSE_VBENCH_MUSIQ",
    url="https://huggingface.co/chaofengc/IQA-PyTorch-Weights/resolve/main/musiq_spaq_ckpt-358bb6af.pth",
    cached=("vbench:pyiqa_model/musiq_spaq_ckpt-358bb6af.pth", "torch:../pyiqa/musiq_spaq_ckpt-358bb6af.pth"),
    packages=("torch", "pyiqa"),
    get_packages="pip install pyiqa",
)
LONGEST = 512


def size(height: int, width: int) -> tuple[int, int]:
    """(height, width) in which VBench shows a picture to MUSIQ: the longer side at most 512, never enlarged."""
    scale = min(1.0, LONGEST / max(height, width))
    return int(scale * height), int(scale * width)


class MusiqSettings(WeightsSettings):
    sources = (MUSIQ,)


@register
class ImagingQuality(Marks):
    """How well recorded the frames are, as VBench defines it."""

    name, version, title = "imaging_quality", "1", "Imaging quality (VBench)"
    needs = Needs(picture=Picture(height="native"))
    Settings = MusiqSettings
    cost = 600.0
    batch = 1  # native pictures must not pile up
    sentence = "MUSIQ marks the recording of the frames {} of 100 on average."
    measures = (
        Measure(
            name="vbench",
            title="Imaging quality (VBench)",
            unit="",
            low=0,
            high=100,
            direction=Direction.HIGHER,
            definition="Mean over all frames of MUSIQ trained on SPAQ, on the frame with its longer side at most 512 "
            "pixels. VBench divides the mean over clips, not that of a clip, by 100.",
            source="Huang et al., VBench, CVPR 2024; Ke et al., MUSIQ, ICCV 2021; network of pyiqa",
        ),
    )

    @classmethod
    def lacks(cls) -> str | None:
        return MUSIQ.lacks()

    def shown(self, frame: Frame) -> RGB:
        return frame.rgb()

    def marks(self, pictures: Sequence[RGB]) -> NDArray[np.floating]:
        import torch

        with LOADING:
            model = _loaded(MUSIQ.state)
        batch = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float()
        target = size(*batch.shape[-2:])
        if target != tuple(batch.shape[-2:]):
            batch = torch.nn.functional.interpolate(batch, target, mode="bilinear", antialias=True)
        with torch.inference_mode():
            found = model((batch / 255).to(device()))
        return np.asarray(found.double().cpu().numpy().reshape(-1))


@lru_cache(maxsize=1)
def _loaded(state: str) -> Any:
    importable()
    from pyiqa.archs.musiq_arch import MUSIQ as Network  # noqa: N811

    network = Network(pretrained=False, num_class=1)
    network.load_state_dict({name.removeprefix("module."): tensor for name, tensor in MUSIQ.tensors().items()})
    return network.to(device()).eval()
