"""Contrast: how much of the tonal scale the picture uses, and where on it the picture lives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import drawn_at, without_bars
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Track, within

SHADOWS, HIGHLIGHTS = 64, 192
"""8-bit luma between which a tone is a midtone: the middle half of the scale."""


def tones(grey: NDArray[np.uint8]) -> tuple[float, float, float]:
    """(tonal range 0..1, RMS contrast 0..0.5, % of midtones) of an (h, w) picture."""
    counts = np.bincount(grey.ravel(), minlength=256) / grey.size
    total = np.cumsum(counts)
    low, high = np.searchsorted(total, 0.01), np.searchsorted(total, 0.99)
    scale = np.arange(256) / 255
    mean = counts @ scale
    deviation = np.sqrt(max(0.0, float(counts @ scale**2 - mean**2)))
    return (int(high) - int(low)) / 255, float(deviation), 100 * float(counts[SHADOWS:HIGHLIGHTS].sum())


@register
class Contrast(Operator):
    """Tonal range, RMS contrast and the share of midtones."""

    name, version, title = "contrast", "1", "Contrast"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT, rate=5))
    cost = 0.2
    measures = (
        Measure(
            name="tonal_range",
            title="Tonal range",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="Distance between the 1st and the 99th percentile of luma as a share of the scale from black "
            "to white, without black bars, averaged over time. Fog and night legitimately use little of it.",
            source="luma: ITU-R BT.601",
        ),
        Measure(
            name="rms_contrast",
            title="Overall contrast",
            unit="",
            low=0,
            high=0.5,
            direction=Direction.NEUTRAL,
            definition="Standard deviation of luma (0..1) over the picture, averaged over time.",
            source="Peli 1990, Contrast in complex images",
        ),
        Measure(
            name="midtone_share",
            title="Midtones",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Pixels in the middle half of the luma scale, averaged over time; low-key and high-key pictures "
            "and hard light have few.",
            source="luma: ITU-R BT.601",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._tones = Track("tonal_range", "rms_contrast", "midtone_share")

    def see(self, frame: Frame) -> None:
        grey = frame.grey(FLOW_HEIGHT)
        self._tones.add(frame.seconds, *tones(grey[without_bars(grey)]))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._tones.t
        sentences = {
            "tonal_range": "The tones span {} of the scale from black (0) to white (1).",
            "rms_contrast": "The overall contrast (standard deviation of luma) is {}.",
            "midtone_share": "{} % of the picture lies in the midtones.",
        }
        for measure, sentence in sentences.items():
            values, picture = self._tones[measure], None
            if len(t) and measure == "tonal_range":
                at = float(t[np.argsort(values)[len(t) // 2]])
                picture = drawn_at(self, at, _histogram, f"the tones at {number(at)} s, from black to white")
            shown = [(shot, within(t, shot)) for shot in scene.shots]
            yield from readings(
                self,
                scene,
                measure,
                [(shot, values[chosen].mean()) for shot, chosen in shown if len(chosen)],
                mean_over_time,
                sentence.format,
                absent="no frame of the picture could be decoded",
                curve=self.curve(measure, t, values) if len(t) else None,
                picture=picture,
            )


def _histogram(picture: RGB) -> None:
    """Draws how often each tone occurs, from black to white, along the lower edge of a picture (h, w, 3)."""
    import cv2

    height, width = picture.shape[:2]
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    often = np.histogram(luma, bins=64, range=(0, 256))[0]
    tall = np.rint(height / 4 * often / max(often.max(), 1)).astype(int)
    for column in range(width):
        picture[height - tall[column * 64 // width] :, column] = (255, 255, 255)
