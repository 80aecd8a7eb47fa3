"""Stereo field: balance, width, and whether left and right cancel each other. Front left and right of surround sound.

What it does not know: where in the picture a source is, and whether a one-sided sound is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, centres, decibels, lacking, powers, runs

HOP = 0.1
AUDIBLE = -70.0
"""dBFS below which a moment does not count."""
CANCELLING, LASTING = -0.3, 0.5
"""Correlation and seconds from which on cancelling is pointed at."""
MOST = 60.0
"""dB of imbalance at which one side is silent."""
EQUAL = 0.1
"""dB of imbalance that nobody hears."""
MOMENTS = 3


def front(layout: str, channels: int) -> tuple[int, int] | None:
    """Columns of front left and right; None for mono."""
    names = [c.name for c in av.AudioLayout(layout).channels] if layout else []
    if len(names) == channels and "FL" in names and "FR" in names:
        return names.index("FL"), names.index("FR")
    return (0, 1) if channels == 2 else None


def energies(samples: Samples, rate: int, pair: tuple[int, int]) -> Series:
    """(M, 3) mean squares of left and right, and their mean product, every 0.1 s, of (N, C)."""

    def mixed(block: Series) -> Series:
        left, right = block[:, pair[0]], block[:, pair[1]]
        return np.column_stack([left, right, left + right])

    left, right, both = powers(samples, rate, HOP, mixed).T
    return np.column_stack([left, right, (both - left - right) / 2])


@register
class Stereo(Operator):
    """Balance, width and correlation of left and right."""

    name, version, title = "stereo", "1", "Stereo field"
    needs = Needs(sound=True)
    cost = 0.1
    measures = (
        Measure(
            name="imbalance",
            title="Imbalance of left and right",
            unit="dB",
            low=0,
            high=MOST,
            direction=Direction.LOWER,
            definition="Difference of the levels of left and right over the whole sound; 60 when one side is silent.",
        ),
        Measure(
            name="correlation",
            title="Left against right",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Correlation of left and right: 1 is mono, 0 wide, below 0 they cancel when summed to mono. "
            "The curve has a value per 0.1 s.",
        ),
        Measure(
            name="width",
            title="Width",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Share of the difference signal (left minus right) in the energy of both: 0 is mono, 50 is "
            "independent sides, 100 is all out of phase.",
        ),
        Measure(
            name="cancelling",
            title="Time out of phase",
            unit="%",
            low=0,
            high=100,
            direction=Direction.LOWER,
            definition="Audible time in which the correlation of left and right is below -0.3.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 2 * HOP), sound.start
        pair = front(sound.layout, sound.samples.shape[1])
        if self._why is None and pair is None:
            self._why = "the sound is mono" if sound.samples.shape[1] == 1 else "it has no left and right"
        if self._why is None and pair is not None:
            self._energy = energies(sound.samples, sound.rate, pair)
            if not self._energy[:, :2].any():
                self._why = "left and right are silent"

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        left, right, product = self._energy.mean(axis=0)
        level = decibels([left, right])
        by = min(MOST, float(abs(level[0] - level[1])))
        louder = "left" if left > right else "right"
        words = f"The {louder} side is {number(by)} dB louder." if by > EQUAL else "Both sides are equally loud."
        yield self.found("imbalance", by, words=words)
        alike = self._energy[:, 2] / np.sqrt(np.maximum(self._energy[:, 0] * self._energy[:, 1], 1e-20))
        audible = decibels(self._energy[:, :2].max(axis=1)) > AUDIBLE
        t = centres(len(alike), HOP, HOP, self._start)
        whole = float(np.clip(product / np.sqrt(max(left * right, 1e-20)), -1, 1))
        curve = self.curve("correlation", t[audible], np.clip(alike[audible], -1, 1)) if audible.any() else None
        yield self.found("correlation", whole, words=f"Left and right correlate by {number(whole)}.", curve=curve)
        width = 100 * float(np.clip((left + right - 2 * product) / (2 * (left + right)), 0, 1))
        yield self.found("width", width, words=f"{number(width)} % of the energy is stereo difference.")
        yield from self._cancelling(audible, audible & (alike < CANCELLING))

    def _cancelling(self, audible: np.ndarray, out: np.ndarray) -> Iterator[Evidence]:
        if not audible.any():
            yield self.could_not("cancelling", "nothing is audible")
            return
        share = 100 * float(out.sum() / audible.sum())
        yield self.found("cancelling", share, words=f"Left and right cancel for {number(share)} % of the time.")
        long = sorted((p for p in runs(out) if (p[1] - p[0]) * HOP >= LASTING), key=lambda p: p[0] - p[1])[:MOMENTS]
        for first, end in sorted(long):
            span = Span(start=round(self._start + HOP * first, 3), end=round(self._start + HOP * end, 3))
            yield self.found("cancelling", 100.0, span=span, words="Left and right cancel here.")
