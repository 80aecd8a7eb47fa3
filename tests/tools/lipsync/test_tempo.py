"""Speeds of lips against a voice: on a model that hears and sees one number, and lips that say what the voice says."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.tools.lipsync.features import LIP_FEATURES, RATE
from evalverse.tools.lipsync.heads import Head, Voice
from evalverse.tools.lipsync.model import Encoder, LipModel
from evalverse.tools.lipsync.tempo import Tempo, pieces, tempo

SECONDS = 6


def _model() -> LipModel:
    """Both sides hand on their first number."""

    def first(width: int) -> Encoder:
        weight = np.zeros((1, width, 1), np.float32)
        weight[0, 0, 0] = 1
        return Encoder(((weight, np.zeros(1, np.float32)),))

    about = {"temperature": 10.0, "belongs": [-6.0, 70.0, -20.0]}
    return LipModel(((first(LIP_FEATURES), first(1)),), about)


def _course(seconds: np.ndarray) -> np.ndarray:
    """What a mouth does at these seconds: syllables of chance, about four in a second."""
    rng = np.random.default_rng(3)
    rates, phases = rng.uniform(0.5, 4.5, 40), rng.uniform(0, 2 * np.pi, 40)
    return np.asarray(np.sin(2 * np.pi * rates * seconds[:, None] + phases).sum(axis=1))


def _read(speed: float, late: float = 0.0, other: bool = False) -> Tempo | None:
    clock = np.arange(SECONDS * RATE) / RATE
    lips = np.zeros((len(clock), LIP_FEATURES), np.float32)
    lips[:, 0] = _course(1000 + clock if other else clock * speed)
    said = _course(clock - late)[:, None].astype(np.float32)
    all_of_it = np.ones(len(clock), bool)
    head = Head(track=0, shot=0, first=0, lips=lips, readable=all_of_it, place=0.5)
    return tempo(head, Voice(0, said, all_of_it, all_of_it), _model())


@pytest.mark.parametrize("speed", [0.5, 0.7, 1.0, 1.3, 1.9])
@pytest.mark.parametrize("late", [0.0, 0.3])
def test_the_speed_is_found_whatever_the_offset(speed: float, late: float) -> None:
    read = _read(speed, late)
    assert read is not None
    assert read.speed == pytest.approx(speed, rel=0.02)
    assert read.theirs > 0.9


def test_lips_that_say_something_else_are_not_taken_for_the_voice() -> None:
    read, own = _read(1.0, other=True), _read(1.0)
    assert read is not None and own is not None
    assert read.gain < 0.6 * own.gain


def test_too_little_speech_says_nothing() -> None:
    short = np.ones(RATE, bool)
    head = Head(track=0, shot=0, first=0, lips=np.ones((RATE, LIP_FEATURES), np.float32), readable=short, place=0.5)
    silence = Voice(0, np.zeros((RATE, 1), np.float32), ~short, ~short)
    assert tempo(head, silence, _model()) is None


def test_long_mouths_are_read_in_pieces() -> None:
    lips = np.zeros((30 * RATE, LIP_FEATURES), np.float32)
    head = Head(track=0, shot=0, first=70, lips=lips, readable=np.ones(len(lips), bool), place=0.5)
    parts = pieces([head])
    assert [part.first for part in parts][:2] == [70, 70 + len(parts[0].lips)]
    assert sum(len(part.lips) for part in parts) == len(lips)
    assert max(len(part.lips) for part in parts) <= 12 * RATE
