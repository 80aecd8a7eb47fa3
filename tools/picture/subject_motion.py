"""Subject motion: what moves in the picture once the camera's own motion is taken out, how much, how fast and when.

Residual dense flow after the global model of :mod:`evalverse.tools.motion_model`, on textured places only. With a
moving camera, things nearer than the background move against it too (parallax) and count as motion.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT, Flow, block_means, flow
from evalverse.tools.media.frame import Frame
from evalverse.tools.motion_model import GlobalMotion, global_motion, grid, texture, to_heights
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Series, Track, smooth, steps

BLOCK = 4
"""Pixels of the flow field that are averaged: single vectors are noisy."""
SLOWEST = 0.03
"""Frame heights per second below which nothing moves."""
SHARPEST_STEP = 0.0008
"""Frame heights from one frame to the next that flow can tell from noise."""
PARALLAX = 0.1
"""Share of the camera's own motion at a place that does not count as motion of what is there."""
STIRS = 0.5
"""% of the picture that must move for the picture to count as moving."""
TEXTURED = 0.01
"""Share of the picture that must have texture for motion to be told."""
PEAKS, APART = 8, 0.7
"""How many moments of strongest motion are named, and how many seconds lie between two of them."""
MOMENTS = 3


def moving(moved: Flow, camera: GlobalMotion, textured: NDArray[np.float32]) -> tuple[float, float, float]:
    """(amount of motion, speed of what moves, both in % of frame height per second; % of the picture that moves).

    The amount is the mean speed over the textured picture, the speed the upper quartile over what moves: flow wanes
    towards the edges of things.

    Args:
        moved: dense flow (h, w, 2).
        camera: the global model of the same pair of frames.
        textured: (h, w) trust in the flow, 0..1.
    """
    height, width = moved.vectors.shape[:2]
    here = to_heights(block_means(moved.vectors, BLOCK), height)
    trust = block_means(textured, BLOCK)
    carried = camera.at(grid(textured.shape, BLOCK)[: height // BLOCK, : width // BLOCK])
    speed = np.abs(here - carried) / moved.seconds
    least = max(SLOWEST, SHARPEST_STEP / moved.seconds)
    moves = (speed > least + PARALLAX * np.abs(carried) / moved.seconds) & (trust > 0)
    if not moves.any():
        return 0.0, 0.0, 0.0
    total = float(trust.sum())
    share = 100 * float(trust[moves].sum()) / total
    return 100 * float((trust * speed)[moves].sum()) / total, 100 * float(np.percentile(speed[moves], 75)), share


def peaks(y: Series, t: Series, most: int = PEAKS) -> list[int]:
    """Indices of the highest local maxima of ``y`` (N,), at least :data:`APART` seconds from each other."""
    left = y.copy()
    found: list[int] = []
    while len(found) < most:
        top = int(left.argmax())
        if left[top] <= 0:
            break
        found.append(top)
        left[np.abs(t - t[top]) < APART] = 0
    return found


@register
class SubjectMotion(Operator):
    """Amount, speed, extent and peaks of motion that is not the camera's."""

    name, version, title = "subject_motion", "1", "Subject motion"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 1.5
    measures = (
        Measure(
            name="amount",
            title="Amount of motion",
            unit="% of height/s",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Mean speed against the camera's motion over the textured picture (0 where nothing moves), "
            "averaged over time. The data list the peaks.",
        ),
        Measure(
            name="speed",
            title="Speed of what moves",
            unit="% of height/s",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Upper quartile of the speed of the places that move against the camera's motion by more than "
            "3 % of the frame's height per second, averaged over the time in which something moves.",
        ),
        Measure(
            name="moving_area",
            title="Share of the picture that moves",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Share of the textured picture that moves against the camera's motion, averaged over time.",
        ),
        Measure(
            name="still_share",
            title="Time without motion",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Share of the time in which less than half a per cent of the picture moves by itself.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._motion = Track("amount", "speed", "area", "textured")

    def see(self, frame: Frame) -> None:
        moved, camera = flow(frame), global_motion(frame)
        if moved is None or camera is None or frame.previous is None or moved.seconds <= 0:
            self._motion.add(frame.seconds, 0, 0, 0, 0)
            return
        textured = texture(frame.previous)
        self._motion.add(frame.seconds, *moving(moved, camera, textured), float(textured.mean()))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._motion.t
        area, speed = self._motion["area"], self._motion["speed"]
        sure = self._motion["textured"] > TEXTURED
        seen = [(shot, steps(t, scene, shot)) for shot in scene.shots]
        told = [(shot, chosen[sure[chosen]]) for shot, chosen in seen]
        told = [(shot, chosen) for shot, chosen in told if len(chosen)]
        if not told:
            enough = any(len(chosen) for _, chosen in seen)
            reason = "the picture has no texture to follow" if enough else "too few frames to see motion"
            yield from self.could_not_at_all(reason)
            return
        amount = np.zeros_like(t)
        for _, chosen in told:
            amount[chosen] = smooth(self._motion["amount"][chosen], t[chosen], 0.2)
        tops = peaks(amount, t)
        yield from readings(
            self,
            scene,
            "amount",
            [(shot, amount[chosen].mean()) for shot, chosen in told],
            mean_over_time,
            lambda n: f"Apart from the camera, the picture moves by {n} % of its height a second.",
            curve=self.curve("amount", t, amount),
            peaks=[{"seconds": round(float(t[i]), 3), "amount": round(float(amount[i]), 2)} for i in tops],
        )
        for place, i in enumerate(tops[:MOMENTS]):
            now, before = float(t[i]), float(t[max(0, i - 1)])
            yield self.found(
                "amount",
                amount[i],
                span=Span(start=float(t[i]), end=float(t[i])),
                shot=scene.shot_at(float(t[i])),
                words=f"Strong motion: {number(float(amount[i]))} % of the picture's height a second.",
                picture=pair_at(self, before, now, f"what moves at {number(now)} s") if place == 0 else None,
            )
        lively = [(shot, chosen[area[chosen] > STIRS]) for shot, chosen in told]
        yield from readings(
            self,
            scene,
            "speed",
            [(shot, speed[chosen].mean()) for shot, chosen in lively if len(chosen)],
            mean_over_time,
            lambda n: f"What moves, moves at {n} % of the picture's height a second.",
            absent="nothing moves by itself",
            curve=self.curve("speed", t, speed),
        )
        yield from readings(
            self,
            scene,
            "moving_area",
            [(shot, area[chosen].mean()) for shot, chosen in told],
            mean_over_time,
            lambda n: f"{n} % of the picture moves by itself.",
            curve=self.curve("moving_area", t, area),
        )
        yield from readings(
            self,
            scene,
            "still_share",
            [(shot, 100 * float((area[chosen] <= STIRS).mean())) for shot, chosen in told],
            mean_over_time,
            lambda n: f"For {n} % of the time nothing moves by itself.",
        )
