"""Balance: where the weight of a picture lies, whether its subject keeps to thirds or to the middle, and symmetry.

Weight is visual attention (contrast to the picture's borders), not meaning; the largest head counts as the subject,
else the strongest attention does. None of this is a rule: it describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.composition._frame import HEIGHT, LOOKS, area, saliency
from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._models import heads
from evalverse.tools.people.heads import SURE
from evalverse.tools.picture._look import drawn_at, without_bars
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Track

POINTS = [(x, y) for x in (1 / 3, 2 / 3) for y in (1 / 3, 2 / 3)]
MIDDLE = (0.5, 0.5)
FLAT = 2.0
"""Standard deviation in 8-bit luma below which a picture is too plain to be mirrored."""


def lean(weight: NDArray[np.float32]) -> tuple[float, float]:
    """Where the weight (h, w) lies off the middle: (right, down), each -1 at one edge to 1 at the other."""
    y, x = (np.arange(size) + 0.5 for size in weight.shape)
    total = max(float(weight.sum()), 1e-12)
    across = float((weight.sum(axis=0) @ x) / total / weight.shape[1])
    down = float((weight.sum(axis=1) @ y) / total / weight.shape[0])
    return 2 * across - 1, 2 * down - 1


def peak(weight: NDArray[np.float32]) -> tuple[float, float]:
    """(x, y) in 0..1 of the strongest weight of (h, w)."""
    row, column = np.unravel_index(int(weight.argmax()), weight.shape)
    return (float(column) + 0.5) / weight.shape[1], (float(row) + 0.5) / weight.shape[0]


def from_thirds(x: float, y: float) -> float:
    """Distance of a place (x, y in 0..1) from the nearest crossing of the thirds, in pictures; 0.24 in the middle."""
    return min(float(np.hypot(x - a, y - b)) for a, b in POINTS)


def mirrored(grey: NDArray[np.uint8]) -> float | None:
    """Correlation of an (h, w) picture with its mirror image, left for right; None where it is plain."""
    import cv2

    small = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), max(1.0, grey.shape[0] / 60))
    if small.std() < FLAT:
        return None
    return float(np.corrcoef(small.ravel(), small[:, ::-1].ravel())[0, 1])


@register
class Balance(OnPeople):
    """Balance, thirds and symmetry."""

    name, version, title = "balance", "1", "Balance"
    needs = Needs(picture=LOOKS)
    cost = 1.0
    measures = (
        Measure(
            name="lean",
            title="Picture leans to one side",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Distance of the centre of visual attention from the middle, left or right: 0 in balance, 1 all "
            "at one edge; mean over a shot, the clip averages its shots by time.",
            source="Zhang et al. 2015 (border contrast)",
        ),
        Measure(
            name="from_thirds",
            title="Subject off the thirds",
            unit="pictures",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Distance of the subject (largest head, else the strongest attention) from the nearest crossing "
            "of the lines of thirds, in widths and heights; 0.24 in the very middle. Mean over time.",
            source="rule of thirds, Smith 1797, Remarks on rural scenery",
        ),
        Measure(
            name="from_middle",
            title="Subject off the middle",
            unit="pictures",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Distance of the subject from the middle of the picture, in widths and heights. Mean over time.",
        ),
        Measure(
            name="symmetry",
            title="Symmetry",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Correlation of the picture, softened, with its mirror image; 1 is symmetrical. Mean over time.",
        ),
    )
    WORDS: ClassVar[dict[str, str]] = {
        "lean": "The weight of the picture lies {} off the middle, on a scale to one.",
        "from_thirds": "The subject lies {} pictures off the nearest crossing of the thirds.",
        "from_middle": "The subject lies {} pictures off the middle.",
        "symmetry": "The picture resembles its mirror image by {}, on a scale to one.",
    }

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._track = Track(*self.WORDS, "x", "y")

    def see(self, frame: Frame) -> None:
        weight = saliency(frame)
        bounds = area(frame)
        believed = [head for head in heads(frame) if head.score >= SURE]
        if believed:
            middle = max(believed, key=lambda head: head.size).centre
            x, y = (middle[0] - bounds.left) / bounds.width, (middle[1] - bounds.top) / bounds.height
        else:
            x, y = peak(weight)
        same = mirrored(frame.grey(HEIGHT)[without_bars(frame.grey(HEIGHT))])
        self._track.add(
            frame.seconds,
            abs(lean(weight)[0]),
            from_thirds(x, y),
            float(np.hypot(x - MIDDLE[0], y - MIDDLE[1])),
            np.nan if same is None else same,
            (bounds.left + x * bounds.width) * frame.height / frame.width,
            bounds.top + y * bounds.height,
        )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._track.t
        if not len(t):
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        at = int(np.argsort(self._track["from_thirds"])[len(t) // 2])
        subject = float(self._track["x"][at]), float(self._track["y"][at])
        caption = f"thirds, and where the subject is at {number(float(t[at]))} s"
        picture = drawn_at(self, float(t[at]), lambda frame: _thirds(frame, *subject), caption)
        for measure, words in self.WORDS.items():
            y = self._track[measure]
            values = []
            for shot in scene.shots:
                of_shot = y[(t >= shot.span.start) & (t < shot.span.end) & np.isfinite(y)]
                if len(of_shot):
                    values.append((shot, float(of_shot.mean())))
            curve = self.curve(measure, t, y)
            yield from readings(
                self,
                scene,
                measure,
                values,
                mean_over_time,
                words.format,
                "the picture is plain",
                curve,
                picture=picture if measure == "from_thirds" else None,
            )


def _thirds(picture: RGB, x: float, y: float) -> None:
    """Draws the lines of thirds, and a cross at (x, y) in shares of the picture."""
    import cv2

    height, width = picture.shape[:2]
    for share in (1 / 3, 2 / 3):
        picture[round(share * (height - 1))] = picture[:, round(share * (width - 1))] = (200, 200, 200)
    cv2.drawMarker(picture, (round(x * width), round(y * height)), (255, 60, 60), cv2.MARKER_CROSS, height // 10, 2)
