"""What the model is worth: whole speakers left out of the training, then read as the operator reads a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.lipsync.augment import pair
from evalverse.calibration.lipsync.data import Example, Voice
from evalverse.calibration.lipsync.data import read as example_of
from evalverse.calibration.lipsync.rates import RATES, at_rate
from evalverse.calibration.lipsync.ridge import REACH, curve, fit
from evalverse.calibration.lipsync.train import Recipe, pool, train
from evalverse.tools.ledger import Ledger
from evalverse.tools.lipsync.features import RATE, SOUND_RATE, steps_of, voice
from evalverse.tools.lipsync.heads import fits, heads, speakers, voice_of
from evalverse.tools.lipsync.model import LipModel
from evalverse.tools.lipsync.reading import Sync, sync
from evalverse.tools.people.faces import FaceTrack

Models = Mapping[str, LipModel]
"""By the name of an example: a model that never saw its speaker."""

TOLERANCE = 80.0
"""Milliseconds: two frames at 25 fps."""
OFFSETS = tuple(range(-400, 401, 100))
LENGTHS = (2.0, 3.0, 4.0, 6.0)
TEMPERATURES = tuple(float(t) for t in np.geomspace(0.5, 12, 28))


def held_out(examples: Sequence[Example], late: Mapping[str, float], recipe: Recipe) -> dict[str, LipModel]:
    """One training per speaker, on everyone else."""
    pairs = pool(examples, late, recipe.variants)
    models = {}
    for speaker in sorted({e.speaker for e in examples}):
        model = train({e.name: pairs[e.name] for e in examples if e.speaker != speaker}, recipe)
        models.update({e.name: model for e in examples if e.speaker == speaker})
    return models


def read(example: Example, model: LipModel, reach_ms: float = 1000.0) -> Sync | None:
    """What the operator would say of the example; None where it abstains for lack of material."""
    track = FaceTrack(0, example.t, example.points)
    found, _ = heads([track], example.height)
    steps = steps_of(example.start, example.start + len(example.samples) / SOUND_RATE)
    if not found or not len(steps) or not example.speech:
        return None
    sound = voice(example.samples, example.start, steps)
    heard = voice_of(sound, int(steps[0]), example.speech, model)
    tried = speakers(fits(found, heard, model, round(reach_ms * RATE / 1000)))
    if not tried or reduce(add, tried).chance is None:
        return None
    return sync(tried, model.about.get("temperature", 1.0))


def windows(example: Example, seconds: float, hop: float = 0.5) -> list[Example]:
    """The example cut into clips of ``seconds``, beginning ``hop`` seconds apart."""
    starts = np.arange(example.t[0], example.t[-1] - seconds + 0.05, hop)
    return [example.cut(float(start), float(start) + seconds) for start in starts]


# numbers that the operator needs


def fitted_temperature(examples: Sequence[Example], late: Mapping[str, float], models: Models) -> float:
    """The temperature that makes posteriors of held-out windows honest: least log loss of the lag within 40 ms."""
    lags = 1000 * np.arange(-RATE, RATE + 1) / RATE
    told: list[tuple[NDArray[np.float64], NDArray[np.bool_]]] = []
    for example in examples:
        for length in LENGTHS:
            for window in windows(example, length):
                found = read(window, models[example.name])
                if found is not None:
                    told.append((found.curve, np.abs(lags - 1000 * late[example.name]) <= 40))

    def loss(temperature: float) -> float:
        losses = []
        for scores, near in told:
            odds = np.exp((scores - scores.max()) / temperature)
            losses.append(-np.log(odds[near].sum() / odds.sum() + 1e-6))
        return float(np.mean(losses))

    return min(TEMPERATURES, key=loss)


@dataclass(frozen=True)
class Trial:
    """One reading of a face with its own or a foreign voice."""

    example: str
    own: bool
    length: float
    seconds: float
    height: float
    p_value: float


def trials(examples: Sequence[Example], strangers: Sequence[Voice], models: Models) -> list[Trial]:
    """Own and foreign voices, in windows of several lengths and whole."""
    found = []
    for example in examples:
        foreign = [other.voice for other in examples if other.speaker != example.speaker] + list(strangers)
        for length in (4.0, 6.0, 8.0, 60.0):
            for dub in (None, *foreign):
                dubbed = example if dub is None else example.dubbed(dub)
                end = min(float(dubbed.t[-1]), len(dubbed.samples) / SOUND_RATE)
                whole = dubbed.cut(float(dubbed.t[0]), end)
                for window in windows(whole, length, 2.0) if whole.seconds > length else [whole][: length > 8]:
                    reading = read(window, models[example.name])
                    if reading is not None and reading.p_value is not None:
                        found.append(
                            Trial(example.name, dub is None, length, reading.seconds, reading.height, reading.p_value)
                        )
    return found


def fitted_belongs(told: Sequence[Trial]) -> list[float]:
    """Logistic weights (base, height, root of seconds) of own against foreign voices, both weighing the same."""
    x = np.array([[1.0, t.height, np.sqrt(t.seconds)] for t in told])
    own = np.array([t.own for t in told])
    weight = np.where(own, 0.5 / own.sum(), 0.5 / (~own).sum()) * len(told)
    beta = np.zeros(3)
    for _ in range(50):  # Newton, with a touch of ridge against separable data
        p = 1 / (1 + np.exp(-x @ beta))
        slope = x.T @ (weight * (own - p)) - 0.1 * beta
        bend = (x * (weight * p * (1 - p))[:, None]).T @ x + 0.1 * np.eye(3)
        beta = beta + np.linalg.solve(bend, slope)
    return [round(float(b), 4) for b in beta]


# what is reported


def ridge_offsets(examples: Sequence[Example], late: Mapping[str, float]) -> dict[str, float]:
    """Milliseconds that the floor reads of each example, its speaker left out."""
    pairs = {e.name: pair(e, late[e.name]) for e in examples}
    found = {}
    for e in examples:
        weights = fit([pairs[o.name] for o in examples if o.speaker != e.speaker])
        found[e.name] = 1000 * (int(curve(weights, pair(e, 0.0)).argmax()) - REACH) / RATE
    return found


def ridge_window_hits(examples: Sequence[Example], late: Mapping[str, float], length: float) -> tuple[int, int]:
    """How many windows the floor reads within ``TOLERANCE`` of the clip's own offset, of how many."""
    pairs = {e.name: pair(e, late[e.name]) for e in examples}
    hits = total = 0
    for e in examples:
        weights = fit([pairs[o.name] for o in examples if o.speaker != e.speaker])
        for window in windows(e, length):
            read_ms = 1000 * (int(curve(weights, pair(window, 0.0)).argmax()) - REACH) / RATE
            hits += abs(read_ms - 1000 * late[e.name]) <= TOLERANCE
            total += 1
    return hits, total


def imposed(examples: Sequence[Example], models: Models) -> dict[int, list[float | None]]:
    """By imposed delay in ms: what each example reads more than it reads of itself (None: abstained)."""
    own = {e.name: read(e, models[e.name]) for e in examples}
    found: dict[int, list[float | None]] = {}
    for offset in OFFSETS:
        row: list[float | None] = []
        for e in examples:
            mine, moved = own[e.name], read(e.shifted(offset / 1000), models[e.name])
            row.append(None if mine is None or moved is None else moved.offset_ms - mine.offset_ms - offset)
        found[offset] = row
    return found


def at_rates(examples: Sequence[Example], models: Models, ledger: Ledger) -> dict[str, list[float | None]]:
    """By frame rate: what each example reads, encoded anew at it, less what it reads as it is, ms (None: abstained)."""
    found: dict[str, list[float | None]] = {}
    with TemporaryDirectory() as folder:
        for name, rate in RATES.items():
            row: list[float | None] = []
            for e in examples:
                again, _ = example_of(at_rate(e.path, rate, Path(folder) / f"{e.name}_{name}.mp4"), ledger, e.speaker)
                mine = read(e, models[e.name])
                other = read(again, models[e.name]) if again else None
                row.append(None if mine is None or other is None else other.offset_ms - mine.offset_ms)
            found[name] = row
    return found


def area_under_curve(own: Sequence[float], foreign: Sequence[float]) -> float:
    """Chance that an own voice scores higher than a foreign one."""
    a, b = np.asarray(own)[:, None], np.asarray(foreign)[None]
    return float((a > b).mean() + 0.5 * (a == b).mean())
