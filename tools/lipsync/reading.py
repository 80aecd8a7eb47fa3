"""From fits of single tracks to what can be said of the clip: offset, chance, drift, whose voice it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from evalverse.tools.evidence import Span
from evalverse.tools.lipsync.features import RATE
from evalverse.tools.lipsync.heads import Fit
from evalverse.tools.lipsync.lag import Curve, certainty, drift, milliseconds, peak, prominence

SIGNIFICANT = 0.05
"""p-value from which on lips and voice count as fitting no better than strangers do."""
THEIRS = 0.9
"""Probability that the voice is of these lips from which on an offset is told: a wrong one for another's voice is the
worst that can be said."""
ANOTHERS = 0.8
"""Probability that it is not from which on that is said; between the two nothing is."""
WINDOW, HOP = 4.0, 1.0
"""Seconds of material that an offset over time is read from, and how far such windows lie apart."""
SHORT_WINDOW = 1.5
"""Seconds of the windows that a drift is fitted to; they need not tell the offset each by itself."""
STEEPEST, FINEST = 60.0, 2.0
"""Milliseconds per second of drift up to which, and in which grid, it is searched (25 for 24 fps: 42)."""
DRIFT_SPAN = 6.0
"""Seconds that a drift must be followed for."""
DRIFT_GAIN = 5.0
"""Log-likelihood (natural) that a drift must gain on a constant offset, odds of 150 to 1: voices in step gain less than
1, one in five foreign ones more."""


@dataclass(frozen=True)
class Window:
    """The offset within a short stretch."""

    start: float
    end: float
    shot: int
    track: int
    offset_ms: float
    certainty: float


@dataclass(frozen=True)
class Drift:
    """A change of the offset; ``shows`` when a constant offset explains the windows clearly worse, by ``gain``."""

    ms_per_s: float
    middle_ms: float
    gain: float
    shows: bool
    seconds: float


@dataclass(frozen=True)
class Sync:
    """What lips and voice of a clip, or a shot, say together."""

    seconds: float
    offset_ms: float
    agreement: float
    prominence: float
    p_value: float | None
    certainty: float
    curve: Curve
    fits: tuple[Fit, ...]

    @property
    def together(self) -> bool:
        """Whether some lag explains lips and voice better than chance."""
        return self.p_value is not None and self.p_value < SIGNIFICANT

    def along(self, drift: Drift | None) -> Sync:
        """The same, its agreement that along the sloping line of offsets where a drift shows."""
        if drift is None or not drift.shows:
            return self
        return replace(self, agreement=self.agreement * (1 + drift.gain / max(float(self.curve.max()), 1e-9)))

    def doubt(self, least: float) -> str | None:
        """Why the offset must not be told, though some lag fits; None when its certainty reaches ``least``."""
        if int(self.curve.argmax()) in (0, len(self.curve) - 1):
            return "the best offset is the last one that was searched; the true one may lie beyond"
        return "several offsets explain lips and voice about as well" if self.certainty < least else None


def sync(fits: Sequence[Fit], temperature: float) -> Sync:
    """Pools the fits of speaking faces: those that stand out by themselves if there are any, else all."""
    everyone = reduce(add, fits)
    alone = [(f.chance.p_value(float(f.score.max()), len(f.score)) if f.chance else 1.0) for f in fits]
    chosen = [f for f, p in zip(fits, alone, strict=True) if p < SIGNIFICANT] or list(fits)
    pooled = reduce(add, chosen)
    p_all = everyone.chance.p_value(float(everyone.score.max()), len(everyone.score)) if everyone.chance else None
    p_value = p_all if p_all is None else min(p_all, len(fits) * min(alone))
    lag = peak(pooled.score)
    return Sync(
        seconds=pooled.seconds,
        offset_ms=milliseconds(lag),
        agreement=_agreement(pooled),
        prominence=prominence(pooled.score),
        p_value=p_value,
        certainty=certainty(pooled.score, temperature),
        curve=pooled.score,
        fits=tuple(chosen),
    )


def _agreement(fit: Fit) -> float:
    """-1..1: cosine of the angle between all embedded lips and the voice at the best lag."""
    best = int(fit.score.argmax())
    shared = sum(float((p.weight * p.products[:, best]).sum()) for p in fit.parts)
    lips = sum(float((p.weight * p.lips_power).sum()) for p in fit.parts)
    voice = sum(float((p.weight * p.voice_power[:, best]).sum()) for p in fit.parts)
    return shared / max(1e-9, float(np.sqrt(lips * voice)))


def windows(fits: Sequence[Fit], about: dict[str, Any]) -> list[Window]:
    """Offsets over time, of windows that tell it surely enough."""
    found = []
    for fit, start, end, curve in _cut(fits, WINDOW, HOP):
        sure = certainty(curve, about["temperature"])
        if sure >= about["sure"]:
            found.append(Window(start, end, fit.shot, fit.track, milliseconds(peak(curve)), sure))
    return found


def apart(found: Sequence[Window]) -> list[Window]:
    """Those that do not overlap one before them."""
    kept: list[Window] = []
    for window in found:
        if all(window.start >= other.end or window.end <= other.start for other in kept):
            kept.append(window)
    return kept


def by_phrase(fits: Sequence[Fit], speech: Sequence[Span], temperature: float) -> list[Window]:
    """The offset of every stretch of speech of at least ``SHORT_WINDOW`` seconds, by the face that fits it best."""
    found = []
    for span in speech:
        if span.seconds < SHORT_WINDOW:
            continue
        tried = [(fit, part.window(span.start, span.end)) for fit in fits for part in fit.parts]
        curves = [(fit, curve) for fit, curve in tried if curve is not None]
        if curves:
            fit, curve = max(curves, key=lambda each: float(each[1].max()))
            sure = certainty(curve, temperature)
            found.append(Window(span.start, span.end, fit.shot, fit.track, milliseconds(peak(curve)), sure))
    return found


def drifting(fits: Sequence[Fit], temperature: float) -> Drift | None:
    """How the offset changes; None for too little time."""
    cut = _cut(fits, SHORT_WINDOW, SHORT_WINDOW)
    times = np.array([(start + end) / 2 for _, start, end, _ in cut])
    if len(cut) < 4 or np.ptp(times) < DRIFT_SPAN - SHORT_WINDOW:
        return None
    curves = np.stack([curve for *_, curve in cut])
    slope, middle, gain = drift(curves, times, STEEPEST * RATE / 1000, FINEST * RATE / 1000)
    return Drift(milliseconds(slope), milliseconds(middle), gain, gain / temperature > DRIFT_GAIN, float(np.ptp(times)))


def _cut(fits: Sequence[Fit], length: float, hop: float) -> list[tuple[Fit, float, float, Curve]]:
    found = []
    for fit in fits:
        for part in fit.parts:
            at = part.head.steps / RATE
            for start in np.arange(at[0], max(at[0] + hop / 2, at[-1] - length + hop / 2), hop):
                end = min(start + length, float(at[-1]) + 1 / RATE)
                curve = part.window(float(start), end)
                if curve is not None and end - start > 0.6 * length:
                    found.append((fit, float(start), end, curve))
    return found


def belongs(found: Sync, about: dict[str, Any]) -> float:
    """0..1: probability that the voice is of these lips, at whatever lag; fitted to own and foreign voices.

    Logistic in the agreement at the best lag and in 1 / root of the seconds: by chance, the best of many lags agrees
    the less the longer one listens; lips and voice of one mouth agree as much after ten seconds as after three.
    """
    return likelihood(found.agreement, found.seconds, about["belongs"])


def likelihood(agreement: float, seconds: float, weights: Sequence[float]) -> float:
    """0..1 by the logistic ``weights`` (base, agreement, 1 / root of seconds)."""
    base, agreed, brief = weights
    z = base + agreed * agreement + brief / np.sqrt(max(seconds, 0.1))
    return float(1 / (1 + np.exp(-np.clip(z, -30, 30))))
