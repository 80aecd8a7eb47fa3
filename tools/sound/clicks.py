"""Clicks: single crackles, and the ticks that a bad splice leaves.

A click is a leap of the waveform, shorter than about a millisecond, that stands alone: nothing within 30 ms before or
after leaps nearly as far. The pulses of a voice repeat sooner than that; consonants, drums and doors go on sounding.
What it does not know: clicks that belong to the scene, such as a switch, and those that a codec has smeared.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, lacking

CELL = 0.0005
"""Seconds: the highest leap in each is kept."""
NEAR, FAR = 2, 60
"""Cells beside a click that it may spread to, and up to which it must stand alone (30 ms)."""
ALONE = 5.0
"""How many times higher than its surroundings a click leaps; real speech and film reach 4 at consonants."""
SMALLEST = 10 ** (-45 / 20)
EDGE = 0.1
"""Seconds at either end in which decoding starts and stops."""
APART = 0.02
MOMENTS = 3
_AT_ONCE = 1 << 18


def leaps(wave: Samples, rate: int) -> Series:
    """(M,) the highest second difference in every cell of 0.5 ms, of one channel (N,)."""
    size = max(1, round(CELL * rate))
    found = [np.zeros(0)]
    step = _AT_ONCE // size * size
    for at in range(0, len(wave), step):
        block = np.asarray(wave[at : at + step + 2], np.float64)
        leap = np.abs(np.diff(block, 2))
        whole = len(leap) // size * size
        found.append(leap[:whole].reshape(-1, size).max(axis=1))
    return np.concatenate(found)


def clicks(leap: Series) -> np.ndarray:
    """(K,) cells of (M,) leaps that stand alone."""
    from scipy.ndimage import maximum_filter1d

    reach = FAR - NEAR
    beside = maximum_filter1d(np.pad(leap, FAR + 1), reach + 1 - reach % 2)
    middle = NEAR + 1 + reach // 2
    place = np.arange(len(leap)) + FAR + 1
    around = np.maximum(beside[place - middle], beside[place + middle])
    return np.flatnonzero((leap > SMALLEST) & (leap > ALONE * around))


@register
class Clicks(Operator):
    """Number of clicks and where they are."""

    name, version, title = "clicks", "1", "Clicks"
    needs = Needs(sound=True)
    cost = 0.1
    measures = (
        Measure(
            name="count",
            title="Clicks",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Leaps of the waveform (second difference above -45 dBFS) at least 5 times as high as anything "
            "within 30 ms before and after, in any channel; 0.1 s at either end is left out.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, 0.5)
        if self._why is not None:
            return
        cell = max(1, round(CELL * sound.rate)) / sound.rate
        each = [clicks(leaps(sound.samples[:, c], sound.rate)) for c in range(sound.samples.shape[1])]
        at = np.unique(np.concatenate(each)) * cell
        at = at[(at > EDGE) & (at < sound.seconds - EDGE)]
        self._at = sound.start + at[np.diff(at, prepend=-1) > APART]

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        count = len(self._at)
        words = "No click is heard." if count == 0 else f"{count} click{'s' if count > 1 else ''} can be heard."
        yield self.found("count", count, words=words)
        for at in self._at[:MOMENTS].round(3).tolist():
            span = Span(start=at, end=round(at + 2 * CELL, 4))
            yield self.found("count", 1, span=span, words=f"A click at {number(at)} s.")
