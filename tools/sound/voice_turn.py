"""Turns of the voice: whether in the middle of a shot, or over a cut, the speaker's body or room becomes another.

A longer or shorter vocal tract moves all resonances of a voice together along the logarithm of frequency, which text
and feeling do not. A room fills the gaps between syllables and flutters, so that slow modulations lose against rapid
ones, which tells one room from another within seconds. What it does not know: who is seen to speak; two people who
talk in turn within one shot differ rightly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, Shot, register
from evalverse.tools.sound._cuts import shots
from evalverse.tools.sound._wave import Series, lacking
from evalverse.tools.sound.speech_activity import segments_from

RATE, FRAME, HOP = 16000, 640, 160
CELL = 10
"""Frames (0.1 s) whose spectra are kept as one."""
LOUD = 20.0
"""dB below the loudest parts under which a frame shows room and noise rather than the voice."""
BLOCK = 10.0
"""Seconds in which loudest is meant."""
TRACT = np.geomspace(150, 6000, 400)
"""Hz at which spectra are compared; neighbours are ``STEP`` semitones apart."""
STEP = float(12 * np.log2(TRACT[1] / TRACT[0]))
TREND, SMOOTH = 301, 21
"""Points over which the slope of a spectrum is deducted, and over which it is smoothed."""
FURTHEST = 60
"""Steps that spectra are moved: 9.6 semitones."""
ALIKE = 0.6
"""Correlation below which the two sides say too different things, or too little beside noise, to be compared."""
ENVELOPES = ((200, 500), (500, 1000), (1000, 2000), (2000, 3500))
ENVELOPE_RATE = 400
SLOW, RAPID = (2.0, 14.0), (14.0, 100.0)
"""Hz of modulation: syllables, and the flutter of a room."""
LEAST, MOST = 1.2, 8.0
"""Seconds of speech that each side needs, and seconds of each side that are heard."""
KEPT, SAME = 1.2, 3.5
"""Semitones and dB below which body and room count as the same."""
SURE = 0.7


@dataclass(frozen=True)
class Heard:
    """A sound at 16 kHz: summed log spectra (C, F) of the loud frames of every 0.1 s, their number (C,), and the
    envelopes (B, N) of its bands, 400 values a second."""

    spectra: Series
    count: Series
    envelopes: Series


def heard(mono: Samples) -> Heard:
    """What is kept of (N,) samples at 16 kHz; works through them in blocks."""
    from scipy.signal import butter, sosfilt

    filters = [butter(2, band, "band", fs=RATE, output="sos") for band in ENVELOPES]
    states = [np.zeros((len(f), 2)) for f in filters]
    window = np.hanning(FRAME)
    hz = np.fft.rfftfreq(FRAME, 1 / RATE)
    voice = (hz > ENVELOPES[0][0]) & (hz < 4000)
    spectra, counts, envelopes = [np.zeros((0, len(hz)))], [np.zeros(0)], [np.zeros((len(ENVELOPES), 0))]
    step = round(BLOCK * RATE)
    for first in range(0, len(mono), step):
        block = np.asarray(mono[first : first + step], np.float64)
        block = block[: len(block) // (CELL * HOP) * CELL * HOP]
        if not len(block):
            break
        rows = np.lib.stride_tricks.sliding_window_view(np.pad(block, (0, FRAME - HOP)), FRAME)[::HOP]
        power = np.abs(np.fft.rfft(rows * window, axis=1)) ** 2
        level = power[:, voice].sum(axis=1)
        loud = (level > np.percentile(level, 95) * 10 ** (-LOUD / 10)) & (level > 1e-9)
        kept = np.log(power + 1e-12) * loud[:, None]
        spectra.append(kept.reshape(-1, CELL, len(hz)).sum(axis=1))
        counts.append(loud.reshape(-1, CELL).sum(axis=1))
        parts = []
        for n, sections in enumerate(filters):
            filtered, states[n] = sosfilt(sections, block, zi=states[n])
            parts.append(np.abs(filtered).reshape(-1, RATE // ENVELOPE_RATE).mean(axis=1))
        envelopes.append(np.stack(parts))
    return Heard(np.concatenate(spectra), np.concatenate(counts), np.concatenate(envelopes, axis=1))


def moved(before: Series, after: Series) -> tuple[float, float]:
    """(semitones by which mean log spectrum ``after`` (F,) lies above ``before``, correlation when moved so)."""
    from scipy.signal import savgol_filter

    hz = np.fft.rfftfreq(FRAME, 1 / RATE)
    shapes = []
    for spectrum in (before, after):
        shape = np.interp(TRACT, hz, spectrum)
        shapes.append(savgol_filter(shape - savgol_filter(shape, TREND, 2), SMOOTH, 2))
    a, b = shapes
    n = len(TRACT)
    alike = []
    for by in range(-FURTHEST, FURTHEST + 1):
        pair = np.stack([a[max(0, -by) : n - max(0, by)], b[max(0, by) : n - max(0, -by)]])
        alike.append(float(np.corrcoef(pair)[0, 1]) if pair.std(axis=1).min() > 1e-9 else 0.0)
    best = int(np.argmax(alike))
    return (best - FURTHEST) * STEP, alike[best]


def steadiness(envelopes: Series) -> float:
    """dB of slow over rapid modulations of (B, N) envelopes: it falls with reverberation."""
    away = envelopes - envelopes.mean(axis=1, keepdims=True)
    power = (np.abs(np.fft.rfft(away * np.hanning(away.shape[1]), axis=1)) ** 2).sum(axis=0)
    hz = np.fft.rfftfreq(away.shape[1], 1 / ENVELOPE_RATE)
    slow, rapid = (power[(hz >= low) & (hz < high)].sum() for low, high in (SLOW, RAPID))
    return float(10 * np.log10((slow + 1e-12) / (rapid + 1e-12)))


@dataclass(frozen=True)
class Turn:
    """Before and after ``at`` seconds: semitones (None where nothing can be compared) and dB; over a cut or within."""

    at: float
    shot: Shot
    cut: bool
    semitones: float | None
    room: float


@register
class VoiceTurn(Operator):
    """Change of the vocal tract within shots; change of the room within them and over cuts."""

    name, version, title = "voice_turn", "2", "Turns of the voice"
    needs = Needs(sound=True, after=("shot_cutter", "speech_activity"))
    cost = 0.3
    measures = (
        Measure(
            name="tract",
            title="Change of the voice's body",
            unit="semitones",
            low=0,
            direction=Direction.LOWER,
            definition="By how much the resonances of the second half of a shot's speech lie above or below those of "
            "the first: shift along the logarithm of frequency at which mean log spectra (150 to 6000 Hz, trend "
            "deducted) correlate best; the shot with the largest. Voices that go on read 0 to 1.3.",
            source="vocal tract length normalisation by warping of frequency: Lee and Rose 1996, ICASSP",
        ),
        Measure(
            name="room",
            title="Change of the voice's room",
            unit="dB",
            low=0,
            direction=Direction.LOWER,
            definition="Difference of the ratio of slow (2 to 14 Hz) to rapid (14 to 100 Hz) modulations of speech "
            "between the halves of a shot and over cuts, the largest. Voices that stay in their room read 0 to 4.",
            source="after the speech-to-reverberation modulation energy ratio: Falk, Zheng and Chan 2010, IEEE TASLP",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 2 * LEAST), sound.start
        if self._why is None:
            self._heard = heard(sound.mono(RATE))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        segments = segments_from(scene.evidence.get("speech_activity", []))
        if self._why is None and not segments:
            self._why = "nobody speaks"
        turns = [] if self._why else list(self._turns(shots(scene), segments))
        if self._why is None and not turns:
            self._why = f"no shot has {number(LEAST)} s of speech in either half, and no cut has them on both sides"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        bodies = [t for t in turns if t.semitones is not None]
        if not bodies:
            within = any(not t.cut for t in turns)
            why = "the halves of its speech are too different to compare" if within else "no shot has speech enough"
            yield self.could_not("tract", why)
        else:
            worst = max(bodies, key=lambda t: abs(t.semitones or 0.0))
            by = worst.semitones or 0.0
            way = "higher" if by > 0 else "lower"
            words = f"In its second half the voice is that of a body tuned {number(abs(by))} semitones {way}."
            words = words if abs(by) >= KEPT else "The voice keeps its body."
            yield from self._told("tract", abs(by), worst, words)
        worst = max(turns, key=lambda t: abs(t.room))
        way = "more reverberant or distant" if worst.room < 0 else "drier or closer"
        where = "After the cut" if worst.cut else "In the second half of its shot"
        words = f"{where} the voice is {way}, by {number(abs(worst.room))} dB of modulation."
        words = words if abs(worst.room) >= SAME else "The voice stays in its room."
        yield from self._told("room", abs(worst.room), worst, words)

    def _told(self, measure: str, value: float, turn: Turn, words: str) -> Iterator[Evidence]:
        told: dict[str, Any] = {"at": round(turn.at, 2), "over_a_cut": turn.cut}
        yield self.found(measure, value, words=words, confidence=SURE, **told)
        span = Span(start=turn.at, end=turn.at)
        yield self.found(measure, value, span=span, shot=turn.shot, words=words, confidence=SURE)

    def _turns(self, cut: Sequence[Shot], segments: Sequence[Span]) -> Iterator[Turn]:
        """The middle of every shot's speech, and every hard cut, with enough speech on both sides."""
        cells = len(self._heard.count)
        at = self._start + (np.arange(cells) + 0.5) * CELL * HOP / RATE
        spoken = np.zeros(cells, bool)
        for span in segments:
            spoken |= (at >= span.start) & (at < span.end)
        spoken &= self._heard.count > 0
        for shot in cut:
            inside = np.flatnonzero(spoken & (at >= shot.span.start) & (at < shot.span.end))
            if len(inside):
                middle = int(inside[len(inside) // 2])
                edges = np.searchsorted(at, (shot.span.start, shot.span.end))
                yield from self._turn(shot, spoken, int(edges[0]), middle, int(edges[1]), False)
        for before, after in pairwise(cut):
            if after.begins_with == "cut":
                times = (before.span.start, after.span.start, after.span.end)
                first, middle, last = (int(edge) for edge in np.searchsorted(at, times))
                yield from self._turn(after, spoken, first, middle, last, True)

    def _turn(self, shot: Shot, spoken: Any, first: int, middle: int, last: int, cut: bool) -> Iterator[Turn]:
        reach = round(MOST * RATE / HOP / CELL)
        sides = [slice(max(first, middle - reach), middle), slice(middle, min(last, middle + reach))]
        if min(int(spoken[side].sum()) for side in sides) * CELL * HOP / RATE < LEAST:
            return
        spectra = []
        for side in sides:
            count = self._heard.count * spoken
            spectra.append((self._heard.spectra[side] * spoken[side, None]).sum(axis=0) / max(1, count[side].sum()))
        by, alike = moved(spectra[0], spectra[1])
        per_cell = ENVELOPE_RATE * CELL * HOP // RATE
        before, after = (
            steadiness(self._heard.envelopes[:, side.start * per_cell : side.stop * per_cell]) for side in sides
        )
        there = not cut and alike >= ALIKE and abs(by) < FURTHEST * STEP - STEP / 2
        yield Turn(self._start + middle * CELL * HOP / RATE, shot, cut, by if there else None, after - before)
