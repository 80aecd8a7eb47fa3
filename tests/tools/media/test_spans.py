"""Parts of a clip, reached by seeking: the same frames, times and numbers as when all is decoded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.media.clip import Clip
from evalverse.tools.media.decode import frames
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.probe import probe
from tests.synth import gradient_noise, write_clip
from tests.tools.media._levels import level, levels

SEEKABLE = ["a.mp4", "a.mkv", "a.ts", "a.avi", "a.h264"]


@pytest.fixture(scope="module")
def long_clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    """50 numbered frames at 10 per second, a keyframe every 2 s, with reordered frames."""
    folder = tmp_path_factory.mktemp("long")
    return {n: probe(levels(folder / n, 50, rate=10, g=20, bf=2, **{"x264-params": "scenecut=0"})) for n in SEEKABLE}


@pytest.mark.parametrize("name", SEEKABLE)
@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, range(50)),
        (0.0, 0.3, range(3)),
        (2.0, 2.3, range(20, 23)),
        (1.95, 2.05, range(19, 21)),
        (4.44, None, range(44, 50)),
        (3.3, 3.3001, range(33, 34)),
        (99.0, None, range(49, 50)),
        (-5.0, 0.05, range(1)),
        (3.0, 2.0, range(0)),
    ],
)
def test_a_span_is_what_a_viewer_sees_in_it(
    long_clips: dict[str, Clip], name: str, start: float | None, end: float | None, expected: range
) -> None:
    found = list(frames(long_clips[name], start, end))
    assert [level(f) for f in found] == list(expected)
    assert [f.time for f in found] == [Fraction(i, 10) for i in expected]
    assert [f.index for f in found] == list(expected)


def test_seeking_does_not_decode_the_whole_clip(long_clips: dict[str, Clip]) -> None:
    stream = frames(long_clips["a.mkv"], 4.5)
    assert level(next(stream)) == 45
    assert stream.lost.decoded < 15


def moving(count: int) -> list[RGB]:
    picture = gradient_noise(3, 48, 80)
    return [np.roll(picture, 2 * i, axis=1) for i in range(count)]


@pytest.fixture(scope="module")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Five seconds with one keyframe, three of four frames unreferred to, some held for long."""
    rng = np.random.default_rng(2)
    times = [Fraction(int(n), 1000) for n in np.cumsum(rng.choice([20, 40, 40, 40, 400], 120))]
    times = [t - times[0] for t in times]
    path = tmp_path_factory.mktemp("sparse") / "a.mp4"
    return probe(write_clip(path, moving(120), rate=25, g=500, bf=3, times=times))


def test_frames_that_are_left_out_on_the_way_change_nothing(sparse: Clip) -> None:
    whole = list(frames(sparse))
    pictures = [f.rgb() for f in whole]
    for start in np.random.default_rng(0).uniform(1.0, float(whole[-1].time), 25):
        found = list(frames(sparse, float(start), float(start) + 0.6))
        first = max(i for i, f in enumerate(whole) if f.seconds <= start)
        assert [f.time for f in found] == [f.time for f in whole[first : first + len(found)]]
        assert all((f.rgb() == pictures[first + i]).all() for i, f in enumerate(found))


def test_they_are_not_decoded(sparse: Clip, tmp_path: Path) -> None:
    steady = probe(write_clip(tmp_path / "a.mp4", moving(150), rate=25, g=500, bf=3))
    stream = frames(steady, 5.0)
    assert next(stream).index == 125
    assert stream.lost.decoded < 90
