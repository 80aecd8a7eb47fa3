"""From what several detectors say to one list of transitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.shots._gradual import Blend
from evalverse.tools.shots._likeness import Scores

SHORTEST_SECONDS = 0.16
"""A shot is at least this long, and at least 2 frames: of two cuts that are closer only the surer counts."""
HOLD_SECONDS = 0.5
"""Flat frames between two cuts belong to the cut up to this length; longer, they are a shot of their own."""
SLACK = 2
"""Frames by which the ends of a fade may be told wrongly."""

Flat = NDArray[np.bool_]


@dataclass(frozen=True)
class Transition:
    """How one shot becomes the next. All places are 0-based frames.

    ``start`` is the last frame of the old picture alone, ``end`` the first of the new one alone. ``at`` is the first
    frame that counts to the new shot, None for a fade at either end of the clip.
    """

    kind: Literal["cut", "dissolve", "fade", "wipe"]
    start: int
    end: int
    at: int | None
    certainty: float


def cuts(votes: Iterable[Scores], rate: float) -> tuple[list[Transition], float]:
    """Hard cuts on which the detectors agree on average, and the certainty of the likeliest that was turned down.

    Args:
        votes: per detector (N,) how surely a shot begins with the frame, NaN for an abstention.
        rate: frames per second.
    """
    found = places(votes, rate)
    taken = [Transition("cut", at - 1, at, at, sure) for at, sure in sorted(found) if sure >= 0.5]
    return taken, max((sure for _, sure in found if sure < 0.5), default=0.0)


def places(votes: Iterable[Scores], rate: float) -> list[tuple[int, float]]:
    """(first frame, certainty 0..1) of every place where a hard cut may be, the surest first; from 0.5 on it is one."""
    table = np.stack(list(votes))  # (detectors, N)
    voting = ~np.isnan(table)
    padded = np.pad(np.where(voting, table, 0.0), ((0, 0), (1, 1)))
    nearby = np.maximum(np.maximum(padded[:, :-2], padded[:, 2:]), padded[:, 1:-1])  # they may differ by a frame
    mean = np.where(voting, nearby, 0.0).sum(axis=0) / np.maximum(voting.sum(axis=0), 1)
    exact = padded.sum(axis=0)
    peak = (exact[1:-1] > 0) & (exact[1:-1] >= exact[:-2]) & (exact[1:-1] > exact[2:])
    shortest = max(2, SHORTEST_SECONDS * rate)
    taken = [0, len(exact) - 2]  # the clip's own ends count as cuts: a stray frame there is no shot
    found: list[tuple[int, float]] = []
    for place in sorted(np.flatnonzero(peak[1:]) + 1, key=lambda i: (-mean[i], i)):
        if any(abs(place - other) < shortest for other in taken):
            continue
        found.append((int(place), float(mean[place])))
        if mean[place] >= 0.5:
            taken.append(int(place))
    return found


def reconcile(cuts: Sequence[Transition], blends: Sequence[Blend], flat: Flat, rate: float) -> list[Transition]:
    """Cuts and blends as one list in order, without overlap.

    Of a cut and a blend in one place the surer stays; a wipe that passes for a mixture too is a wipe. What leads from a
    picture to flat frames, and from these to the next picture, is one fade (or one cut); flat frames at either end of
    the clip are no shot.

    Args:
        flat: (N,) whether a frame shows nothing but one colour.
        rate: frames per second.
    """

    def all_flat(first: int, last: int) -> bool:
        return bool(flat[max(0, first) : max(0, last + 1)].all())

    def any_flat(around: int) -> bool:
        return bool(flat[max(0, around - SLACK) : around + SLACK + 1].any())

    def one(a: Transition, b: Transition) -> bool:
        through_flat = any_flat(a.end) and any_flat(b.start) and all_flat(a.end + SLACK, b.start - SLACK)
        return through_flat and ("fade" in (a.kind, b.kind) or b.start - a.end < HOLD_SECONDS * rate)

    def join(a: Transition, b: Transition) -> Transition:
        at = b.at if b.kind == "cut" else a.at if a.kind == "cut" else (a.end + b.start + 1) // 2
        return Transition(
            "cut" if a.kind == b.kind == "cut" else "fade", a.start, b.end, at, min(a.certainty, b.certainty)
        )

    def kind(b: Blend) -> Literal["dissolve", "fade", "wipe"]:
        return "wipe" if b.wipe else "fade" if any_flat(b.start) or any_flat(b.end) else "dissolve"

    swept = [b for b in blends if b.wipe]
    soft = [
        Transition(kind(b), b.start, b.end, (b.start + b.end + 1) // 2, b.certainty)
        for b in blends
        if not any(b.start < c.end <= b.end and c.certainty > b.certainty for c in cuts)
        and (b.wipe or not any(b.start < w.end and w.start < b.end for w in swept))
    ]
    hard = [c for c in cuts if not any(s.start < c.end <= s.end for s in soft)]
    found: list[Transition] = []
    for this in sorted(hard + soft, key=lambda t: t.start):
        if found and one(found[-1], this):
            found[-1] = join(found[-1], this)
        else:
            found.append(this)

    def at_an_end(t: Transition) -> bool:
        opens = any_flat(t.start) and all_flat(0, t.start - SLACK)
        closes = any_flat(t.end) and all_flat(t.end + SLACK, len(flat))
        brief = min(t.start, len(flat) - t.end) < HOLD_SECONDS * rate
        return (opens or closes) and (t.kind == "fade" or brief)

    ended = [replace(t, at=None) if at_an_end(t) else t for t in found]
    return [t for t in ended if t.kind != "cut" or t.at is not None]


def as_given(found: Iterable[Transition], starts: NDArray[np.integer]) -> list[Transition]:
    """Transitions where the user says that shots begin: of the kind that was found there, else cuts.

    Args:
        found: what the detectors came to; fades at either end of the clip stay.
        starts: first frames of the shots; 0 does not count.
    """
    ends = [t for t in found if t.at is None]
    soft = [t for t in found if t.at is not None and t.kind != "cut"]
    told = []
    for at in np.unique(starts[starts > 0]).tolist():
        over = next((t for t in soft if t.start < at <= t.end), None)
        told.append(Transition("cut", at - 1, at, at, 1.0) if over is None else replace(over, at=at, certainty=1.0))
    return sorted([*ends, *told], key=lambda t: t.start)
