"""VBench's motion smoothness: every other frame is dropped, made again by AMT of its neighbours, and compared.

It measures how well a network for interpolation can guess a frame. Fast, large or textured movement lowers it though
it is smooth; a still picture reaches 1; stutter that lasts for two frames or more is hardly seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.likeness._torchvision import importable
from evalverse.tools.likeness._weights import LOADING, WeightsSettings
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._track import Track
from evalverse.tools.rightness._files import WeightFile, device
from evalverse.tools.rightness._pad import cropped, padded
from evalverse.tools.rightness.temporal_flickering import difference, score

AMT = WeightFile(
    what="AMT-S",
    variable="EVALVERSE_VBENCH_AMT",
    url="https://huggingface.co/lalala125/AMT/resolve/main/amt-s.pth",
    cached=("vbench:amt_model/amt-s.pth",),
    packages=("torch", "vbench", "decord"),
    get_packages="pip install --no-deps vbench decord",
)
NETWORK = "vbench.third_party.amt.networks.AMT-S"
"""Module of VBench's own package, whose licence (CC BY-NC 4.0) does not allow it to be packed here."""
DIVISOR = 16


class AmtSettings(WeightsSettings):
    sources = (AMT,)


@register
class MotionSmoothness(Operator):
    """How well every other frame follows from its neighbours, as VBench defines it."""

    name, version, title = "motion_smoothness", "1", "Motion smoothness (VBench)"
    needs = Needs(picture=Picture(height="native"))
    Settings = AmtSettings
    cost = 2000.0
    measures = (
        Measure(
            name="vbench",
            title="Motion smoothness (VBench)",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="(255 - d) / 255, where d is the mean absolute difference, in 8-bit levels, between every other "
            "frame and what AMT-S makes of its two neighbours, over the whole clip, cuts included.",
            source="Huang et al., VBench, CVPR 2024; Li et al., AMT, CVPR 2023; network of the package vbench",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._kept: RGB | None = None
        self._middle: tuple[float, RGB] | None = None
        self._track = Track("difference")

    @classmethod
    def lacks(cls) -> str | None:
        return AMT.lacks()

    def see(self, frame: Frame) -> None:
        if frame.index % 2:
            self._middle = frame.seconds, frame.rgb()
            return
        picture = frame.rgb()
        if self._kept is not None and self._middle is not None:
            made = between(self._kept, picture)
            self._track.add(self._middle[0], difference(made, self._middle[1]))
        self._kept, self._middle = picture, None

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, differences = self._track.t, self._track["difference"]
        if not len(t):
            yield self.could_not("vbench", "it takes three frames to leave one out")
            return
        value, levels = score(differences), round(float(differences.mean()), 3)
        words = f"A frame made of its neighbours differs by {number(levels)} levels from the real one"
        yield self.found(
            "vbench",
            value,
            words=f"{words}: a score of {number(value)}.",
            curve=self.curve("vbench", t, (255 - differences) / 255),
            levels=levels,
            frames=len(t),
        )


def between(first: RGB, last: RGB) -> RGB:
    """What AMT makes of two (H, W, 3) uint8 pictures for the moment half-way; levels are cut off, as VBench does."""
    import torch

    with LOADING:
        model = _loaded(AMT.state)
    half = torch.full((1, 1, 1, 1), 0.5, device=device())
    with torch.inference_mode():
        one, other = ((padded(picture, DIVISOR) / 255).to(device()) for picture in (first, last))
        made = model(one, other, half, scale_factor=1.0, eval=True)["imgt_pred"]
    height, width = first.shape[:2]
    levels = cropped(made, height, width, DIVISOR)[0].permute(1, 2, 0) * 255
    return np.asarray(levels.cpu().numpy().clip(0, 255).astype(np.uint8))


@lru_cache(maxsize=1)
def _loaded(state: str) -> Any:
    importable()
    network = import_module(NETWORK).Model(corr_radius=3, corr_lvls=4, num_flows=3)
    network.load_state_dict(AMT.tensors()["state_dict"])
    return network.to(device()).eval()
