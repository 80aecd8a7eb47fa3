"""VBench's aesthetic quality: LAION's linear predictor on CLIP ViT-L/14 vectors of all frames.

The predictor learned from marks that people gave to pictures of the web and of image models: it likes what is
saturated, glossy and centred. It sees the central square of stills, knows no intent, and is no judge of films whose
look is meant to be plain, dark or ugly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evalverse.errors import OperatorError
from evalverse.tools.evidence import Direction, Measure
from evalverse.tools.likeness._open_clip import clip_source, load
from evalverse.tools.likeness._weights import WeightsSettings
from evalverse.tools.likeness.aesthetic import Head
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Picture, register
from evalverse.tools.rightness._files import WeightFile, lacking
from evalverse.tools.rightness._marks import Marks
from evalverse.tools.rightness._shrink import shrunk

CLIP_L14 = clip_source("CLIP ViT-L/14", "EVALVERSE_VBENCH_CLIP_L14", "ViT-L-14:openai")
PREDICTOR = WeightFile(
    what="LAION aesthetic predictor",
    variable="EVALVERSE_VBENCH_AESTHETIC",
    url="https://raw.githubusercontent.com/LAION-AI/aesthetic-predictor/main/sa_0_4_vit_l_14_linear.pth",
    cached=("vbench:aesthetic_model/emb_reader/sa_0_4_vit_l_14_linear.pth", "torch:sa_0_4_vit_l_14_linear.pth"),
)


class AestheticSettings(WeightsSettings):
    sources = (CLIP_L14, PREDICTOR)


@register
class AestheticQuality(Marks):
    """How pleasing the frames are, as VBench defines it."""

    name, version, title = "aesthetic_quality", "1", "Aesthetic quality (VBench)"
    needs = Needs(picture=Picture(height="native"))
    Settings = AestheticSettings
    cost = 700.0
    sentence = "LAION's predictor marks the frames {} on average, on a scale of about 0.1 to 1."
    measures = (
        Measure(
            name="vbench",
            title="Aesthetic quality (VBench)",
            unit="",
            direction=Direction.HIGHER,
            definition="Mean over all frames of LAION's linear aesthetic predictor on the unit vector of CLIP ViT-L/14 "
            "(OpenAI), which gives marks of about 1 to 10, divided by 10. Not bounded.",
            source="Huang et al., VBench, CVPR 2024; LAION-AI/aesthetic-predictor, sa_0_4_vit_l_14_linear",
        ),
    )

    @classmethod
    def lacks(cls) -> str | None:
        return lacking(CLIP_L14, PREDICTOR)

    def shown(self, frame: Frame) -> RGB:
        return shrunk(frame.rgb(), "bicubic")

    def marks(self, pictures: Sequence[RGB]) -> NDArray[np.floating]:
        return _predictor(PREDICTOR.state)(load(CLIP_L14).pictures(pictures)) / 10


@lru_cache(maxsize=1)
def _predictor(state: str) -> Head:
    found = {name: tensor.float().numpy() for name, tensor in PREDICTOR.tensors().items()}
    if set(found) != {"weight", "bias"}:
        raise OperatorError(f"{PREDICTOR.variable} names a file that is not LAION's linear predictor")
    return Head(found)
