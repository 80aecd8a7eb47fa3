"""The scheduler: one decode, order, rates, shots, the cache, and failures that are recorded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from evalverse.errors import UnknownName
from evalverse.settings import Settings
from evalverse.tools import schedule
from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Picture, Scene, operator
from evalverse.tools.schedule import measure
from tests.synth import write_clip

VALUE = Measure(name="value", title="Value", unit="", direction=Direction.NEUTRAL, definition="whatever the test says")


class Spy(Operator):
    """Remembers what it was fed, across instances."""

    name, version, title = "spy", "1", "Spy"
    needs = Needs(picture=Picture(height=16))
    measures = (VALUE,)
    seen: ClassVar[list[Frame]] = []
    heard: ClassVar[list[Sound]] = []
    finished: ClassVar[list[Scene]] = []

    def see(self, frame: Frame) -> None:
        type(self).seen.append(frame)

    def listen(self, sound: Sound) -> None:
        type(self).heard.append(sound)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        type(self).finished.append(scene)
        yield self.found("value", 1.0)


@pytest.fixture
def spies(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Operators of this test, known to the scheduler for as long as it runs."""
    known: dict[str, type[Operator]] = {}

    def find(name: str) -> type[Operator]:
        return known[name] if name in known else operator(name)

    def make(name: str, **fields: Any) -> Any:
        kind = type(name, (Spy,), {"name": name, "seen": [], "heard": [], "finished": [], **fields})
        known[name] = kind
        return kind

    monkeypatch.setattr(schedule, "operator", find)
    return make


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """2.5 s at 20 fps with a cut after 1 s, and sound."""
    rng = np.random.default_rng(1)
    pictures = [np.kron(rng.integers(0, 255, (6, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8) for _ in range(2)]
    frames = [np.roll(pictures[int(i >= 20)], i // 2, axis=1) for i in range(50)]
    tone = 0.1 * np.sin(np.arange(48000 * 2.5) / 20).astype(np.float32)
    return probe(write_clip(tmp_path_factory.mktemp("film") / "film.mp4", frames, rate=20, sound=tone))


def test_frames_come_in_order_each_once_and_know_the_one_before(film: Clip, spies: Any, tmp_path: Path) -> None:
    before: list[int | None] = []

    def see(self: Spy, frame: Frame) -> None:
        before.append(frame.previous.index if frame.previous else None)
        type(self).seen.append(frame)

    spy = spies("spy", see=see)
    measure(film, ["spy"], Ledger(tmp_path))
    assert [f.index for f in spy.seen] == list(range(50))
    assert before == [None, *range(49)]
    assert all(f.previous is None for f in spy.seen), "a chain of frames would hold the whole clip in memory"


def test_one_decode_serves_all(film: Clip, spies: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decodes: list[Clip] = []
    real = schedule.frames
    monkeypatch.setattr(schedule, "frames", lambda clip: decodes.append(clip) or real(clip))
    names = [f"spy{i}" for i in range(5)]
    kinds = [spies(name) for name in names]
    measure(film, names, Ledger(tmp_path))
    assert len(decodes) == 1
    assert all(len(kind.seen) == 50 for kind in kinds)
    assert all(a is b for a, b in zip(kinds[0].seen, kinds[1].seen, strict=True)), "views are shared"


def test_a_lower_rate_thins_by_time(film: Clip, spies: Any, tmp_path: Path) -> None:
    spy = spies("spy", needs=Needs(picture=Picture(height=16, rate=4)))
    measure(film, ["spy"], Ledger(tmp_path))
    assert [round(f.seconds, 2) for f in spy.seen] == [round(i / 4, 2) for i in range(10)]


def test_shots_are_there_before_finish(film: Clip, spies: Any, tmp_path: Path) -> None:
    spy = spies("spy")
    measure(film, ["spy"], Ledger(tmp_path))
    assert [round(s.span.start, 2) for s in spy.finished[0].shots] == [0.0, 1.0]


def test_sound_is_handed_over_once_and_dependencies_come_first(film: Clip, spies: Any, tmp_path: Path) -> None:
    ears = spies("ears", needs=Needs(sound=True))
    brain = spies("brain", needs=Needs(after=("ears",)))
    done = measure(film, ["brain"], Ledger(tmp_path))
    assert list(done.evidence) == ["ears", "brain"]
    assert len(ears.heard) == 1
    assert brain.finished[0].evidence["ears"][0].value == 1.0
    assert not brain.seen and not brain.heard


def test_a_second_run_measures_nothing_and_a_change_measures_only_what_changed(
    film: Clip, spies: Any, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path)
    spies("one")
    spies("two", needs=Needs(picture=Picture(height=16), after=("one",)))
    spies("other")
    first = measure(film, ["two", "other"], ledger)
    again = measure(film, ["two", "other"], ledger)
    assert set(first.fresh) == {"shot_cutter", "one", "two", "other"}
    assert again.fresh == []
    assert again.evidence == first.evidence
    spies("one", version="2")
    assert set(measure(film, ["two", "other"], ledger).fresh) == {"one", "two"}


@pytest.mark.parametrize("where", ["see", "finish"])
def test_a_broken_operator_is_a_recorded_failure_and_tried_again(
    film: Clip, spies: Any, tmp_path: Path, where: str
) -> None:
    def breaks(self: Spy, given: Any) -> Any:
        raise ZeroDivisionError("no such number")

    spies("bad", **{where: breaks})
    spies("good")
    for _ in range(2):
        done = measure(film, ["bad", "good"], Ledger(tmp_path))
        (failure,) = done.evidence["bad"]
        assert failure.value is None
        assert "ZeroDivisionError" in (failure.unmeasured or "")
        assert done.evidence["good"][0].value == 1.0
        assert "bad" in done.fresh
    assert Ledger(tmp_path).load(done.keys["bad"]) == [failure]


def test_what_an_operator_lacks_is_said_and_not_kept(film: Clip, spies: Any, tmp_path: Path) -> None:
    spy = spies("spy", lacks=classmethod(lambda cls: "no weights; run: get them"))
    (said,) = measure(film, ["spy"], Ledger(tmp_path)).evidence["spy"]
    assert said.unmeasured == "no weights; run: get them"
    assert not spy.seen
    spies("spy")
    assert measure(film, ["spy"], Ledger(tmp_path)).evidence["spy"][0].value == 1.0


def test_silence_of_an_operator_becomes_a_reason(film: Clip, spies: Any, tmp_path: Path) -> None:
    spies("mute", finish=lambda self, scene: iter(()))
    (said,) = measure(film, ["mute"], Ledger(tmp_path)).evidence["mute"]
    assert said.unmeasured == "the operator came to no reading"


def test_missing_streams_are_reasons(spies: Any, tmp_path: Path) -> None:
    mute = probe(write_clip(tmp_path / "mute.mp4", [np.zeros((32, 32, 3), np.uint8)] * 5))
    spies("ears", needs=Needs(sound=True))
    (said,) = measure(mute, ["ears"], Ledger(tmp_path / "l")).evidence["ears"]
    assert said.unmeasured == "the clip has no sound"
    dark = probe(write_clip(tmp_path / "dark.wav", None, sound=np.zeros(4800, np.float32)))
    spies("eyes")
    (said,) = measure(dark, ["eyes"], Ledger(tmp_path / "l")).evidence["eyes"]
    assert said.unmeasured == "the clip has no picture"


def test_an_unknown_operator_is_refused_with_near_names(film: Clip, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="exposure"):
        measure(film, ["exposre"], Ledger(tmp_path))


def test_one_worker_reads_the_same_as_four(film: Clip, tmp_path: Path) -> None:
    names = ["exposure", "colour", "camera_motion", "loudness"]
    one = measure(film, names, Ledger(tmp_path / "1"), settings=Settings(workers=1))
    four = measure(film, names, Ledger(tmp_path / "4"), settings=Settings(workers=4))
    assert one.evidence == four.evidence


@pytest.mark.parametrize("loaded_late", [False, True])
def test_torch_keeps_to_its_share_while_operators_run_side_by_side(
    film: Clip, spies: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded_late: bool
) -> None:
    threads = [8]
    torch = SimpleNamespace(get_num_threads=lambda: threads[-1], set_num_threads=threads.append)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    if loaded_late:
        monkeypatch.delitem(sys.modules, "torch", raising=False)
    else:
        monkeypatch.setitem(sys.modules, "torch", torch)
    during: list[int] = []

    def see(self: Spy, frame: Frame) -> None:
        monkeypatch.setitem(sys.modules, "torch", torch)
        during.append(threads[-1])

    for name in ("a", "b", "c", "d"):
        spies(name, see=see)
    measure(film, ["a", "b", "c", "d"], Ledger(tmp_path), settings=Settings(workers=4))
    assert during[-1] == 2
    assert threads[-1] == 8
