"""Reverberation: how long the room rings after the voice, and whether neighbouring shots share a room.

The estimate is blind: wherever speech dies away in a band of the spectrum, the slope of the level is that of the room,
unless the sound itself dies away more slowly. Tested on speech in synthetic rooms it is right to about 0.15 s between
0.4 and 1.2 s; dry speech reads 0.2 to 0.4 s, and longer rooms read too short. What it does not know: the distance of
the speaker, and whether a change of room is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, Shot, register
from evalverse.tools.sound._cuts import shots
from evalverse.tools.sound._wave import Series, lacking, runs
from evalverse.tools.sound.speech_activity import segments_from

RATE, WINDOW, HOP_SAMPLES, FFT = 16000, 400, 80, 512
HOP = HOP_SAMPLES / RATE
BANDS, LOWEST, HIGHEST = 12, 300.0, 5000.0
SMOOTH = 13
"""Frames of 5 ms: the level of a decaying band flutters."""
FLAT, SKIPPED = 0.3, 4
"""dB by which a decay may rise from frame to frame, and frames of its knee that are left out."""
SHORTEST, DEPTH, STRAIGHT = 0.15, 8.0, 0.9
"""Seconds and dB that a decay must span, and the r squared of its straight line."""
ABOVE_FLOOR = 6.0
"""dB above the band's noise at which a decay ends."""
TAIL = 0.5
"""Seconds after a stretch of speech in which the room may still ring."""
FEWEST, SURE = 8, 60
"""Decays that an estimate needs, and from which on it is trusted."""
ENOUGH = 2.0
_AT_ONCE = 4000


def band_levels(mono: Samples) -> Series:
    """(T, BANDS) dB of (N,) samples at 16 kHz, every 5 ms."""
    count = max(0, (len(mono) - WINDOW) // HOP_SAMPLES + 1)
    hz, edges = np.fft.rfftfreq(FFT, 1 / RATE), np.geomspace(LOWEST, HIGHEST, BANDS + 1)
    window = np.hanning(WINDOW)
    found = np.zeros((count, BANDS))
    for first in range(0, count, _AT_ONCE):
        last = min(count, first + _AT_ONCE)
        block = np.asarray(mono[first * HOP_SAMPLES : (last - 1) * HOP_SAMPLES + WINDOW], np.float64)
        rows = np.lib.stride_tricks.sliding_window_view(block, WINDOW)[::HOP_SAMPLES]
        power = np.abs(np.fft.rfft(rows * window, FFT, axis=1)) ** 2
        for band, (low, high) in enumerate(pairwise(edges)):
            found[first:last, band] = power[:, (hz >= low) & (hz < high)].mean(axis=1)
    return np.asarray(10 * np.log10(found + 1e-9))


def decays(levels: Series) -> Series:
    """(K, 2) of every free decay in (T, BANDS) levels: its frame, and the seconds that 60 dB would take."""
    from scipy.ndimage import uniform_filter1d

    smooth = uniform_filter1d(levels, SMOOTH, axis=0)
    found = []
    for course in smooth.T:
        floor = np.percentile(course, 5) + ABOVE_FLOOR
        for first, end in runs(np.diff(course) < FLAT):
            part = course[first + SKIPPED : end + 1]
            low = np.flatnonzero(part < floor)
            part = part[: low[0]] if len(low) else part
            if len(part) * HOP < SHORTEST or part[0] - part[-1] < DEPTH:
                continue
            t = HOP * np.arange(len(part))
            slope = np.polyfit(t, part, 1)[0]
            if np.corrcoef(t, part)[0, 1] ** 2 > STRAIGHT:
                found.append((first, -60 / slope))
    return np.array(sorted(found)).reshape(-1, 2)


@register
class Reverberation(Operator):
    """Reverberation time of speech, and its change from shot to shot."""

    name, version, title = "reverberation", "1", "Reverberation"
    needs = Needs(sound=True, after=("shot_cutter", "speech_activity"))
    cost = 0.2
    measures = (
        Measure(
            name="time",
            title="Reverberation time",
            unit="s",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Blind estimate of the time in which the room falls by 60 dB: median over the free decays of "
            "speech in 12 bands from 300 to 5000 Hz. Up to 0.4 s it cannot be told from a dry voice, above 1.5 s it "
            "reads too short. Confidence grows with the number of decays.",
            source="after Prego et al. 2015, Blind estimators for reverberation time",
        ),
        Measure(
            name="room_change",
            title="Change of room between shots",
            unit="",
            low=1,
            direction=Direction.LOWER,
            definition="The largest ratio of the reverberation times of neighbouring shots in which somebody speaks; "
            "1 is the same room. A cut to another place changes it rightly.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, ENOUGH), sound.start
        if self._why is None:
            self._decays = decays(band_levels(sound.mono(RATE)))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        segments = segments_from(scene.evidence.get("speech_activity", []))
        if self._why is None and not segments:
            self._why = "nobody speaks"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        at = self._start + HOP * self._decays[:, 0]
        in_speech = np.zeros(len(at), bool)
        for span in segments:
            in_speech |= (at >= span.start) & (at < span.end + TAIL)
        at, times = at[in_speech], self._decays[in_speech, 1]
        if len(times) < FEWEST:
            yield from self.could_not_at_all("too few words die away freely")
            return
        yield self._time(times)
        inside = [(shot, times[(at >= shot.span.start) & (at < shot.span.end)]) for shot in shots(scene)]
        measured = [(shot, own) for shot, own in inside if len(own) >= FEWEST]
        if len(inside) > 1:
            for shot, own in measured:
                yield self._time(own, shot)
        yield from self._change(measured)

    def _time(self, times: Series, shot: Shot | None = None) -> Evidence:
        value = float(np.median(times))
        words = f"The voice rings for {number(value)} s (60 dB)."
        sure = round(0.2 + 0.7 * min(1.0, len(times) / SURE), 3)
        return self.found("time", value, shot=shot, words=words, confidence=sure, decays=len(times))

    def _change(self, measured: Sequence[tuple[Shot, Series]]) -> Iterator[Evidence]:
        if len(measured) < 2:
            yield self.could_not("room_change", "fewer than two shots with enough speech")
            return
        medians = [(shot, float(np.median(own)), len(own)) for shot, own in measured]
        steps = [(max(a, b) / min(a, b), shot, a, b, min(n, m)) for (_, a, n), (shot, b, m) in pairwise(medians)]
        ratio, shot, before, after, count = max(steps, key=lambda s: s[0])
        words = f"Before the cut the voice rings for {number(before)} s, after it for {number(after)} s."
        told: dict[str, Any] = {"before": round(before, 3), "after": round(after, 3)}
        sure = round(0.2 + 0.5 * min(1.0, count / SURE), 3)
        yield self.found("room_change", ratio, words=words, confidence=sure, **told)
        at = shot.span.start
        yield self.found("room_change", ratio, span=Span(start=at, end=at), shot=shot, words=words, **told)
