"""Pumping: whether a sound comes back louder after soft moments than after loud ones, as automatic gain makes it.

Without such a circuit what sounds after a loud moment is louder, if anything: speakers who raise the voice keep it
raised for a while, and rooms ring on. What it does not know: whether a mixer rode the level by hand, and gain that
moves more slowly than in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._bands import RATE, band_powers
from evalverse.tools.sound._wave import Series, decibels, lacking

FRAME, HOP = 512, 160
EDGES = np.geomspace(200, 7000, 13)
"""Hz between the bands whose shape tells that a sound is the same."""
SMOOTH = 3
"""Frames of 10 ms over which levels are averaged."""
MEMORY, GAP = 0.3, 0.08
"""Seconds over which the past is heard (time constant), and seconds before now at which it ends."""
MOST = 4000
"""Moments that are compared; more are thinned out evenly."""
APART, ALIKE = 0.3, 12.0
"""Seconds between moments that are compared, and dB (root of the sum of squares over bands) that they may differ."""
PAIRS, LOOKED_AT = 8, 48
"""Moments that each is compared with at most, and how many neighbours are looked through for them."""
LEAP = 20.0
"""dB of difference beyond which two moments are speech and silence rather than one sound at two levels."""
FEWEST, MOVES = 200, 2.0
"""Pairs that are needed, and dB (root mean square) by which their pasts must differ."""
FLOOR = -85.0
"""dB below which a band holds no sound."""
PUMPS = 0.15
"""dB per dB from which on it is put in words."""
LEAST = 2.0


def shapes(mono: Samples) -> tuple[Series, Series, Series]:
    """(T, B) shapes in dB, (T,) levels in dB and (T,) levels of the past in dB of (N,) samples at 16 kHz."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import lfilter

    power = band_powers(mono, FRAME, HOP, tuple(pairwise(EDGES.tolist())))
    bands = uniform_filter1d(np.maximum(decibels(power), FLOOR), SMOOTH, axis=1)
    level = bands.mean(axis=0)
    loudness = np.sqrt((10 ** (bands / 10)).sum(axis=0))
    keep, late = np.exp(-HOP / RATE / MEMORY), round(GAP * RATE / HOP)
    past, _ = lfilter([1 - keep], [1, -keep], loudness, zi=[keep * loudness[0]])
    past = np.concatenate([np.full(late, past[0]), past[:-late]])
    return (bands - level).T, level, 20 * np.log10(past)


def answering(shape: Series, level: Series, past: Series) -> float | None:
    """dB by which one and the same sound is softer per dB by which the past was louder; None when too few moments are
    alike, or too little changes.
    """
    from scipy.spatial import cKDTree

    warm = round(APART * RATE / HOP)
    chosen = np.arange(warm, len(level), max(2, -(-len(level) // MOST)))
    if len(chosen) <= LOOKED_AT:
        return None
    distance, near = cKDTree(shape[chosen]).query(shape[chosen], k=LOOKED_AT + 1)
    here, there = np.broadcast_to(chosen[:, None], near.shape), chosen[near]
    pairs = (np.abs(here - there) >= warm) & (distance < ALIKE)
    pairs &= np.cumsum(pairs, axis=1) <= PAIRS
    louder, before = level[here[pairs]] - level[there[pairs]], past[here[pairs]] - past[there[pairs]]
    near_enough = np.abs(louder) < LEAP
    louder, before = louder[near_enough], before[near_enough]
    spread = float(before @ before)
    return None if len(louder) < FEWEST or spread < MOVES**2 * len(louder) else -float(before @ louder) / spread


@register
class Pumping(Operator):
    """How much the level answers to its own past."""

    name, version, title = "pumping", "2", "Pumping"
    needs = Needs(sound=True)
    cost = 0.3
    measures = (
        Measure(
            name="answer",
            title="Gain that answers to the level",
            unit="dB/dB",
            direction=Direction.LOWER,
            definition="Moments whose spectra have the same shape (12 bands, 200 to 7000 Hz) are held against each "
            "other: by how many dB one is softer, per dB by which the third of a second before it was louder "
            "(regression through the origin). Recordings read -1.3 to 0.1.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, LEAST)
        if self._why is None:
            self._heard = shapes(sound.mono(RATE))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        value = answering(*self._heard)
        if value is None:
            yield self.could_not("answer", "too few moments sound alike after a louder and a softer past")
            return
        words = f"After loud moments the same sound is softer, by {number(100 * value)} % of the difference: it pumps."
        yield self.found("answer", value, words=words if value > PUMPS else "The level does not answer to its past.")
