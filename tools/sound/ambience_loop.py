"""Loops: whether the bed of sound repeats itself, as a short recording laid end to end does.

Noise never does the same twice: the fine course of its spectrum is a fingerprint. Where the fingerprints of two
stretches some seconds apart agree, one is a copy of the other. Speech is left out, and so is music, which may repeat.
What it does not know: whether anybody notices. A machine that makes the very same noise at every turn passes for a
loop. Voices between may hide one turn, then the length of two is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._onsets import HOP_SAMPLES as ONSET_HOP
from evalverse.tools.sound._onsets import RATE, WINDOW, mel_filters
from evalverse.tools.sound._wave import Series, decibels, lacking
from evalverse.tools.sound.music import music_from
from evalverse.tools.sound.speech_activity import segments_from

HOP_SAMPLES = 2 * ONSET_HOP
HOP = HOP_SAMPLES / RATE
"""Seconds between fingerprints: 20 ms."""
SHORTEST, LONGEST = 0.5, 10.0
"""Seconds of the loops that are looked for."""
SLOW = 0.5
"""Seconds: what changes more slowly is weather and level, which any two moments may share."""
SILENT = -85.0
"""dBFS of a frame below which there is nothing to repeat."""
MARGIN = 0.3
"""Seconds around speech that are left out: rooms ring on."""
PIECE = 0.25
"""Seconds of the pieces that must each be found again, so that one tick of a clock does not make a loop."""
FEWEST = 6
"""Pieces that a lag must join to be judged."""
ALIKE = 0.5
"""Agreement from which on it is called a loop: beds that do not repeat stay under 0.1, even speech under 0.35."""
FIRST = 0.6
"""Share of the highest agreement from which on a lag counts as the loop: two turns may fall on frames better."""
_AT_ONCE = 2000


def fingerprints(mono: Samples) -> tuple[Series, Series]:
    """((T, 60) course of the mel bands less its slow part, (T,) level in dBFS) of (N,) samples at 16 kHz."""
    from scipy.ndimage import uniform_filter1d

    count = max(0, (len(mono) - WINDOW) // HOP_SAMPLES + 1)
    filters, window = mel_filters(), np.hanning(WINDOW)
    bands, level = np.zeros((count, len(filters)), np.float32), np.zeros(count)
    for first in range(0, count, _AT_ONCE):
        last = min(count, first + _AT_ONCE)
        block = np.asarray(mono[first * HOP_SAMPLES : (last - 1) * HOP_SAMPLES + WINDOW], np.float64)
        rows = np.lib.stride_tricks.sliding_window_view(block, WINDOW)[::HOP_SAMPLES]
        power = np.abs(np.fft.rfft(rows * window, axis=1)) ** 2
        bands[first:last] = np.log(power @ filters.T + 1e-6)
        level[first:last] = decibels(np.square(rows).mean(axis=1))
    return np.asarray(bands - uniform_filter1d(bands, round(SLOW / HOP), axis=0), np.float64), level


def agreement(prints: Series, usable: NDArray[np.bool_]) -> tuple[Series, Series]:
    """(seconds of the lags, agreement -1..1 at each) of (T, K) fingerprints where they are ``usable`` (T,).

    At each lag, the median over pieces of ``PIECE`` seconds of the correlation of fingerprints; NaN where too few
    pieces have a partner.
    """
    size = round(PIECE / HOP)
    lags = np.arange(round(SHORTEST / HOP), min(round(LONGEST / HOP), len(prints) - size) + 1)
    kept = np.where(usable[:, None], prints, 0)
    power = np.concatenate([[0], np.cumsum((kept**2).sum(axis=1))])
    there = np.concatenate([[0], np.cumsum(usable)])
    whole = there[size:] - there[:-size] == size
    found = np.full(len(lags), np.nan)
    for place, lag in enumerate(lags.tolist()):
        starts = np.arange(0, len(prints) - lag - size + 1, size)
        starts = starts[whole[starts] & whole[starts + lag]]
        if len(starts) < FEWEST:
            continue
        product = np.concatenate([[0], np.cumsum((kept[:-lag] * kept[lag:]).sum(axis=1))])
        shared = product[starts + size] - product[starts]
        own = power[starts + size] - power[starts]
        other = power[starts + lag + size] - power[starts + lag]
        found[place] = np.median(shared / np.sqrt(np.maximum(own * other, 1e-12)))
    return np.asarray(lags * HOP, np.float64), found


@register
class AmbienceLoop(Operator):
    """Agreement of the ambience with itself some seconds later."""

    name, version, title = "ambience_loop", "1", "Looped ambience"
    needs = Needs(sound=True, after=("speech_activity", "music"))
    cost = 0.3
    measures = (
        Measure(
            name="repeats",
            title="Ambience repeats itself",
            unit="",
            low=-1,
            high=1,
            direction=Direction.LOWER,
            definition="Highest agreement, over lags of 0.5 to 10 s, of fingerprints (60 mel bands every 20 ms, less "
            "their mean over 0.5 s) without speech and music: median over pieces of 0.25 s of their correlation "
            "with what is heard one lag later. A copy reads 0.5 to 1, noise under 0.1.",
        ),
        Measure(
            name="period",
            title="Length of the loop",
            unit="s",
            low=SHORTEST,
            high=LONGEST,
            direction=Direction.NEUTRAL,
            definition="The shortest lag with 0.6 of that agreement; told from 0.5 on.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, SHORTEST + PIECE * FEWEST), sound.start
        if self._why is None:
            self._prints, self._level = fingerprints(sound.mono(RATE))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        t = self._start + HOP * np.arange(len(self._level)) + WINDOW / RATE / 2
        usable = self._level > SILENT
        for span in segments_from(scene.evidence.get("speech_activity", [])):
            usable &= (t < span.start - MARGIN) | (t > span.end + MARGIN)
        for span in music_from(scene.evidence.get("music", [])):
            usable &= (t < span.start) | (t > span.end)
        lags, alike = agreement(self._prints, usable)
        if not np.isfinite(alike).any():
            yield from self.could_not_at_all("too little is heard that is neither speech nor music")
            return
        value = float(np.nanmax(alike))
        told: dict[str, Any] = {
            "curve": self.curve("repeats", lags, np.nan_to_num(alike)),
            "seconds": round(usable.sum() * HOP, 1),
        }
        if value < ALIKE:
            words = f"The ambience does not repeat itself (agreement {number(value)} at most)."
            yield self.found("repeats", value, words=words, **told)
            yield self.could_not("period", "the ambience does not repeat itself")
            return
        period = float(lags[np.flatnonzero(alike >= FIRST * value)[0]])
        words = f"The ambience repeats itself every {number(period)} s (agreement {number(value)})."
        yield self.found("repeats", value, words=words, **told)
        yield self.found("period", period, words=f"The loop lasts {number(period)} s.")
