"""Loudness as broadcast and web platforms measure it: integrated, its range, and how it runs.

What it does not know: whether a level suits the story, nor how loud the loudspeaker is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, centres, decibels, lacking, powers
from evalverse.tools.sound._weighting import KWeighting

HOP, MOMENTARY, SHORT_TERM = 0.1, 4, 30
"""Seconds between gating blocks (75 % overlap), and the length of both windows in hops."""
OFFSET = -0.691
ABSOLUTE_GATE, RELATIVE_GATE, RANGE_GATE = -70.0, -10.0, -20.0
"""LUFS, and LU below the ungated level, for integrated loudness and for its range."""
BROADCAST, WEB = -23.0, -14.0
"""LUFS: EBU R 128 programmes, and what the large web platforms play at."""
ENOUGH_FOR_RANGE = 60.0
"""Seconds from which on EBU Tech 3342 trusts the loudness range."""


def channel_weights(layout: str, channels: int) -> Series:
    """(C,) weights of BS.1770-4: surrounds (+-60 to 120 degrees) 1.41, low-frequency channels 0, others 1."""
    names = [c.name for c in av.AudioLayout(layout).channels] if layout else []
    if len(names) != channels:
        return np.ones(channels)
    beside = ("SL", "SR") if "SL" in names else ("BL", "BR")
    return np.array([0.0 if n.startswith("LFE") else 1.41 if n in beside and channels > 4 else 1.0 for n in names])


def weighted_powers(sound: Sound) -> Series:
    """(M,) K-weighted power per 0.1 s, channels summed."""
    each = powers(sound.samples, sound.rate, HOP, KWeighting(sound.rate, sound.samples.shape[1]))
    return np.asarray(each @ channel_weights(sound.layout, sound.samples.shape[1]))


def windows(power: Series, hops: int) -> Series:
    """(M - hops + 1,) mean power of sliding windows ``hops`` long; empty when there are fewer."""
    total = np.concatenate([[0.0], np.cumsum(power)])
    return np.maximum(total[hops:] - total[:-hops], 0) / hops if len(total) > hops else np.zeros(0)


def lufs(power: Any) -> Series:
    """Loudness of K-weighted power."""
    return OFFSET + decibels(power)


def gated(power: Series, relative: float) -> Series:
    """The windows above the absolute gate, and above the relative gate below their mean."""
    kept = power[lufs(power) > ABSOLUTE_GATE]
    return kept[lufs(kept) > lufs(kept.mean()) + relative] if len(kept) else kept


def integrated(power: Series) -> float | None:
    """LUFS of (M,) powers per 0.1 s; None when nothing is above the absolute gate."""
    kept = gated(windows(power, MOMENTARY), RELATIVE_GATE)
    return float(lufs(kept.mean())) if len(kept) else None


def loudness_range(power: Series) -> float | None:
    """LU between the 10th and the 95th percentile of short-term loudness; None when there is too little of it."""
    kept = gated(windows(power, SHORT_TERM), RANGE_GATE)
    return float(np.subtract(*np.percentile(lufs(kept), (95, 10)))) if len(kept) > 1 else None


@register
class Loudness(Operator):
    """Integrated, range, momentary maximum."""

    name, version, title = "loudness", "1", "Loudness"
    needs = Needs(sound=True)
    cost = 0.1
    measures = (
        Measure(
            name="integrated",
            title="Loudness",
            unit="LUFS",
            direction=Direction.NEUTRAL,
            definition="Gated K-weighted loudness of the whole sound; a mono track counts as one loudspeaker. The "
            "curve is short-term loudness (3 s), or momentary loudness (0.4 s) for sounds under 3 s.",
            source="ITU-R BS.1770-4; targets: EBU R 128 (-23 LUFS), -14 LUFS on web platforms",
        ),
        Measure(
            name="range",
            title="Loudness range",
            unit="LU",
            low=0,
            direction=Direction.NEUTRAL,
            definition="From the 10th to the 95th percentile of gated short-term loudness. The source trusts it from "
            "one minute on; confidence falls with what is missing.",
            source="EBU Tech 3342",
        ),
        Measure(
            name="momentary_max",
            title="Loudest moment",
            unit="LUFS",
            direction=Direction.NEUTRAL,
            definition="The greatest loudness of any 0.4 s; the curve is momentary loudness.",
            source="EBU Tech 3341",
        ),
    )

    _power: Series
    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._start = sound.start
        self._why = lacking(sound, HOP * MOMENTARY)
        if self._why is None:
            self._power = weighted_powers(sound)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        momentary, short = (lufs(windows(self._power, hops)) for hops in (MOMENTARY, SHORT_TERM))
        at = centres(len(momentary), HOP, HOP * MOMENTARY, self._start)
        whole = integrated(self._power)
        if whole is None:
            yield self.could_not("integrated", "nothing is louder than the gate of -70 LUFS")
        else:
            long_enough = len(short) > 1
            t = centres(len(short), HOP, HOP * SHORT_TERM, self._start) if long_enough else at
            yield self.found(
                "integrated",
                whole,
                words=f"The sound is at {number(whole)} LUFS, {_against(whole, BROADCAST)} of European broadcast and "
                f"{_against(whole, WEB)} of web platforms.",
                curve=self.curve("integrated", t, short if long_enough else momentary),
                over_broadcast=round(whole - BROADCAST, 3),
                over_web=round(whole - WEB, 3),
                targets=[BROADCAST, WEB],
            )
        yield self._range()
        loudest = int(np.argmax(momentary))
        yield self.found(
            "momentary_max",
            momentary[loudest],
            words=f"The loudest moment reaches {number(momentary[loudest])} LUFS, at {number(at[loudest])} s.",
            curve=self.curve("momentary_max", at, momentary),
            seconds=round(float(at[loudest]), 3),
        )

    def _range(self) -> Evidence:
        value = loudness_range(self._power)
        if value is None:
            return self.could_not("range", "less than 3 s of it are audible")
        return self.found(
            "range",
            value,
            words=f"From its soft to its loud parts the sound spans {number(value)} LU.",
            confidence=round(min(1.0, HOP * len(self._power) / ENOUGH_FOR_RANGE), 3),
        )


def _against(value: float, target: float) -> str:
    by = value - target
    side = "above" if by > 0 else "below"
    return f"{number(abs(by))} LU {side} the {number(target)} LUFS"
