"""Mouths against the presence of a voice, on mouths that open and close as told."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.tools.evidence import Span
from evalverse.tools.lipsync.features import LIP_FEATURES, RATE
from evalverse.tools.lipsync.heads import Head, heads
from evalverse.tools.lipsync.mouthing import at_rest, mouthing, unseen
from evalverse.tools.people.faces import FaceTrack
from tests.tools.people._faces import face, seen_from


def head(*talks: tuple[float, float], seconds: float = 10.0) -> Head:
    """A mouth that opens and closes four times a second within the spans, and rests otherwise."""
    t = np.arange(round(seconds * RATE)) / RATE
    opening = np.zeros(len(t))
    for start, end in talks:
        inside = (t >= start) & (t < end)
        opening[inside] = 0.06 * (1 - np.cos(2 * np.pi * 4 * (t[inside] - start)))
    lips = np.repeat(opening[:, None], LIP_FEATURES, axis=1).astype(np.float32)
    return Head(0, 0, 0, lips, np.ones(len(t), bool), 0.5)


SPEECH = (Span(start=2.0, end=5.0),)


def test_a_mouth_that_moves_with_its_speech_has_no_fault() -> None:
    mine = [head((2.0, 5.0))]
    assert mouthing(mine, SPEECH, 0, 500).share == 0
    assert at_rest(mine, SPEECH).share == 0
    assert unseen(mine, SPEECH).share == 0


@pytest.mark.parametrize("extra", [1.0, 3.0])
def test_mouthing_in_silence_grows_with_its_length_and_is_pointed_at(extra: float) -> None:
    found = mouthing([head((2.0, 5.0), (6.0, 6.0 + extra))], SPEECH, 0, 500)
    assert found.seconds == pytest.approx(extra, abs=0.5)
    assert found.spans[0].start == pytest.approx(6.0, abs=0.3)
    assert at_rest([head((2.0, 5.0), (6.0, 6.0 + extra))], SPEECH).share == 0


def test_speech_over_a_still_mouth_is_found_and_is_not_mouthing() -> None:
    mine = [head((2.0, 3.0))]
    assert at_rest(mine, SPEECH).share == pytest.approx(2 / 3, abs=0.12)
    assert mouthing(mine, SPEECH, 0, 500).share == 0


def test_another_mouth_that_moves_excuses_the_still_one() -> None:
    assert at_rest([head(), head((2.0, 5.0))], SPEECH).share == 0


def test_a_voice_without_any_moving_mouth_is_from_elsewhere() -> None:
    assert unseen([head()], SPEECH).share == 1
    assert unseen([], SPEECH).share == 1
    assert unseen([head((2.0, 3.5))], SPEECH).share == pytest.approx(0.3, abs=0.15)


def test_faces_that_cannot_be_read_say_why() -> None:
    t = np.arange(100) / 25
    track = np.repeat(face(0.1)[None], 100, axis=0)
    for faces, reason in (
        (seen_from(track, size=0.01), "too small"),
        (seen_from(track, yaw=70, size=0.1), "turned away"),
        (seen_from(track, size=0.1) + 0.01 * np.random.default_rng(1).standard_normal(track.shape), "no face that"),
    ):
        found, why = heads([FaceTrack(0, t, faces.astype(np.float32))], 480)
        assert not found and reason in why
    found, _ = heads([FaceTrack(0, t, seen_from(track, size=0.1))], 480)
    assert len(found) == 1 and found[0].readable.all()
