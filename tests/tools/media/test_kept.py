"""Pictures kept from the pass, against those that are decoded for the look itself."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest

from evalverse.tools.media import kept, sample
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from tests.synth import write_clip

TIMES = (-1.0, 0.0, 0.39, 0.4, 2.2, 3.999999, 99.0)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("kept") / "a.mp4"
    pictures = np.random.default_rng(1).integers(0, 256, (20, 48, 64, 3), np.uint8)
    return probe(write_clip(path, pictures, rate=5, g=4))


def forbidden(*_: Any, **__: Any) -> Any:
    raise AssertionError("the clip was decoded again")


def test_kept_pictures_are_those_that_would_be_decoded(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = sample.frames_at(clip, TIMES)
    with kept.keeping(clip) as keep:
        for frame in frames(clip):
            keep(frame)
        monkeypatch.setattr(sample, "frames", forbidden)
        found = sample.frames_at(clip, TIMES)
    assert [(f.index, f.time, f.width, f.height) for f in found] == [
        (f.index, f.time, f.width, f.height) for f in wanted
    ]
    for one, other in zip(found, wanted, strict=True):
        assert np.array_equal(one.rgb(), other.rgb()) and np.array_equal(one.rgb(24), other.rgb(24))


def test_they_are_gone_afterwards(clip: Clip) -> None:
    with kept.keeping(clip) as keep:
        for frame in frames(clip):
            keep(frame)
        alive = weakref.ref(kept._kept[clip.sha256].frames[0][3])
        assert kept.kept(clip, 0.0, sample.TOLERANCE) is not None and alive() is not None
    assert kept.kept(clip, 0.0, sample.TOLERANCE) is None
    assert alive() is None, "memory would grow from clip to clip"


@pytest.mark.parametrize("said", [4.0, 0.4])
def test_a_clip_that_is_too_large_is_not_kept_in_part(clip: Clip, said: float, monkeypatch: pytest.MonkeyPatch) -> None:
    assert clip.picture is not None
    clip = clip.model_copy(update={"picture": clip.picture.model_copy(update={"duration": said})})
    monkeypatch.setattr(kept, "MOST_PIXELS", 18 * 48 * 64)
    with kept.keeping(clip) as keep:
        keep(next(frames(clip)))
        assert (kept.kept(clip, 0.0, sample.TOLERANCE) is None) == (said == 4.0)
        for frame in frames(clip):
            keep(frame)
        assert kept.kept(clip, 0.0, sample.TOLERANCE) is None


def test_nothing_is_kept_of_what_was_never_decoded(clip: Clip) -> None:
    with kept.keeping(clip):
        assert kept.kept(clip, 0.0, sample.TOLERANCE) is None
        assert len(sample.frames_at(clip, TIMES)) == len(TIMES)
