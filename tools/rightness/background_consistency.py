"""VBench's background consistency: CLIP vectors of all frames, against the frame before and the first.

CLIP sees the central square of the whole picture, not the background alone: what it says of the background is that
little in the scene has changed. Cuts lower it, a frozen picture reaches 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.likeness._open_clip import clip_source, load, repository
from evalverse.tools.likeness._weights import WeightsSettings
from evalverse.tools.media.frame import RGB
from evalverse.tools.operator import Needs, Picture, register
from evalverse.tools.rightness._consistency import Consistency, measures

OPENAI = {"ViT-B-32:openai": "timm/vit_base_patch32_clip_224.openai"}
"""The default, so that looking for it does not import open_clip, which takes seconds."""


def _repository(name: str) -> str:
    return OPENAI.get(name) or repository(name)


CLIP_B32 = replace(clip_source("CLIP ViT-B/32", "EVALVERSE_VBENCH_CLIP", "ViT-B-32:openai"), resolve=_repository)


class ClipSettings(WeightsSettings):
    sources = (CLIP_B32,)


@register
class BackgroundConsistency(Consistency):
    """Whether the scene stays the same, as VBench defines it."""

    name, version, title = "background_consistency", "1", "Background consistency (VBench)"
    needs = Needs(picture=Picture(height="native"))
    Settings = ClipSettings
    cost = 80.0
    subject, shrinks = "The scene", "bicubic"
    measures = measures(
        "Background consistency", "CLIP ViT-B/32", "Huang et al., VBench, CVPR 2024; Radford et al., CLIP, ICML 2021"
    )

    @classmethod
    def lacks(cls) -> str | None:
        return CLIP_B32.lacks()

    def vectors(self, pictures: Sequence[RGB]) -> NDArray[np.float32]:
        return load(CLIP_B32).pictures(pictures)
