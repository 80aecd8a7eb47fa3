"""Sound and motion: whether accents of the picture and of the sound fall together, and how far apart they are.

An accent of the picture is a sudden change of velocity (something hits, stops or sets off), one of the sound is an
onset. Their correlation over time is scanned for lags up to half a second. It works where many visible actions sound;
music and speech over them hide it, and then it says that it cannot tell. It does not know which sound belongs to what.
The arcs are those of loudness, movement and light over the whole clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.features import FLOW_HEIGHT, flow
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._track import Track
from evalverse.tools.sound._onsets import HOP, RATE, onset_strength
from evalverse.tools.sound._wave import Series, decibels, lacking, powers

ROWS, COLUMNS = 9, 16
"""Blocks in which motion is averaged."""
STRONGEST = 8
"""Blocks that make the accent of a frame."""
LONGEST_LAG, NEAR = 0.5, 1.0
"""Seconds of lag that are looked at, and from which on lags show what chance does."""
BLUR, DETREND = 0.03, 1.0
"""Seconds: accents are met within a frame or so; slow changes do not count."""
INDEPENDENT = 0.05
"""Seconds between lags whose correlations say different things."""
CHANCE = 0.01
ENOUGH, ENOUGH_FOR_ARC, ARC = 4.0, 10.0, 1.5
"""Seconds that are needed, for the arc, and over which the arc is smoothed."""
SPOKEN = 0.5
"""Share of the time with speech from which on the voice hides other sounds: heads nod to its rhythm, not in step."""
LIGHT = 8.0
"""Levels of 255 by which the light must change (10th to 90th percentile) to have an arc."""


def blocks(vectors: Any) -> Series:
    """(ROWS * COLUMNS, 2) mean vectors of an (h, w, 2) flow, less its median: what moves against the picture."""
    import cv2

    small = cv2.resize(vectors, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).reshape(-1, 2).astype(np.float64)
    return np.asarray(small - np.median(small, axis=0))


def accents(values: Series, t: Series, at: Series) -> Series:
    """(N,) values at times ``t`` (M,), on the grid ``at`` (N,), with slow changes taken out; unit variance."""
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d

    step = at[1] - at[0]
    own = gaussian_filter1d(np.sqrt(np.maximum(np.interp(at, t, values), 0)), BLUR / step)
    own = own - uniform_filter1d(own, round(DETREND / step))
    spread = own.std()
    return np.asarray((own - own.mean()) / spread if spread > 1e-9 else np.zeros_like(own))


def lag(picture: Series, sound: Series, step: float, longest: float = LONGEST_LAG) -> tuple[float, float, float]:
    """(seconds by which the sound comes later, correlation there, p) of two (N,) courses of unit variance.

    p is the probability that unrelated courses reach this: the correlations at lags of a second and more, taken round
    in a circle, tell how far chance goes.
    """
    from scipy.stats import norm

    around = np.fft.irfft(np.conj(np.fft.rfft(picture)) * np.fft.rfft(sound), len(picture)) / len(picture)
    reach, near = round(longest / step), round(NEAR / step)
    close = around[np.arange(-reach, reach + 1)]
    chance = around[near:-near]
    best = int(np.argmax(close))
    z = (close[best] - chance.mean()) / max(float(chance.std()), 1e-9)
    tries = max(1.0, 2 * longest / INDEPENDENT)
    p = float(-np.expm1(tries * norm.logcdf(z)))
    return (best - reach) * step, float(np.clip(close[best], -1, 1)), p


@register
class SoundAndMotion(Operator):
    """Coincidence of visible and audible accents, and of their long arcs."""

    name, version, title = "sound_and_motion", "2", "Sound and motion"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT), sound=True, after=("speech_activity",))
    cost = 1.0
    measures = (
        Measure(
            name="agreement",
            title="Accents of picture and sound together",
            unit="",
            low=-1,
            high=1,
            direction=Direction.HIGHER,
            definition="Highest correlation, over lags up to 0.5 s, of visible accents (change of velocity of the 8 "
            "most changed of 144 blocks) with audible onsets (spectral flux). Confidence is 1 minus the probability "
            "of chance.",
        ),
        Measure(
            name="offset",
            title="Sound after picture",
            unit="ms",
            low=-500,
            high=500,
            direction=Direction.NEUTRAL,
            definition="The lag of that correlation, positive when the sound comes late; told only where chance would "
            "do as well with a probability under 0.01 and speech takes less than half of the time. Viewers notice "
            "sound that is 45 ms early or 125 ms late.",
            source="thresholds: ITU-R BT.1359-1",
        ),
        Measure(
            name="arc",
            title="Arc of loudness with the arc of motion",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Rank correlation of level and amount of motion, both smoothed over 1.5 s. Confidence is 1 "
            "minus the probability of chance.",
        ),
        Measure(
            name="light_arc",
            title="Arc of loudness with the arc of light",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="The same of level and mean brightness, where the brightness changes by 3 % of full scale or "
            "more.",
        ),
    )

    _why: str | None = None

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._motion = Track("accent", "amount", "light")
        self._last: Series | None = None

    def see(self, frame: Frame) -> None:
        found = flow(frame)
        if found is None or found.seconds <= 0 or frame.previous is None:
            return
        velocity = blocks(found.vectors / np.float32(FLOW_HEIGHT * found.seconds))
        speed = np.sort(np.hypot(*velocity.T))[-STRONGEST:].mean()
        if self._last is not None:
            changed = np.sort(np.hypot(*(velocity - self._last).T))[-STRONGEST:].mean()
            light = frame.previous.grey(FLOW_HEIGHT).mean()
            self._motion.add(frame.previous.seconds, float(changed), float(speed), float(light))
        self._last = velocity

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, ENOUGH)
        if self._why is None:
            mono = sound.mono(RATE)
            self._onsets, self._power = onset_strength(mono), powers(mono, RATE, HOP)
            self._heard = np.asarray(sound.start + HOP * np.arange(len(self._onsets)), np.float64)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._motion.t
        if self._why is None and (len(t) < 2 or t[-1] - t[0] < ENOUGH):
            self._why = f"less than {number(ENOUGH)} s of moving picture"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        accent, amount, light = self._motion["accent"], self._motion["amount"], self._motion["light"]
        for shot in scene.shots[1:]:  # across a cut there is no motion
            near = np.abs(t - shot.span.start) < 2.1 * np.median(np.diff(t))
            accent[near], amount[near] = 0, np.nan
        amount = (
            np.interp(t, t[np.isfinite(amount)], amount[np.isfinite(amount)]) if np.isfinite(amount).any() else accent
        )
        at = np.arange(max(t[0], self._heard[0]), min(t[-1], self._heard[-1]), HOP)
        if len(at) * HOP < ENOUGH:
            yield from self.could_not_at_all("picture and sound hardly overlap")
            return
        seen, heard = accents(accent, t, at), accents(self._onsets, self._heard, at)
        speech = scene.evidence.get("speech_activity", [])
        spoken = next((e.value for e in speech if e.measure == "speech_activity.share"), None) or 0.0
        yield from self._together(seen, heard, spoken)
        yield self._arc("arc", "the amount of motion", amount, t, at)
        if np.ptp(np.percentile(light, (10, 90))) < LIGHT:
            yield self.could_not("light_arc", "the light stays nearly the same")
        else:
            yield self._arc("light_arc", "the light", light, t, at)

    def _together(self, seen: Series, heard: Series, spoken: float) -> Iterator[Evidence]:
        if not seen.any() or not heard.any():
            still = "nothing moves" if not seen.any() else "nothing in the sound begins"
            yield self.could_not("agreement", still)
            yield self.could_not("offset", still)
            return
        seconds, value, p = lag(seen, heard, HOP)
        words = f"Accents of picture and sound agree by {number(value)}; by chance with a probability of {number(p)}."
        yield self.found("agreement", value, words=words, confidence=round(1 - p, 3), p=round(p, 4))
        if p > CHANCE:
            yield self.could_not("offset", "picture and sound do not agree more than they would by chance")
            return
        if spoken >= SPOKEN:
            yield self.could_not("offset", "speech hides other sounds; lip_sync tells whether the voice is in time")
            return
        late = 1000 * seconds
        way = f"{number(abs(late))} ms {'after' if late > 0 else 'before'}" if late else "together with"
        yield self.found("offset", late, words=f"Sounds come {way} what is seen.", confidence=round(0.8 * (1 - p), 3))

    def _arc(self, measure: str, what: str, course: Series, t: Series, at: Series) -> Evidence:
        from scipy.ndimage import uniform_filter1d
        from scipy.stats import rankdata

        if len(at) * HOP < ENOUGH_FOR_ARC:
            return self.could_not(measure, f"less than {number(ENOUGH_FOR_ARC)} s of picture with sound")
        size = round(ARC / HOP)
        loud = decibels(uniform_filter1d(np.interp(at, self._heard, self._power[: len(self._heard)]), size))
        moved = uniform_filter1d(np.interp(at, t, course), size)
        ranks = [rankdata(each) for each in (moved, loud)]
        one, other = ((r - r.mean()) / max(float(r.std()), 1e-9) for r in ranks)
        _, value, p = lag(one, other, HOP, 0.0)
        return self.found(
            measure,
            value,
            words=f"Loudness follows {what} by {number(value)} (1 in step, 0 unrelated, -1 opposed).",
            confidence=round(1 - min(1.0, 2 * min(p, 1 - p)), 3),
        )
