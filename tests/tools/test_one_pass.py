"""The one pass over a clip: openings of the decoder, both cores, memory, what runs again, operators in one file."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import av
import numpy as np
import pytest

from evalverse.settings import Settings
from evalverse.tools import operator as registry
from evalverse.tools import picture as folder_of_operators
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import Needs, OperatorSettings, Picture, operators
from evalverse.tools.schedule import CHUNK_FRAMES, measure
from tests.synth import write_clip
from tests.tools.test_schedule import Spy, film, spies

__all__ = ["film", "spies"]

ONE_FILE = '''
"""How bright the first picture is, as an example of an operator."""
from evalverse.tools.evidence import Direction, Measure
from evalverse.tools.operator import Needs, Operator, Picture, register

@register
class Dropped(Operator):
    """An operator that a user has added."""
    name, version, title = "dropped_in", "1", "Dropped in"
    needs = Needs(picture=Picture(height=16, rate=1))
    luma = Measure(name="luma", title="Luma", unit="", direction=Direction.NEUTRAL, definition="mean of the luma")
    measures = (luma,)
    def see(self, frame):
        self.seen = float(frame.grey(16).mean())
    def finish(self, scene):
        yield self.found("luma", self.seen)
'''


def test_the_decoder_is_opened_once_for_all_operators(
    film: Any, spies: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = av.open
    monkeypatch.setattr(av, "open", lambda file, *a, **k: opened.append(str(file)) or real(file, *a, **k))
    names = [f"spy{i}" for i in range(6)]
    for name in names:
        spies(name, needs=Needs(picture=Picture(height=16 + len(name))))
    measure(film, names, Ledger(tmp_path))
    assert opened == [str(film.path)]


def test_operators_run_side_by_side(film: Any, spies: Any, tmp_path: Path) -> None:
    meeting = Barrier(2)
    met: list[bool] = []

    def see(self: Spy, frame: Frame) -> None:
        if frame.index == 20:
            try:
                meeting.wait(10)
                met.append(True)
            except BrokenBarrierError:
                met.append(False)

    spies("one", see=see)
    spies("two", see=see)
    measure(film, ["one", "two"], Ledger(tmp_path), settings=Settings(workers=2))
    assert met == [True, True]


def test_operators_conclude_side_by_side_and_after_those_that_they_build_on(
    film: Any, spies: Any, tmp_path: Path
) -> None:
    meeting = Barrier(2)
    ended: list[str] = []

    def finish(self: Spy, scene: Any) -> Iterator[Any]:
        if self.name in ("one", "two"):
            meeting.wait(10)
        assert set(self.needs.after) <= set(ended) and scene.shots
        yield self.found("value", float(len(scene.evidence["shot_cutter"]) > 0))
        ended.append(self.name)

    spies("one", finish=finish)
    spies("two", finish=finish)
    spies("last", finish=finish, needs=Needs(picture=Picture(height=16), after=("one", "two")))
    run = measure(film, ["last", "two"], Ledger(tmp_path), settings=Settings(workers=2))
    assert [item.value for name in ("one", "two", "last") for item in run.evidence[name]] == [1.0, 1.0, 1.0]
    assert run.fresh == ["shot_cutter", "one", "two", "last"]


def test_frames_die_however_long_the_clip_is(spies: Any, tmp_path: Path) -> None:
    frames = [np.full((48, 64, 3), i % 250, np.uint8) for i in range(20 * CHUNK_FRAMES)]
    clip = probe(write_clip(tmp_path / "long.mp4", frames, rate=25))
    alive: set[int] = set()
    most: list[int] = []

    def see(self: Spy, frame: Frame) -> None:
        frame.rgb(16)
        alive.add(frame.index)
        weakref.finalize(frame, alive.discard, frame.index)
        most.append(len(alive))

    spies("spy", see=see)
    measure(clip, ["spy"], Ledger(tmp_path / "l"))
    assert len(most) == len(frames)
    assert max(most) <= 2 * CHUNK_FRAMES


class Tuned(OperatorSettings):
    level: int = 1


def test_a_setting_or_a_byte_of_the_clip_is_another_reading(film: Any, spies: Any, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l")
    spies("tuned", Settings=Tuned)
    spies("after", needs=Needs(after=("tuned",)))
    spies("other")
    names = ["tuned", "after", "other"]

    def fresh(clip: Any, level: int = 1) -> set[str]:
        return set(measure(clip, names, ledger, tuned={"tuned": Tuned(level=level)}).fresh)

    assert fresh(film) == {"shot_cutter", *names}
    assert fresh(film) == set()
    assert fresh(film, level=2) == {"tuned", "after"}
    assert fresh(film, level=1) == set()
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(film.path.read_bytes())
    assert fresh(probe(moved)) == set(), "the same content under another name is the same clip"
    moved.write_bytes(film.path.read_bytes() + b"\0")
    assert fresh(probe(moved)) == {"shot_cutter", *names}


@pytest.fixture
def dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of operators that holds one file more."""
    (tmp_path / "dropped_in.py").write_text(ONE_FILE)
    operators()
    monkeypatch.setattr(folder_of_operators, "__path__", [*folder_of_operators.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    registry._scan.cache_clear()
    yield
    registry._scan.cache_clear()
    sys.modules.pop(f"{folder_of_operators.__name__}.dropped_in", None)


@pytest.mark.usefixtures("dropped")
def test_an_operator_is_one_file(film: Any, tmp_path: Path) -> None:
    assert "dropped_in" in operators()
    (told,) = measure(film, ["dropped_in"], Ledger(tmp_path / "l")).evidence["dropped_in"]
    assert told.measure == "dropped_in.luma" and told.value is not None
