"""VBench's dynamic degree: whether a clip moves, by the speed of its fastest parts in RAFT flow.

It knows no sense of movement: a camera that shakes, flicker and cuts count as movement, a slow and telling gesture
does not. Its threshold is a distance per eighth of a second, relative to the picture's short side.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from evalverse.tools.evidence import Evidence
from evalverse.tools.likeness._torchvision import importable
from evalverse.tools.likeness._weights import LOADING, WeightsSettings
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._track import Track
from evalverse.tools.rightness._dynamic import fastest, interval_of, measures, readings
from evalverse.tools.rightness._files import WeightFile, device
from evalverse.tools.rightness._pad import padded

RAFT = WeightFile(
    what="RAFT",
    variable="EVALVERSE_VBENCH_RAFT",
    url="https://download.pytorch.org/models/raft_large_C_T_V1-22a6c225.pth",
    cached=("torch:raft_large_C_T_V1-22a6c225.pth",),
    packages=("torch", "torchvision"),
)
UPDATES = 20
SMALLEST = 128
"""Pixels of a side below which RAFT's pyramid of correlations has no top."""


class RaftSettings(WeightsSettings):
    sources = (RAFT,)


@register
class DynamicDegree(Operator):
    """Whether the clip moves, as VBench defines it."""

    name, version, title = "dynamic_degree", "1", "Dynamic degree (VBench)"
    needs = Needs(picture=Picture(height="native"))
    Settings = RaftSettings
    cost = 3000.0
    measures = measures(
        "Flow: RAFT (Teed and Deng 2020, trained on FlyingChairs and FlyingThings), 20 updates, at full size.",
        vbench=True,
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._interval = interval_of(self.clip)
        self._before: Any = None
        self._track = Track("speed")

    @classmethod
    def lacks(cls) -> str | None:
        return RAFT.lacks()

    def see(self, frame: Frame) -> None:
        if frame.index % self._interval or min(frame.width, frame.height) < SMALLEST:
            return
        now = prepared(frame.rgb())
        speed = 0.0
        if self._before is not None:
            speed = 100 * fastest(self._flow(self._before, now)) / min(frame.width, frame.height)
        self._before = now
        self._track.add(frame.seconds, speed)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        picture = self.clip.picture
        if picture is not None and min(picture.width, picture.height) < SMALLEST:
            yield from self.could_not_at_all(f"RAFT takes pictures of at least {SMALLEST} by {SMALLEST} pixels")
            return
        t, speeds = self._track.t, self._track["speed"]
        yield from readings(self, t[1:], speeds[1:], len(t))

    @staticmethod
    def _flow(before: Any, now: Any) -> Any:
        """(h, w, 2) flow in pixels between two prepared pictures."""
        import torch

        with LOADING:
            model = _loaded(RAFT.state)
        with torch.inference_mode():
            flows = model(before.to(device()), now.to(device()), num_flow_updates=UPDATES)
        return flows[-1][0].permute(1, 2, 0).float().cpu().numpy()


def prepared(picture: RGB) -> Any:
    """(1, 3, h, w) float32 in -1..1 of an (H, W, 3) picture, sides padded to multiples of 8, as VBench leaves it."""
    return padded(picture, 8) / 127.5 - 1


@lru_cache(maxsize=1)
def _loaded(state: str) -> Any:
    importable()
    from torchvision.models.optical_flow import raft_large

    network = raft_large(weights=None, progress=False)
    network.load_state_dict(dict(RAFT.tensors()))
    return network.to(device()).eval()
