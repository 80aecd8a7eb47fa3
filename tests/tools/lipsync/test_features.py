"""Mouth and voice as numbers on one clock."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.tools.lipsync.features import HIGHEST, LOWEST, RATE, lips, mouth, steps_of, voice
from evalverse.tools.people.faces import KEPT, PLACE, RIGID
from tests.synth import noise, tone
from tests.tools.people._faces import face, seen_from


def test_steps_lie_within_the_span() -> None:
    assert steps_of(0.0, 0.1).tolist() == [0, 1, 2, 3, 4, 5]
    assert steps_of(0.033, 0.1).tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("hz", [200.0, 1000.0, 4000.0])
def test_a_tone_sounds_in_its_band(hz: float) -> None:
    heard = voice(tone(hz, 0.5, rate=16000)[:, 0], 0.0, np.array([10]))[0]
    top = 2595 * np.log10(1 + np.array([LOWEST, HIGHEST, hz]) / 700)
    assert heard.argmax() == pytest.approx((top[2] - top[0]) / (top[1] - top[0]) * 27 - 1, abs=0.6)


def test_sound_is_at_its_time_and_silence_around_it() -> None:
    heard = voice(noise(1, 0.2, rate=16000, level=-20)[:, 0], 1.0, np.arange(40, 70))
    loud = np.flatnonzero(heard.mean(axis=1) > -5) + 40
    assert (loud[0], loud[-1]) == (50, 60)


def test_a_longer_throat_lowers_what_is_heard() -> None:
    sound, at = tone(2000, 0.5, rate=16000)[:, 0], np.array([10])
    low, high = (int(voice(sound, 0.0, at, warp)[0].argmax()) for warp in (1.15, 0.87))
    assert low < high


def test_the_mouth_is_the_same_from_wherever_it_is_seen() -> None:
    heads = np.stack([face(opening=o) for o in (0.0, 0.1, 0.3)])
    straight = lips(np.arange(3) / RATE, heads, np.arange(3))
    turned = lips(np.arange(3) / RATE, seen_from(heads, yaw=25, pitch=-10, roll=15, size=0.2), np.arange(3))
    assert np.allclose(straight, turned, atol=0.01)
    assert np.allclose(straight[:, 0], (0.0, 0.1, 0.3), atol=0.01)


def test_the_rigid_landmarks_are_kept_and_apart_from_the_mouth() -> None:
    assert set(RIGID) <= set(KEPT)
    heads = np.stack([face(opening=0.0), face(opening=0.0)])
    heads[1, PLACE[13]] += 0.05
    assert not np.allclose(*mouth(heads.astype(float)))
