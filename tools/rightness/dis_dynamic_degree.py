"""Offline stand-in for VBench's dynamic degree: its rule on DIS flow instead of RAFT's.

DIS loses thin and very fast things and bridges plain areas, so the number is comparable with itself only. Pairs of
frames across a cut, which the published rule counts as movement, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._track import Track
from evalverse.tools.rightness._dynamic import fastest, interval_of, measures, readings


@register
class DisDynamicDegree(Operator):
    """Whether the clip moves, by VBench's rule on DIS flow."""

    name, version, title = "dis_dynamic_degree", "1", "Dynamic degree (DIS flow)"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 1.0
    measures = measures(
        "Flow: DIS (Kroeger et al. 2016) on luma 144 pixels high; pairs across a cut are left out.", vbench=False
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._interval = interval_of(self.clip)
        self._before: NDArray[np.uint8] | None = None
        self._track = Track("speed")

    def see(self, frame: Frame) -> None:
        import cv2

        if frame.index % self._interval:
            return
        now = frame.grey(FLOW_HEIGHT)
        speed = 0.0
        if self._before is not None and self._before.shape == now.shape:
            dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # type: ignore[attr-defined]
            flow = dis.calc(self._before, now, None)
            speed = 100 * fastest(flow) / min(now.shape)
        self._before = now
        self._track.add(frame.seconds, speed)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t, speeds = self._track.t, self._track["speed"]
        within = np.array([scene.shot_at(a) is scene.shot_at(b) for a, b in pairwise(t.tolist())], bool)
        yield from readings(self, t[1:][within], speeds[1:][within], len(t))
