"""Voices: whether all that is spoken sounds like one voice in one recording, or changes timbre on the way.

Timbre is the mean cepstrum of a piece of speech; two pieces are as far apart as their means are, measured in what the
cepstra vary within pieces (Mahalanobis distance). It needs no learned weights. What it does not know: who is seen to
speak. Two people in dialogue are far apart rightly, and so is one person in two rooms or through a telephone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._onsets import HOP_SAMPLES, WINDOW, mel_filters
from evalverse.tools.sound._voice import HOP, RATE, voice_frames
from evalverse.tools.sound._wave import Series, lacking
from evalverse.tools.sound.prosody import spoken
from evalverse.tools.sound.speech_activity import segments_from

COEFFICIENTS = 20
"""Cepstral coefficients; the first, loudness, is left out."""
PIECE = 120
"""Voiced frames of 10 ms in a piece: about two seconds of speech."""
LOUD = 20.0
"""dB below the loud parts under which a frame is left out: noise would be compared."""
FEWEST, MOST = 3, 300
"""Pieces that are needed, and that are compared with each other at most."""
ANOTHER = 3.3
"""Distance from which on two groups sound like two voices: one voice spread over 2.0 to 3.3, two over 3.4 and more in
95 % of the pairs of real recordings that were tried."""
SHRINK = 0.05
"""Share of the variances that is added to the covariance, so that few frames suffice."""
SURE = 0.5
"""It cannot tell a change of voice from a change of speaker."""
MOMENTS = 3
_AT_ONCE = 2000


@dataclass(frozen=True)
class Piece:
    """A piece of speech: seconds from its first to its last frame, mean (D,) and covariance (D, D) of its cepstra."""

    span: Span
    mean: Series
    spread: Series


def cepstra(mono: Samples) -> Series:
    """(T, COEFFICIENTS - 1) mel cepstra of (N,) samples at 16 kHz, every 10 ms."""
    from scipy.fft import dct

    count = len(mono) // HOP_SAMPLES
    filters, window = mel_filters(), np.hanning(WINDOW)
    found = np.zeros((count, COEFFICIENTS - 1))
    for first in range(0, count, _AT_ONCE):
        last = min(count, first + _AT_ONCE)
        begin, end = first * HOP_SAMPLES - WINDOW // 2, (last - 1) * HOP_SAMPLES + WINDOW // 2
        block = np.pad(mono[max(0, begin) : end], (max(0, -begin), max(0, end - len(mono))))
        rows = np.lib.stride_tricks.sliding_window_view(block, WINDOW)[::HOP_SAMPLES]
        mel = np.log(np.abs(np.fft.rfft(rows * window, axis=1)) ** 2 @ filters.T + 1e-6)
        found[first:last] = dct(mel, axis=1, norm="ortho")[:, 1:COEFFICIENTS]
    return found


def pieces(course: Series, t: Series) -> list[Piece]:
    """Pieces of (T, D) cepstra of voiced speech at seconds ``t`` (T,)."""
    whole = len(course) // PIECE
    chosen = np.unique(np.linspace(0, whole - 1, min(whole, MOST)).astype(int)) if whole else ()
    parts = [slice(i * PIECE, (i + 1) * PIECE) for i in chosen]
    return [
        Piece(Span(start=float(t[p][0]), end=float(t[p][-1]) + HOP), course[p].mean(axis=0), np.cov(course[p].T))
        for p in parts
    ]


def distances(found: Sequence[Piece]) -> Series:
    """(K, K) Mahalanobis distances of the means, in the mean covariance within pieces."""
    within = np.mean([p.spread for p in found], axis=0)
    within = within + SHRINK * np.diag(np.diag(within))
    means = np.stack([p.mean for p in found])
    whitened = np.linalg.solve(np.linalg.cholesky(within), means.T).T
    return np.asarray(np.linalg.norm(whitened[:, None] - whitened[None], axis=2))


def groups(apart: Series) -> tuple[float, list[int]]:
    """(distance of the two most distant groups, group of each piece) by average linkage of (K, K) distances."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    tree = linkage(squareform(apart, checks=False), "average")
    return float(tree[-1, 2]), fcluster(tree, ANOTHER, "distance").tolist()


@register
class Voices(Operator):
    """Spread of timbre, and the number of voices that it suggests."""

    name, version, title = "voices", "1", "Voices"
    needs = Needs(sound=True, after=("speech_activity",))
    cost = 0.3
    measures = (
        Measure(
            name="spread",
            title="Change of timbre",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Mahalanobis distance between the two most distant groups (average linkage) of pieces of speech "
            "of 1.2 voiced seconds, by their mean mel cepstra. One voice in one room stays under 3.3. Several people "
            "who speak in turn exceed it rightly; confidence says so.",
            source="Davis and Mermelstein 1980 for the cepstra",
        ),
        Measure(
            name="count",
            title="Voices",
            unit="",
            low=1,
            direction=Direction.NEUTRAL,
            definition="Number of groups that lie 3.3 or more apart.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 2.0), sound.start
        if self._why is None:
            mono = sound.mono(RATE)
            self._frames, self._cepstra = voice_frames(mono), cepstra(mono)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        segments = segments_from(scene.evidence.get("speech_activity", []))
        found = [] if self._why is not None or not segments else self._pieces(segments)
        if self._why is None and len(found) < FEWEST:
            self._why = "too little is spoken with voice" if segments else "nobody is heard speaking"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        spread, group = groups(distances(found))
        count = len(set(group))
        words = "All speech sounds like one voice" if count == 1 else f"The speech sounds like {count} voices"
        apart = f"{words}, {number(spread)} apart in timbre."
        yield self.found("spread", spread, words=apart, confidence=SURE, count=count)
        yield self.found("count", count, words=f"{words}.", confidence=SURE)
        changes = [b.span.start for a, b, i, j in zip(found, found[1:], group, group[1:], strict=False) if i != j]
        for at in changes[:MOMENTS]:
            span = Span(start=round(at, 2), end=round(at, 2))
            yield self.found("spread", spread, span=span, words="The voice or its recording changes here.")

    def _pieces(self, segments: Sequence[Span]) -> list[Piece]:
        frames = self._frames
        speech = spoken(len(frames.level), segments, self._start)
        loud = frames.level > np.percentile(frames.level[speech], 95) - LOUD if speech.any() else speech
        chosen = np.flatnonzero(speech & frames.voiced & loud)
        return pieces(self._cepstra[chosen], np.asarray(self._start + HOP * chosen, np.float64))
