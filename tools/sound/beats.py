"""Beats: the pulse of music, its tempo, and how the cuts lie against it.

What it does not know: where bars and phrases begin, and whether a cut beside the beat is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._cuts import cuts
from evalverse.tools.sound._onsets import HOP, RATE, onset_strength
from evalverse.tools.sound._wave import Series, lacking
from evalverse.tools.sound.music import music_from

SLOWEST, FASTEST, USUAL, SPREAD = 45.0, 210.0, 120.0, 1.0
"""Beats per minute; the tempo that people tap most, and octaves around it (Ellis 2007)."""
TIGHT = 100.0
"""How strictly beats keep the tempo (Ellis 2007)."""
PULSE = 0.25
"""Pulse clarity below which no beat is felt: running speech reaches 0.2."""
ENOUGH, FEWEST_CUTS = 4.0, 3
NEAR_MISS = (0.06, 0.16)
"""Seconds beside a beat at which a cut seems to stumble: noticed, but too close to be meant."""
MOMENTS = 3


def tempo(strength: Series) -> tuple[float, float]:
    """(beats per minute, pulse clarity 0..1) of an onset strength (T,).

    The pulse is the highest peak of its autocorrelation, weighted towards the usual tempo; its clarity is the height
    of that peak (Lartillot et al. 2008).
    """
    z = strength - strength.mean()
    alike = np.fft.irfft(np.abs(np.fft.rfft(z, 2 * len(z))) ** 2)[: len(z)]
    longest = min(len(z) - 2, round(60 / SLOWEST / HOP))
    lags = np.arange(round(60 / FASTEST / HOP), longest)
    if alike[0] <= 0 or len(lags) < 3:
        return USUAL, 0.0
    alike = alike / alike[0] * len(z) / (len(z) - np.arange(len(z)))
    weight = np.exp(-0.5 * (np.log2(60 / (lags * HOP) / USUAL) / SPREAD) ** 2)
    peak = (alike[lags] > alike[lags - 1]) & (alike[lags] >= alike[lags + 1])
    if not peak.any():
        return USUAL, 0.0
    best = lags[np.argmax(np.where(peak, np.maximum(alike[lags], 0) * weight, -1))]
    left, middle, right = alike[best - 1 : best + 2]
    bend = left - 2 * middle + right
    fine = best + (0.5 * (left - right) / bend if bend < 0 else 0.0)
    return float(60 / (fine * HOP)), float(np.clip(middle, 0, 1))


def track(strength: Series, bpm: float) -> Series:
    """(B,) seconds of the beats: the path that collects most onset strength at a steady tempo.

    Dynamic programming after Ellis, Beat tracking by dynamic programming, 2007.
    """
    from scipy.ndimage import gaussian_filter1d

    period = 60 / bpm / HOP
    local = gaussian_filter1d(strength / (strength.std() + 1e-9), period / 32)
    back = np.arange(-round(2 * period), -max(1, round(period / 2)) + 1)
    cost = -TIGHT * np.log(-back / period) ** 2
    score, source = local.copy(), np.full(len(local), -1)
    for i in range(-back[-1], len(local)):
        valid = back[i + back >= 0]
        options = score[i + valid] + cost[len(back) - len(valid) :]
        best = int(np.argmax(options))
        if options[best] > 0:
            score[i] += options[best]
            source[i] = i + valid[best]
    tail = max(0, len(score) - round(period))
    at = tail + int(np.argmax(score[tail:]))
    beats = []
    while at >= 0:
        beats.append(at)
        at = int(source[at])
    return np.array(beats[::-1]) * HOP


def phases(times: Series, beats: Series) -> Series:
    """(K,) place of each time between the beats around it, in radians: 0 on a beat, pi halfway. NaN outside."""
    after = np.searchsorted(beats, times, side="right")
    valid = (after > 0) & (after < len(beats))
    after = np.clip(after, 1, len(beats) - 1)
    share = (times - beats[after - 1]) / (beats[after] - beats[after - 1])
    return np.where(valid, 2 * np.pi * share, np.nan)


def on_the_beat(phase: Series) -> tuple[float, float]:
    """(mean cosine -1..1, p) of (K,) phases: 1 when all lie on the beat, 0 at random, -1 halfway between.

    p is that of the V test, the Rayleigh test against a known direction (Mardia and Jupp 2000, Directional statistics).
    """
    from scipy.stats import norm

    value = float(np.cos(phase).mean())
    return value, float(norm.sf(value * np.sqrt(2 * len(phase))))


@register
class Beats(Operator):
    """Tempo, pulse clarity, cuts against beats."""

    name, version, title = "beats", "1", "Beats"
    needs = Needs(sound=True, after=("shot_cutter", "music"))
    cost = 0.3
    measures = (
        Measure(
            name="pulse",
            title="Pulse clarity",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Height of the autocorrelation peak of onset strength at the tempo: 1 for a metronome; below "
            "0.25 no beat is felt.",
            source="Lartillot et al. 2008, Multi-feature modeling of pulse clarity",
        ),
        Measure(
            name="tempo",
            title="Tempo",
            unit="BPM",
            low=SLOWEST,
            high=FASTEST,
            direction=Direction.NEUTRAL,
            definition="Beats per minute where a pulse is felt; half and double of what a musician would count are "
            "possible. The curve has one point per beat.",
            source="Ellis 2007, Beat tracking by dynamic programming",
        ),
        Measure(
            name="cuts_on_beats",
            title="Cuts on the beat",
            unit="",
            low=-1,
            high=1,
            direction=Direction.HIGHER,
            definition="Mean cosine of the place of the cuts between the beats around them: 1 on the beat, 0 at "
            "random, -1 halfway between beats. Confidence is 1 minus the p-value of the V test (p of chance).",
            source="V test: Mardia and Jupp 2000, Directional statistics",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, ENOUGH)
        if self._why is not None:
            return
        strength = onset_strength(sound.mono(RATE))
        self._bpm, self._pulse = tempo(strength)
        self._beats = sound.start + track(strength, self._bpm) if self._pulse >= PULSE else np.zeros(0)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        beats, music = self._beats, music_from(scene.evidence.get("music", []))
        felt = "a beat is felt" if len(beats) else "no beat is felt"
        yield self.found("pulse", self._pulse, words=f"Pulse clarity is {number(self._pulse)}: {felt}.")
        if len(beats) < 4 or not music:
            why = "no beat is felt" if music else "no music is heard"
            yield self.could_not("tempo", why)
            yield self.could_not("cuts_on_beats", why)
            return
        curve = self.curve("tempo", beats[1:], 60 / np.diff(beats))
        yield self.found("tempo", self._bpm, words=f"The tempo is {number(self._bpm)} BPM.", curve=curve)
        yield from self._against(cuts(scene), music)

    def _against(self, times: Sequence[float], music: Sequence[Span]) -> Iterator[Evidence]:
        heard = np.array([c for c in times if any(s.start <= c <= s.end for s in music)])
        phase = phases(heard, self._beats) if len(heard) else heard
        heard, phase = heard[np.isfinite(phase)], phase[np.isfinite(phase)]
        if len(phase) < FEWEST_CUTS:
            yield self.could_not("cuts_on_beats", f"fewer than {FEWEST_CUTS} cuts fall where music has a beat")
            return
        value, p = on_the_beat(phase)
        off = np.array([self._beats[np.argmin(np.abs(self._beats - t))] for t in heard]) - heard
        near = int((np.abs(off) <= NEAR_MISS[0]).sum())
        yield self.found(
            "cuts_on_beats",
            value,
            words=f"{near} of {len(heard)} cuts fall on the beat; the agreement is {number(value)}, and chance does "
            f"as well with a probability of {number(p)}.",
            confidence=round(1 - p, 3),
            cuts=len(heard),
            on_beat=near,
            p=round(p, 4),
            offsets=[round(float(o), 3) for o in off],
        )
        missed = NEAR_MISS[0] < np.abs(off)
        missed &= np.abs(off) < NEAR_MISS[1]
        for t, o, angle in list(zip(heard[missed], off[missed], phase[missed], strict=True))[:MOMENTS]:
            span = Span(start=round(min(t, t + o), 3), end=round(max(t, t + o), 3))
            side = "before" if o > 0 else "after"
            words = f"The cut comes {number(abs(1000 * o))} ms {side} the beat."
            late = round(1000 * abs(float(o)), 1)
            yield self.found("cuts_on_beats", np.cos(angle), span=span, words=words, milliseconds=late)
