"""At which speed of the picture do lips and voice fit: tells an action that was slowed down or sped up under its sound.

Lips that were filmed at one speed and are shown at another fit their voice at no offset. Shown at the right speed
again they do, so every speed is tried, and the best offset of each is compared. Pure functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.lipsync.features import RATE
from evalverse.tools.lipsync.heads import Head, Voice
from evalverse.tools.lipsync.lag import Curve, products, summed
from evalverse.tools.lipsync.model import LipModel
from evalverse.tools.lipsync.reading import likelihood

FINEST = 0.03
"""Steps, in natural logarithm, between the speeds that are tried."""
SPEEDS: NDArray[np.float64] = np.exp(FINEST * np.arange(-28, 29))
"""Speeds of the picture against the sound that are tried: 0.43 to 2.3."""
REACH = 50
"""Steps of offset (1 s) to either side that are tried at each speed."""
PIECE = 8.0
"""Seconds of a mouth that are tried at once: longer ones would want finer steps of speed."""
LEAST = 1.5
"""Seconds of speech, at its own speed, that a piece must be heard for."""


@dataclass(frozen=True)
class Tempo:
    """The speed at which one piece of a mouth fits the voice best.

    ``speed`` is 1 in step, below for slow motion; ``certainty`` (0..1) is the posterior of the speeds about it,
    ``theirs`` (0..1) how probable it is that the voice is of these lips; ``gain`` is the score per second of speech,
    ``scores`` (57,) are those of ``SPEEDS``.
    """

    shot: int
    start: float
    end: float
    speed: float
    certainty: float
    theirs: float
    gain: float
    scores: Curve


def tempo(head: Head, voice: Voice, model: LipModel) -> Tempo | None:
    """The best speed of one mouth; None where it speaks for less than ``LEAST`` seconds."""
    tried = [_fit(_shown_at(head, speed), voice, model) for speed in SPEEDS]
    seconds, scores, agreements = np.array(tried).T
    best = int(scores.argmax())
    if seconds[best] < LEAST:
        return None
    odds = np.exp((scores - scores.max()) / model.about["temperature"])
    near = np.abs(np.arange(len(odds)) - best) <= 2
    return Tempo(
        shot=head.shot,
        start=head.first / RATE,
        end=float(head.steps[-1] + 1) / RATE,
        speed=float(np.exp(FINEST * (_top(scores) - len(SPEEDS) // 2))),
        certainty=float(odds[near].sum() / odds.sum()),
        theirs=likelihood(agreements[best], seconds[best], model.about["belongs"]),
        gain=float(scores[best] / seconds[best]),
        scores=scores,
    )


def pieces(found: Sequence[Head]) -> list[Head]:
    """The heads in parts of about ``PIECE`` seconds."""
    parts = []
    for head in found:
        count = max(1, round(len(head.lips) / (PIECE * RATE)))
        for at in np.array_split(np.arange(len(head.lips)), count):
            first = head.first + int(at[0])
            parts.append(replace(head, first=first, lips=head.lips[at], readable=head.readable[at]))
    return parts


def _shown_at(head: Head, speed: float) -> Head:
    """The head as it was before it was shown ``speed`` times as fast, from the same first step on."""
    at = np.arange(round(len(head.lips) * speed)) / speed
    there = np.arange(len(head.lips))
    lips = np.stack([np.interp(at, there, column) for column in head.lips.T], axis=1)
    readable = np.interp(at, there, head.readable.astype(float)) > 0.5
    return replace(head, lips=lips.astype(np.float32), readable=readable)


def _fit(head: Head, voice: Voice, model: LipModel) -> tuple[float, float, float]:
    """Seconds of speech that a head meets, its score at the best offset, and the cosine of lips and voice there."""
    at = head.steps - voice.first
    inside = (at >= 0) & (at < len(voice.near))
    heard = np.zeros(len(at), bool)
    heard[inside] = voice.near[at[inside]]
    weight = (head.readable & heard).astype(float)
    if not weight.any():
        return 0.0, 0.0, 0.0
    lips = model.mouth(head.lips, head.readable & heard) * weight[:, None].astype(np.float32)
    first = max(0, int(at[0]) - REACH)
    embedded = voice.embedded[first : max(first, int(at[-1]) + REACH + 1)]
    product, there = products(lips, embedded, int(at[0]) - first, REACH)
    score = summed(product, there, weight)
    best = int(score.argmax())
    met = np.clip(at - first + best - REACH, 0, len(embedded) - 1)
    power = (lips**2).sum() * ((embedded[met] ** 2).sum(axis=1) * there[:, best] * weight).sum()
    agreement = float((weight * product[:, best]).sum()) / max(1e-9, float(np.sqrt(power)))
    return float(weight.sum()) / RATE, float(score[best]), agreement


def _top(scores: Curve) -> float:
    """The place of the maximum, between the steps by a parabola."""
    top = int(scores.argmax())
    if top in (0, len(scores) - 1):
        return float(top)
    before, at, after = scores[top - 1 : top + 2]
    bend = before - 2 * at + after
    return float(top + (0.5 * (before - after) / bend if bend < 0 else 0.0))
