"""Mouths against the mere presence of a voice: lips that move in silence, lips at rest while their owner speaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Span
from evalverse.tools.lipsync.features import RATE
from evalverse.tools.lipsync.heads import Head, Mask

PAUSE = 0.35
"""Seconds after and before speech in which lips may close and open; also lets late and early voices be."""
REST = 0.6
"""Seconds for which lips must rest before it counts: long consonants and breaths hold them still for less."""


@dataclass(frozen=True)
class Share:
    """Seconds in which something was the case, of the seconds in which it could have been; where, longest first."""

    seconds: float
    of: float
    spans: tuple[Span, ...]

    @property
    def share(self) -> float:
        return self.seconds / self.of if self.of else 0.0


def spoken_at(steps: NDArray[np.int64], spans: Iterable[Span], pad: float = 0.0) -> Mask:
    """(T,) whether a step lies in one of the spans, made ``pad`` seconds longer at both ends."""
    at = steps / RATE
    found = np.zeros(len(at), bool)
    for span in spans:
        found |= (at >= span.start - pad) & (at < span.end + pad)
    return found


def mouthing(heads: Sequence[Head], speech: Sequence[Span], first: int, end: int) -> Share:
    """Lips that move while nobody is heard. A moment counts once, however many mouths move in it.

    Args:
        first, end: steps between which there is a sound track to be silent in.
    """
    total, moving = np.zeros(end, bool), np.zeros(end, bool)
    for head in heads:
        quiet = head.readable & ~spoken_at(head.steps, speech, PAUSE) & (head.steps >= first) & (head.steps < end)
        total[head.steps[quiet]] = True
        moving[head.steps[quiet & head.active]] = True
    return _share(moving, total)


def at_rest(heads: Sequence[Head], speech: Sequence[Span]) -> Share:
    """Speech during which none of these mouths moves for ``REST`` seconds or longer, while one can be read."""
    end = max((int(h.steps[-1]) + 1 for h in heads), default=0)
    total, moving = np.zeros(end, bool), np.zeros(end, bool)
    for head in heads:
        heard = head.readable & spoken_at(head.steps, speech)
        total[head.steps[heard]] = True
        moving[head.steps[head.active]] = True
    still = total & ~moving
    for a, b in _runs(still):
        if b - a < REST * RATE:
            still[a:b] = False
    return _share(still, total)


def unseen(heads: Sequence[Head], speech: Sequence[Span]) -> Share:
    """Speech during which no mouth on screen moves: whoever speaks is elsewhere, or turned away, or frozen."""
    end = max([int(h.steps[-1]) + 1 for h in heads] + [int(s.end * RATE) + 1 for s in speech], default=0)
    total = spoken_at(np.arange(end), speech)
    moving = np.zeros(end, bool)
    for head in heads:
        moving[head.steps[head.active & head.readable]] = True
    reach = int(REST * RATE)
    near = np.convolve(moving, np.ones(2 * reach + 1), "same") > 0.5 if end else moving
    return _share(total & ~near, total)


def _share(found: Mask, total: Mask) -> Share:
    spans = [Span(start=a / RATE, end=b / RATE) for a, b in _runs(found)]
    longest = tuple(sorted(spans, key=lambda s: -s.seconds))
    return Share(float(found.sum()) / RATE, float(total.sum()) / RATE, longest)


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """(first, end) of the stretches in which ``mask`` (T,) is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
