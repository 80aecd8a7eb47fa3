"""VBench's overall consistency: ViCLIP's likeness of eight frames of the clip to its prompt.

A cosine whose useful range is narrow: VBench takes 0.364 for the best that there is. ViCLIP reads 32 tokens of a prompt
and the central square of eight frames; number, left and right, order of events and what lies at the sides escape it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.likeness._torchvision import importable
from evalverse.tools.likeness._weights import LOADING, WeightsSettings
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.sample import frames_at
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Picture, Scene, Wishes, register
from evalverse.tools.rightness._files import WeightFile, device
from evalverse.tools.rightness._shrink import centre, shrunk

VICLIP = WeightFile(
    what="ViCLIP",
    variable="EVALVERSE_VBENCH_VICLIP",
    url="https://huggingface.co/OpenGVLab/VBench_Used_Models/resolve/main/ViClip-InternVid-10M-FLT.pth",
    cached=("vbench:ViCLIP/ViClip-InternVid-10M-FLT.pth",),
    packages=("torch", "open_clip"),
)
FRAMES, TOKENS = 8, 32
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def middles(frames: int) -> list[int]:
    """Which 8 of ``frames`` frames ViCLIP is shown: the middles of equal parts; the last again where they are fewer."""
    parts = min(FRAMES, frames)
    edges = np.linspace(0, frames, parts + 1).astype(int)
    found = [int(a + b - 1) // 2 for a, b in pairwise(edges)]
    return found + [found[-1]] * (FRAMES - parts)


class ViclipSettings(WeightsSettings):
    """What the clip is compared with."""

    sources = (VICLIP,)
    prompt: str | None = None


@register
class OverallConsistency(Operator):
    """How far the clip is what its prompt says, as VBench defines it."""

    name, version, title = "overall_consistency", "1", "Overall consistency (VBench)"
    needs = Needs(picture=Picture(height=2))
    Settings = ViclipSettings
    cost = 10.0
    measures = (
        Measure(
            name="vbench",
            title="Overall consistency (VBench)",
            unit="",
            low=-1,
            high=1,
            direction=Direction.HIGHER,
            definition="Cosine of ViCLIP's vectors of 8 frames, the middles of equal parts of the clip, and of the "
            "prompt. VBench takes 0 to 0.364 for its whole range.",
            source="Huang et al., VBench, CVPR 2024; Wang et al., InternVid, ICLR 2024",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._t = array("d")

    @classmethod
    def tune(cls, wishes: Wishes) -> OperatorSettings | None:
        prompt = wishes.prompt
        return ViclipSettings(prompt=prompt) if prompt and prompt.strip() else None

    @classmethod
    def lacks(cls) -> str | None:
        return VICLIP.lacks()

    def see(self, frame: Frame) -> None:
        self._t.append(frame.seconds)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        prompt = (self.settings.prompt or "").strip()
        if not prompt or not self._t:
            reason = "no frame of the picture could be decoded" if prompt else "the brief has no prompt"
            yield self.could_not("vbench", reason)
            return
        chosen = [self._t[i] for i in middles(len(self._t))]
        value, cut = likeness([centre(shrunk(f.rgb(), "bicubic")) for f in frames_at(self.clip, chosen)], prompt)
        words = f"ViCLIP finds the clip {number(value)} alike to its prompt"
        yield self.found("vbench", value, words=f"{words}{', of which it reads the beginning' if cut else ''}.")


def likeness(pictures: Sequence[RGB], prompt: str) -> tuple[float, bool]:
    """Cosine of eight (224, 224, 3) pictures and a prompt, and whether the prompt was cut off."""
    import torch

    with LOADING:
        model, tokenizer = _loaded(VICLIP.state)
    scaled = (np.stack(pictures).astype(np.float32) / 255 - MEAN) / DEVIATION
    tokens = tokenizer([prompt])[0]
    with torch.inference_mode():
        frames = torch.from_numpy(np.ascontiguousarray(scaled.transpose(0, 3, 1, 2)))
        value = model.likeness(frames.to(device()), tokens.to(device()))
    return value, len(tokenizer.encode(prompt)) + 2 > TOKENS


@lru_cache(maxsize=1)
def _loaded(state: str) -> tuple[Any, Any]:
    importable()
    from open_clip.tokenizer import SimpleTokenizer

    from evalverse.tools.rightness._viclip import Shape, ViClip

    model = ViClip(Shape())
    model.load_state_dict(VICLIP.tensors()["model"])
    return model.to(device()).eval(), SimpleTokenizer(context_length=TOKENS)
