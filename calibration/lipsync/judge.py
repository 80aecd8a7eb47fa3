"""What the model is worth: whole speakers left out of the training, then read as the operator reads a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.lipsync.augment import pair
from evalverse.calibration.lipsync.data import Example, Voice
from evalverse.calibration.lipsync.ridge import REACH, curve, fit
from evalverse.calibration.lipsync.train import Recipe, pool, train
from evalverse.tools.lipsync.features import RATE, SOUND_RATE, steps_of, voice
from evalverse.tools.lipsync.heads import fits, heads, speakers, voice_of
from evalverse.tools.lipsync.model import LipModel
from evalverse.tools.lipsync.reading import THEIRS, Sync, belongs, sync
from evalverse.tools.people.faces import FaceTrack

Models = Mapping[str, LipModel]
"""By the name of an example: a model that never saw its speaker."""

TOLERANCE = 80.0
"""Milliseconds: two frames at 25 fps."""
OFFSETS = tuple(range(-450, 451, 150))
LENGTHS = (2.0, 3.0, 4.0, 6.0)
WRONG = 0.005
"""Share of the offsets that are told which may be off by more than ``TOLERANCE``."""
CERTAINTIES = tuple(round(float(c), 2) for c in np.arange(0.5, 1.0, 0.01))
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
class Told:
    """An offset that was read of a window with its own voice, and that would be told: how wrong, how sure."""

    speaker: str
    error_ms: float
    certainty: float


def told(examples: Sequence[Example], late: Mapping[str, float], models: Models) -> list[Told]:
    """Windows of known offsets in which voice and lips are found to belong together."""
    found = []
    for example in examples:
        model = models[example.name]
        for offset in OFFSETS:
            moved = example.shifted(offset / 1000)
            for window in (w for length in LENGTHS for w in windows(moved, length, 1.0)):
                reading = read(window, model)
                if reading is None or not reading.together or belongs(reading, model.about) < THEIRS:
                    continue
                error = reading.offset_ms - 1000 * late[example.name] - offset
                found.append(Told(example.speaker, error, reading.certainty))
    return found


def unseen_numbers(
    examples: Sequence[Example], late: Mapping[str, float], models: Models, tried: Sequence[Trial]
) -> tuple[dict[str, LipModel], list[Told]]:
    """The models with numbers that were fitted without the speaker too, and what they tell of the windows."""
    by_name = {e.name: e.speaker for e in examples}
    found = dict(models)
    for speaker in set(by_name.values()):
        others = [e for e in examples if e.speaker != speaker]
        about = _odds(others, late, models, [t for t in tried if by_name[t.example] != speaker])
        found.update({n: replace(models[n], about=about) for n, whose in by_name.items() if whose == speaker})
    readings = told(examples, late, found)
    for name, speaker in by_name.items():
        sure = fitted_sure([r for r in readings if r.speaker != speaker])
        found[name] = replace(found[name], about={**found[name].about, "sure": sure})
    return found, readings


def numbers(
    examples: Sequence[Example], late: Mapping[str, float], models: Models, tried: Sequence[Trial]
) -> dict[str, Any]:
    """What the operator needs beside the weights, fitted to readings by models that never saw the speaker."""
    about = _odds(examples, late, models, tried)
    readings = told(examples, late, {name: replace(m, about=about) for name, m in models.items()})
    return {**about, "sure": fitted_sure(readings)}


def _odds(
    examples: Sequence[Example], late: Mapping[str, float], models: Models, tried: Sequence[Trial]
) -> dict[str, Any]:
    temperature = round(fitted_temperature(examples, late, models), 3)
    return {"temperature": temperature, "belongs": fitted_belongs(tried)}


def fitted_sure(readings: Sequence[Told]) -> float:
    """The least certainty from which on at most ``WRONG`` of what is told is wrong; 1 where there is none."""
    for least in CERTAINTIES:
        kept = [r for r in readings if r.certainty >= least]
        if kept and sum(abs(r.error_ms) > TOLERANCE for r in kept) <= WRONG * len(kept):
            return least
    return 1.0


@dataclass(frozen=True)
class Trial:
    """One reading of a face with its own or a foreign voice."""

    example: str
    own: bool
    length: float
    seconds: float
    agreement: float


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
                        found.append(Trial(example.name, dub is None, length, reading.seconds, reading.agreement))
    return found


def fitted_belongs(told: Sequence[Trial]) -> list[float]:
    """Logistic weights (base, agreement, 1 / root of seconds) of own against foreign voices.

    Own and foreign ones weigh the same, and so does each length.
    """
    x = np.array([[1.0, t.agreement, 1 / np.sqrt(t.seconds)] for t in told])
    own, length = np.array([t.own for t in told]), np.array([t.length for t in told])
    weight = np.array([1 / ((own == o) & (length == n)).sum() for o, n in zip(own, length, strict=True)])
    weight *= len(told) / weight.sum()
    middle, scale = x.mean(axis=0), x.std(axis=0)
    middle[0], scale[0] = 0.0, 1.0
    x = (x - middle) / scale
    beta = np.zeros(3)
    for _ in range(50):  # Newton, with a touch of ridge against separable data
        p = 1 / (1 + np.exp(-x @ beta))
        slope = x.T @ (weight * (own - p)) - 0.1 * beta
        bend = (x * (weight * p * (1 - p))[:, None]).T @ x + 0.1 * np.eye(3)
        beta = beta + np.linalg.solve(bend, slope)
    beta = beta / scale
    beta[0] -= beta @ middle
    return [round(float(b), 4) for b in beta]


# what is reported


def ridge_offsets(examples: Sequence[Example], late: Mapping[str, float]) -> dict[str, float]:
    """Milliseconds that the floor reads of each example, its speaker left out."""
    floors = _floors(examples, late)
    return {e.name: _ridge_ms(floors[e.speaker], e) for e in examples}


def window_errors(
    examples: Sequence[Example], late: Mapping[str, float], models: Models, length: float
) -> list[tuple[float, float | None]]:
    """For windows of ``length`` seconds, half a second apart: by how much the floor errs, and the model (or None)."""
    floors = _floors(examples, late)
    found: list[tuple[float, float | None]] = []
    for e in examples:
        for window in windows(e, length):
            reading, own = read(window, models[e.name], 1000 * REACH / RATE), 1000 * late[e.name]
            floor = _ridge_ms(floors[e.speaker], window) - own
            found.append((floor, None if reading is None else reading.offset_ms - own))
    return found


def _floors(examples: Sequence[Example], late: Mapping[str, float]) -> dict[str, NDArray[np.float64]]:
    """Ridge weights by the speaker who was left out."""
    pairs = {e.name: pair(e, late[e.name]) for e in examples}
    speakers_of = sorted({e.speaker for e in examples})
    return {out: fit([pairs[e.name] for e in examples if e.speaker != out]) for out in speakers_of}


def _ridge_ms(weights: NDArray[np.float64], example: Example) -> float:
    return 1000 * (int(curve(weights, pair(example, 0.0)).argmax()) - REACH) / RATE


def area_under_curve(own: Sequence[float], foreign: Sequence[float]) -> float:
    """Chance that an own voice scores higher than a foreign one."""
    a, b = np.asarray(own)[:, None], np.asarray(foreign)[None]
    return float((a > b).mean() + 0.5 * (a == b).mean())
