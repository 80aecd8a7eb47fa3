"""The rule by which VBench calls a clip dynamic, given the flow between sampled frames.

Eight frames a second are compared, each with the next. A pair moves when the fastest twentieth of its pixels travel
more than 6/256 of the picture's short side on average; the clip is dynamic when at least one pair in four moves
(Huang et al., VBench, CVPR 2024; vbench/dynamic_degree.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.operator import Operator

if TYPE_CHECKING:
    from evalverse.tools.media.clip import Clip

SAMPLED = 8
"""Frames per second that are compared."""
FASTEST = 0.05
"""Share of the pixels whose speed counts."""
THRESHOLD = 100 * 6 / 256
"""Displacement above which a pair of frames moves, in % of the picture's short side."""
FEWEST = 3
"""Sampled frames below which the rule asks for no moving pair at all, so that it says nothing."""


def interval(rate: float) -> int:
    """Every how many-th frame is looked at in a clip of ``rate`` frames per second; at least 1."""
    return max(1, round(rate / SAMPLED))


def interval_of(clip: Clip) -> int:
    """:func:`interval` of a clip's picture; 1 without one."""
    return interval(float(clip.picture.rate)) if clip.picture else 1


def fastest(flow: NDArray[np.floating]) -> float:
    """Mean length of the fastest twentieth of an (h, w, 2) flow, in its own unit; 0 for fewer than 20 pixels."""
    lengths = np.hypot(flow[..., 0], flow[..., 1]).ravel()
    count = int(lengths.size * FASTEST)
    return float(np.partition(lengths, lengths.size - count)[lengths.size - count :].mean()) if count else 0.0


def needed(frames: int) -> int:
    """How many pairs must move for ``frames`` sampled frames: a quarter of them, rounded as Python rounds."""
    return round(4 * frames / 16)


def moves(speeds: NDArray[np.floating], frames: int) -> bool:
    """Whether a clip is dynamic.

    Args:
        speeds: (N,) :func:`fastest` of every compared pair, in % of the short side.
        frames: how many frames were sampled.
    """
    return int(np.count_nonzero(speeds > THRESHOLD)) >= needed(frames)


def measures(how: str, vbench: bool) -> tuple[Measure, ...]:
    """The two measures of a dynamic degree whose flow comes about as ``how`` says."""
    rule = (
        "1 if at least a quarter of the pairs of frames, sampled 8 times a second, have a fastest twentieth of pixels "
        "that travels more than 6/256 of the picture's short side on average, else 0. "
    )
    suffix = " (VBench)" if vbench else ""
    return (
        Measure(
            name="vbench" if vbench else "moves",
            title=f"Dynamic degree{suffix}",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition=rule + how,
            source="Huang et al., VBench, CVPR 2024; vbench/dynamic_degree.py",
        ),
        Measure(
            name="speed",
            title="Fastest movement",
            unit="%",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Mean over the same pairs of how far the fastest twentieth of the pixels travels within an "
            "eighth of a second, in % of the picture's short side. " + how,
        ),
    )


def readings(
    subject: Operator, t: NDArray[np.floating], speeds: NDArray[np.floating], frames: int
) -> Iterator[Evidence]:
    """Evidence of both measures.

    Args:
        t: (N,) seconds of the later frame of each pair.
        speeds: (N,) as for :func:`moves`.
        frames: how many frames were sampled.
    """
    rule, speed = (m.name for m in subject.measures)
    if frames < FEWEST or not len(speeds):
        yield from subject.could_not_at_all(f"the rule takes {FEWEST} frames, 8 to a second, within a shot")
        return
    moving, asked = int(np.count_nonzero(speeds > THRESHOLD)), needed(frames)
    facts: dict[str, Any] = {"moving": moving, "needed": asked, "pairs": len(speeds), "threshold": round(THRESHOLD, 3)}
    verdict = "is" if moves(speeds, frames) else "is not"
    yield subject.found(
        rule,
        float(moves(speeds, frames)),
        words=f"{moving} of {len(speeds)} pairs of frames move; {asked} are needed, so the clip {verdict} dynamic.",
        **facts,
    )
    value = float(np.mean(speeds))
    words = f"The fastest twentieth of the picture travels {number(value)} % of its short side from sample to sample."
    yield subject.found(speed, value, words=words, curve=subject.curve(speed, t, speeds), **facts)
