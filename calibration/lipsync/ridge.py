"""The floor: ridge regression from voice to lips. Also finds how far each training clip is off by itself.

Linear, fitted in a moment, and knows nothing of phrases. See docs/lipsync.md for what it reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from evalverse.calibration.lipsync.augment import Pair, pair
from evalverse.calibration.lipsync.data import Example
from evalverse.tools.lipsync.features import RATE

CONTEXT = 8
"""Steps (0.16 s) of voice before and after that each moment of the lips is predicted from."""
SLOWEST = 0.5
"""Hz below which movements of the lips are mood and pose."""
WEIGHT = 6000.0
REACH = 30
"""Steps (0.6 s) of lag that are tried."""
ROUNDS = 3

Array = NDArray[np.float64]


def _lips(one: Pair) -> Array:
    sos = butter(2, SLOWEST, "high", fs=RATE, output="sos")
    moving = sosfiltfilt(sos, one.lips.astype(float), axis=0, padlen=min(len(one.lips) - 1, 3 * RATE))
    return np.asarray(moving / (moving.std(axis=0) + 1e-9))


def _voice(one: Pair) -> Array:
    bands = (one.voice - one.voice.mean(axis=0)) / (one.voice.std(axis=0) + 1e-9)
    padded = np.pad(bands.astype(float), ((CONTEXT, CONTEXT), (0, 0)), mode="edge")
    return np.concatenate([padded[i : i + len(bands)] for i in range(2 * CONTEXT + 1)], axis=1)


def fit(pairs: Sequence[Pair]) -> Array:
    """(26 x 17, 14) weights."""
    x = np.concatenate([_voice(p) for p in pairs])
    y = np.concatenate([_lips(p) for p in pairs])
    return np.asarray(np.linalg.solve(x.T @ x + WEIGHT * np.eye(x.shape[1]), x.T @ y))


def curve(weights: Array, one: Pair, reach: int = REACH) -> Array:
    """(2 reach + 1,) mean correlation of predicted and seen lips when the voice comes -reach .. reach steps late."""
    told, seen = _voice(one) @ weights, _lips(one)
    return np.array([_correlation(told, seen, lag) for lag in range(-reach, reach + 1)])


def _correlation(told: Array, seen: Array, lag: int) -> float:
    a = told[max(0, lag) : len(told) + min(0, lag)]
    b = seen[max(0, -lag) : len(seen) + min(0, -lag)]
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    return float(np.mean((a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0) + 1e-9)))


def own_lateness(examples: Sequence[Example]) -> Mapping[str, float]:
    """Seconds by which the voice of each example comes late by itself, against the median of the others.

    Real footage is off by a frame or two, some by more; a model that is told otherwise learns a blur. Each speaker's
    clips are read by a fit to the others, which are then put in step, and so on. The median over speakers is taken as
    being in sync: an assumption, and the limit of what can be known without a clapper board.
    """
    late: dict[str, float] = {e.name: 0.0 for e in examples}
    whole = {e.name: pair(e, 0.0) for e in examples}
    for _ in range(ROUNDS):
        stepped = {e.name: pair(e, late[e.name]) for e in examples}
        found = {}
        for example in examples:
            weights = fit([stepped[e.name] for e in examples if e.speaker != example.speaker])
            found[example.name] = (int(curve(weights, whole[example.name]).argmax()) - REACH) / RATE
        late = centred(found, {e.name: e.speaker for e in examples})
    return late


def centred(late: Mapping[str, float], speakers: Mapping[str, str]) -> dict[str, float]:
    """The same, less the median over speakers (each the mean of their clips)."""
    of: dict[str, list[float]] = {}
    for name, value in late.items():
        of.setdefault(speakers[name], []).append(value)
    middle = float(np.median([np.mean(v) for v in of.values()]))
    return {name: value - middle for name, value in late.items()}
