"""Subject outline: how far the background is out of focus, and whether a lens or a pair of scissors did it.

Behind a person in focus a lens blurs the background alone, right up to the outline. A blur by computer smears the
person's own colours into the background (a halo), and a careless mask leaves a rim of sharp background around them.
Hair, transparent cloth, a rim light and a wall close behind the person blur the difference; the mask itself is a few
pixels wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.sample import frame_at
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import LOOKS, OnPeople
from evalverse.tools.people._marks import RED
from evalverse.tools.people._models import SIDE, heads, look_height, people
from evalverse.tools.people.heads import Head, believed
from evalverse.tools.picture._shots import mean_over_time, medians, readings, worst

SMALLEST, LARGEST = 0.03, 0.9
"""Share of the picture that people must cover."""
HALO = (0.006, 0.014)
RIM, BEHIND, WITHIN = (0.01, 0.025), (0.05, 0.1), (0.01, 0.04)
OWN, FAR = (0.008, 0.04), (0.06, 0.12)
"""Distances from the outline, in picture heights: bands in which something is read, and the colours on either side."""
SPREAD = 0.025
"""Picture heights over which those colours are averaged along the outline."""
CONTRAST = 12.0
"""8-bit L*a*b* by which person and background must differ before a halo can be told."""
FEWEST = 150
FINE = 1.2
"""Pixels: scale of the detail that is compared."""
EVERY = 0.9
"""Seconds between two outlines that are read."""
POINTED = 0.4


class Outline(NamedTuple):
    """What is read off one picture; nan where a band is too small or the colours are alike."""

    halo: float
    rim: float
    depth: float


def outline(picture: RGB, mask: NDArray[np.floating]) -> Outline | None:
    """Halo, rim and depth of focus around the people of a picture (h, w, 3); None where they fill none or all of it.

    Args:
        mask: (h, w) 0..1, where people are.
    """
    import cv2

    inside = (mask > 0.5).astype(np.uint8)
    if not SMALLEST < inside.mean() < LARGEST:
        return None
    high = picture.shape[0]
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    within, beyond = (cv2.distanceTransform(part, cv2.DIST_L2, 5) / high for part in (inside, 1 - inside))

    def band(distance: NDArray[np.floating], limits: tuple[float, float]) -> NDArray[np.bool_]:
        return np.asarray((distance > limits[0]) & (distance < limits[1]))

    own, own_near = _around(lab, band(within, OWN), SPREAD * high)
    far, far_near = _around(lab, band(beyond, FAR), SPREAD * high)
    towards = own - far
    told = band(beyond, HALO) & own_near & far_near & (np.linalg.norm(towards, axis=2) > CONTRAST)
    halo = float("nan")
    if told.sum() >= FEWEST:
        share = ((lab - far)[told] * towards[told]).sum(axis=1) / (towards[told] ** 2).sum(axis=1)
        halo = float(np.median(share))
    detail = (lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), FINE)) ** 2

    def energy(chosen: NDArray[np.bool_]) -> float:
        return float(detail[chosen].mean()) + 1e-3 if chosen.sum() >= FEWEST else float("nan")

    behind = energy(band(beyond, BEHIND))
    rim, depth = (np.log2(energy(part) / behind) / 2 for part in (band(beyond, RIM), band(within, WITHIN)))
    return Outline(halo, float(rim), float(depth))


def _around(
    lab: NDArray[np.float32], chosen: NDArray[np.bool_], sigma: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The mean colour (h, w, 3) of ``chosen`` pixels around each place, and where there are enough of them."""
    import cv2

    weight = cv2.GaussianBlur(chosen.astype(np.float32), (0, 0), sigma)
    mean = cv2.GaussianBlur(lab * chosen[..., None], (0, 0), sigma) / np.maximum(weight, 1e-4)[..., None]
    return np.asarray(mean, np.float32), np.asarray(weight > 0.02)


@register
class SubjectOutline(OnPeople):
    """Blur behind people, and what happens at their outline."""

    name, version, title = "subject_outline", "1", "Outline of people"
    needs = Needs(picture=LOOKS)
    cost = 1.0
    measures = (
        Measure(
            name="halo",
            title="Halo around people",
            unit="",
            direction=Direction.LOWER,
            definition=f"Share of the person's colour in the background {100 * HALO[0]:.1f} to {100 * HALO[1]:.1f} % "
            "of the height beyond the outline, between the background farther out (0) and the person (1): median along "
            "the outline, median over a shot. Negative: the other way, as sharpening does. The clip takes its worst "
            "shot.",
            source="outline: MediaPipe selfie segmentation",
        ),
        Measure(
            name="rim",
            title="Sharp rim around people",
            unit="octaves",
            direction=Direction.LOWER,
            definition=f"Fine detail (RMS of lightness less its blur over {FINE} pixels of {SIDE}) in the background "
            f"{100 * RIM[0]:g} to {100 * RIM[1]:g} % of the height beyond the outline, over that {100 * BEHIND[0]:g} "
            f"to {100 * BEHIND[1]:g} % beyond it, in powers of two; median over a shot. The clip takes its worst shot.",
            source="outline: MediaPipe selfie segmentation",
        ),
        Measure(
            name="depth",
            title="People sharper than what is behind them",
            unit="octaves",
            direction=Direction.NEUTRAL,
            definition=f"As rim, of the person {100 * WITHIN[0]:g} to {100 * WITHIN[1]:g} % of the height inside the "
            "outline instead: a shallow depth of field reads 2 and more, unless the wall behind is bare. The clip "
            "averages its shots by time.",
            source="outline: MediaPipe selfie segmentation",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._read: dict[float, Outline] = {}

    def see(self, frame: Frame) -> None:
        found = heads(frame)
        self._looks.append((frame.seconds, found))
        if found and frame.seconds >= max(self._read, default=-EVERY) + EVERY:
            read = outline(frame.rgb(look_height(frame)), people(frame))
            if read is not None:
                self._read[frame.seconds] = read

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        sure = believed(self._looks, scene.shots)
        seen = [(t, read) for t, read in self._read.items() if t in sure]
        words = {
            "halo": "Right beside people the background takes on {} of their colour.",
            "rim": "Right beside people the background is {} octaves sharper than farther out.",
            "depth": "People are {} octaves sharper than what is behind them.",
        }
        for measure in self.measures:
            name, total = measure.name, worst if measure.direction == Direction.LOWER else mean_over_time
            line = [(t, value) for t, read in seen if np.isfinite(value := getattr(read, name))]
            values = medians(line, scene.shots)
            absent = "no head is found, people fill nearly nothing or everything, or they look like what is behind them"
            curve = self.curve(name, *np.array(line).T) if line else None
            yield from readings(self, scene, name, values, total, words[name].format, absent, curve)
        halos = [(read.halo, t) for t, read in seen if np.isfinite(read.halo)]
        if halos and max(halos)[0] >= POINTED:
            value, at = max(halos)
            yield self.found(
                "halo",
                value,
                span=Span(start=at, end=at),
                shot=scene.shot_at(at),
                words=words["halo"].format(number(value)),
                confidence=0.5,
                picture=self._shown(at),
                seconds=round(at, 4),
            )

    def _shown(self, seconds: float) -> Blob:
        """The frame with the outline along which was read."""
        import cv2

        frame = frame_at(self.clip, seconds)
        picture = frame.rgb(look_height(frame)).copy()
        inside = (people(frame) > 0.5).astype(np.uint8)
        around, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, around, -1, RED, 1)
        return self.ledger.put_picture(picture, f"the outline at {number(seconds)} s")
