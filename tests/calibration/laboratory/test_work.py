"""Work in other processes: kept, resumed, done again when what it depends on changes, failures recorded."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evalverse.calibration.laboratory.work import DIED, Item, read_log, spread
from evalverse.errors import JudgeUnavailable
from tests.calibration.laboratory._works import Odd


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes inherit the search path: they must find the work among the tests."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[3]))


def items(*names: str) -> list[Item]:
    return [Item(id=name, clip=Path(f"{name}.mp4")) for name in names]


def calls(folder: Path) -> Counter[str]:
    return Counter((folder / "calls").read_text().split())


def test_failures_are_results_with_their_reason_and_tried_again(tmp_path: Path) -> None:
    wanted = items("a", "break", "unreadable")
    told = spread(Odd(tmp_path), wanted, tmp_path / "log", 1)
    assert {key: done.failed for key, done in told.items()} == {
        "a": None,
        "break": "ZeroDivisionError: by nought",
        "unreadable": "unreadable.mp4: is no film",
    }
    assert told["a"].found == {"said": "a"}
    spread(Odd(tmp_path), wanted, tmp_path / "log", 1)
    assert calls(tmp_path) == {"a": 1, "break": 2, "unreadable": 2}


def test_a_process_that_dies_takes_no_other_clip_with_it(tmp_path: Path) -> None:
    told = spread(Odd(tmp_path), items("a", "b", "die", "c", "d"), tmp_path / "log", 2)
    assert {key for key, done in told.items() if done.failed} == {"die"}
    assert told["die"].failed == DIED


def test_processes_give_way_to_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalverse.calibration.laboratory.work.MOST", 2)
    told = spread(Odd(tmp_path), items("process-1", "process-2", "process-3", "die", "process-4"), tmp_path / "log", 1)
    assert {key for key, done in told.items() if done.failed} == {"die"}
    said = [told[f"process-{n}"].found["said"] for n in (1, 2, 3)]
    assert said[0] == said[1] != said[2]


def test_results_are_kept_until_what_they_depend_on_changes(tmp_path: Path) -> None:
    spread(Odd(tmp_path), items("a", "b"), tmp_path / "log", 1)
    spread(Odd(tmp_path), items("a"), tmp_path / "log", 1)
    assert calls(tmp_path) == {"a": 1, "b": 1}
    spread(Odd(tmp_path, stamp="2"), items("a"), tmp_path / "log", 1)
    assert calls(tmp_path) == {"a": 2, "b": 1}
    assert {done.id for done in read_log(tmp_path / "log")} == {"a", "b"}


def test_a_judge_that_is_away_ends_the_call_and_the_next_goes_on(tmp_path: Path) -> None:
    wanted = items("a", "away", "z")
    with pytest.raises(JudgeUnavailable):
        spread(Odd(tmp_path), wanted, tmp_path / "log", 1)
    assert next(read_log(tmp_path / "log")).id == "a"
    (tmp_path / "back").touch()
    told = spread(Odd(tmp_path), wanted, tmp_path / "log", 1)
    assert [done.failed for done in told.values()] == [None, None, None]
    assert calls(tmp_path)["a"] == 1
