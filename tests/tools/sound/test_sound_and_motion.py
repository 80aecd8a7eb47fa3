"""A ball that bounces and its knocks, in time, late, missing and unrelated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Samples
from evalverse.tools.schedule import measure
from evalverse.tools.sound.sound_and_motion import SoundAndMotion, accents, lag
from tests.synth import gradient_noise, noise, write_clip
from tests.tools.sound._hear import listen, value, whole

SECONDS, FPS, RATE = 8.0, 25, 48000
HITS = np.cumsum([0.5, 0.62, 0.44, 0.81, 0.37, 0.7, 0.5, 0.9, 0.41, 0.66, 0.53, 0.76])


def ball() -> Iterator[NDArray[np.uint8]]:
    """A ball over a texture that turns round at every hit: it falls and rises between them."""
    ground, skin = gradient_noise(1, 144, 192), gradient_noise(2, 40, 40)
    edges = np.concatenate([[0.0], HITS, [SECONDS]])
    for index in range(round(SECONDS * FPS)):
        t = index / FPS
        place = int(np.searchsorted(edges, t, side="right")) - 1
        since, length = t - edges[place], edges[place + 1] - edges[place]
        height = 70 * 4 * since * (length - since)  # a parabola that is 0 at the hits
        top = int(np.clip(100 - height, 0, 104))
        picture = ground.copy()
        picture[top : top + 40, 76:116] = skin
        yield cv2.GaussianBlur(picture, (3, 3), 0).astype(np.uint8)


def knocks(late: float = 0.0, seed: int | None = None) -> Samples:
    """Noise bursts ``late`` seconds after the hits, or at random times."""
    sound = noise(1, SECONDS, level=-60)
    times = HITS + late if seed is None else np.random.default_rng(seed).uniform(0.3, 7.6, len(HITS))
    for t in times:
        knock = noise(round(1000 * t), 0.08, level=-15) * np.linspace(1, 0, round(0.08 * RATE))[:, None]
        begin = round(t * RATE)
        sound[begin : begin + len(knock)] += knock.astype(np.float32)[: len(sound) - begin]
    return sound


def heard(sound: Samples, root: Path) -> list[Evidence]:
    clip = probe(write_clip(root / "a.mkv", ball(), FPS, sound=sound))
    return measure(clip, ["sound_and_motion"], Ledger(root)).evidence["sound_and_motion"]


@pytest.mark.parametrize("late", [0.0, 0.2, -0.16])
def test_the_offset_of_the_knocks_is_found(late: float, tmp_path: Path) -> None:
    found = heard(knocks(late), tmp_path)
    assert value(found, "offset") == pytest.approx(1000 * late, abs=45)
    assert value(found, "agreement") > 0.2 and whole(found, "agreement").confidence > 0.99


def test_knocks_at_random_tell_nothing(tmp_path: Path) -> None:
    found = heard(knocks(seed=4), tmp_path)
    assert "chance" in str(whole(found, "offset").unmeasured)
    assert value(found, "agreement") < 0.3


def test_a_lag_of_none_is_looked_at_alone() -> None:
    course = accents(np.random.default_rng(1).exponential(size=300), np.linspace(0, 12, 300), np.arange(0, 12, 0.01))
    assert lag(course, -course, 0.01, 0.0)[:2] == (0.0, pytest.approx(-1))


def test_unrelated_courses_seldom_convince() -> None:
    at = np.arange(0, 12, 0.01)
    rng = np.random.default_rng(3)
    chances = []
    for _ in range(200):
        one, other = (accents(rng.exponential(size=300), np.linspace(0, 12, 300), at) for _ in range(2))
        chances.append(lag(one, other, 0.01)[2])
    assert np.mean(np.array(chances) < 0.05) < 0.09


def test_a_shifted_course_reads_its_lag() -> None:
    at = np.arange(0, 12, 0.01)
    course = accents(np.random.default_rng(1).exponential(size=300), np.linspace(0, 12, 300), at)
    seconds, value_there, p = lag(course, np.roll(course, 17), 0.01)
    assert seconds == pytest.approx(0.17) and value_there == pytest.approx(1, abs=0.01) and p < 1e-6


def test_reasons(tmp_path: Path) -> None:
    assert "needed" in str(whole(listen(SoundAndMotion, noise(1, 2), tmp_path), "offset").unmeasured)
    assert "moving picture" in str(whole(listen(SoundAndMotion, noise(1, 6), tmp_path), "arc").unmeasured)


def test_real_footage_is_measured(shared: Path, tmp_path: Path) -> None:
    clip = probe(shared / "speech" / "retalk_2.mp4")
    found = measure(clip, ["sound_and_motion"], Ledger(tmp_path)).evidence["sound_and_motion"]
    assert -0.2 < value(found, "agreement") < 0.6
    assert "10 s" in str(whole(found, "arc").unmeasured)


@pytest.mark.parametrize(("way", "least"), [(1, 0.8), (-1, -1.0)])
def test_loudness_that_rises_with_the_light_is_told_from_its_opposite(way: int, least: float, tmp_path: Path) -> None:
    course = np.sin(2 * np.pi * np.arange(12 * FPS) / (5 * FPS))
    picture = gradient_noise(1, 72, 96)[None] // 2 + (30 * way * course + 40)[:, None, None, None]
    level = 10 ** (np.interp(np.arange(12 * RATE), np.arange(12 * FPS) * RATE / FPS, course) / 2)
    sound = noise(1, 12.0, level=-35) * level[:, None].astype(np.float32)
    clip = probe(write_clip(tmp_path / "a.mkv", picture.clip(0, 255).astype(np.uint8), FPS, sound=sound))
    found = measure(clip, ["sound_and_motion"], Ledger(tmp_path)).evidence["sound_and_motion"]
    assert least <= value(found, "light_arc") <= (1 if way > 0 else -0.8)


def test_a_talking_head_has_no_offset_of_effects(shared: Path, tmp_path: Path) -> None:
    """Its accents agree beyond chance 380 ms late: the head nods after the words."""
    clip = probe(shared / "speech" / "retalk_1.mp4")
    found = measure(clip, ["sound_and_motion"], Ledger(tmp_path)).evidence["sound_and_motion"]
    assert "lip_sync tells" in str(whole(found, "offset").unmeasured)
