"""Ambience: whether the bed of sound, the air of the place, runs on over the cuts.

The bed is what remains between voices and effects: a low percentile of level in bands of the spectrum. It is compared
on both sides of every cut, and with itself at moments without a cut, since beds waver. What it does not know: whether
a cut goes to another place, where the bed may change; then a jump is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._cuts import cuts, shots
from evalverse.tools.sound._wave import Series, decibels, lacking

RATE, WINDOW, HOP_SAMPLES = 16000, 640, 320
HOP = HOP_SAMPLES / RATE
BANDS, LOWEST, HIGHEST = 12, 100.0, 7900.0
SILENT = -90.0
"""dBFS per band under which nothing is heard."""
REACH, GAP, LEAST = 100, 3, 40
"""Frames of 20 ms that are looked at on either side of a cut, left out beside it, and needed at least."""
BED = 5
"""Percentile of level that is the bed: even running speech leaves it free."""
BETWEEN = 10
"""Frames between the moments without a cut at which the bed is compared with itself."""
HEARD = 3.0
"""dB beyond its own wavering by which a bed must jump to be pointed at."""
MOMENTS = 3
_AT_ONCE = 2000


def band_levels(mono: Samples) -> Series:
    """(T, BANDS) dBFS of (N,) samples at 16 kHz, every 20 ms."""
    count = max(0, (len(mono) - WINDOW) // HOP_SAMPLES + 1)
    hz, edges = np.fft.rfftfreq(WINDOW, 1 / RATE), np.geomspace(LOWEST, HIGHEST, BANDS + 1)
    window = np.hanning(WINDOW)
    found = np.zeros((count, BANDS))
    for first in range(0, count, _AT_ONCE):
        last = min(count, first + _AT_ONCE)
        block = np.asarray(mono[first * HOP_SAMPLES : (last - 1) * HOP_SAMPLES + WINDOW], np.float64)
        rows = np.lib.stride_tricks.sliding_window_view(block, WINDOW)[::HOP_SAMPLES]
        power = 2 * np.abs(np.fft.rfft(rows * window, axis=1)) ** 2 / window.sum() ** 2
        for band, (low, high) in enumerate(pairwise(edges)):
            found[first:last, band] = power[:, (hz >= low) & (hz < high)].sum(axis=1)
    return np.maximum(decibels(found), SILENT)


def jump(levels: Series, at: int, first: int = 0, end: int | None = None) -> tuple[float, float]:
    """(dB by which the bed differs on both sides of frame ``at``, dB by which it gets louder); NaN if too short.

    Args:
        levels: (T, BANDS).
        first: frame at which the stretch before begins at the earliest.
        end: frame at which the stretch after ends at the latest.
    """
    before = levels[max(first, at - GAP - REACH) : max(0, at - GAP)]
    after = levels[at + GAP : min(len(levels) if end is None else end, at + GAP + REACH)]
    if min(len(before), len(after)) < LEAST:
        return np.nan, np.nan
    beds = np.percentile(before, BED, axis=0), np.percentile(after, BED, axis=0)
    return float(np.abs(beds[1] - beds[0]).mean()), float((beds[1] - beds[0]).mean())


@register
class Ambience(Operator):
    """Jumps of the bed at cuts."""

    name, version, title = "ambience", "1", "Ambience"
    needs = Needs(sound=True, after=("shot_cutter",))
    cost = 0.1
    measures = (
        Measure(
            name="cut_jump",
            title="Jump of the ambience at a cut",
            unit="dB",
            low=0,
            direction=Direction.LOWER,
            definition="Mean change over 12 bands (100 to 7900 Hz) of the bed (5th percentile of level in up to 2 s on "
            "either side) at the cut where it is greatest, less its median change at moments without a cut. "
            "Confidence falls where the bed wavers by itself. Cuts to another place may change it.",
        ),
        Measure(
            name="wavering",
            title="Wavering of the ambience",
            unit="dB",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Median change of the bed, measured likewise, at moments without a cut.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 2 * HOP * (LEAST + GAP)), sound.start
        if self._why is None:
            self._levels = band_levels(sound.mono(RATE))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        at_cuts = [self._frame(t) for t in cuts(scene)]
        edges = [0, *at_cuts, len(self._levels)]
        still = [
            jump(self._levels, at, first, end)[0]
            for first, end in pairwise(edges)
            for at in range(first + GAP + LEAST, end - GAP - LEAST, BETWEEN)
        ]
        wavering = np.array([v for v in still if np.isfinite(v)])
        if len(wavering) == 0:
            yield from self.could_not_at_all("no shot is long enough")
            return
        usual, seldom = np.percentile(wavering, (50, 90))
        yield self.found("wavering", usual, words=f"By itself the ambience wavers by {number(float(usual))} dB.")
        jumps = [
            (*jump(self._levels, at, edges[i], edges[i + 2]), t)
            for i, (at, t) in enumerate(zip(at_cuts, cuts(scene), strict=True))
        ]
        measured = [(max(0.0, change - usual), louder, t) for change, louder, t in jumps if np.isfinite(change)]
        if not measured:
            why = "no cut has enough sound on both sides" if at_cuts else "there are no cuts"
            yield self.could_not("cut_jump", why)
            return
        sure = round(float(0.8 / (1 + max(0.0, seldom - usual) / 6)), 3)
        worst = max(measured)
        yield self.found(
            "cut_jump",
            worst[0],
            words=f"At the cut where it changes most, the ambience jumps by {number(worst[0])} dB.",
            confidence=sure,
            cuts=len(measured),
            wavering=round(float(usual), 2),
        )
        for change, louder, t in sorted(measured, reverse=True)[:MOMENTS]:
            if change > HEARD:
                way = "louder" if louder > 0 else "softer"
                words = f"At the cut the ambience jumps by {number(change)} dB beyond its wavering and gets {way}."
                shot = next(s for s in shots(scene) if s.span.start == t)
                yield self.found("cut_jump", change, span=Span(start=t, end=t), shot=shot, words=words)

    def _frame(self, seconds: float) -> int:
        return min(len(self._levels), max(0, round((seconds - self._start) / HOP)))
