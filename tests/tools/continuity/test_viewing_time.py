"""Time on screen against time needed, and when a shot is spent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.tools.continuity import viewing_time
from evalverse.tools.continuity.viewing_time import Content, fresh, tail
from evalverse.tools.evidence import Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.picture.lettering import Line
from evalverse.tools.schedule import measure
from evalverse.tools.shots.shot_cutter import ShotSettings
from tests.synth import RGB, write_clip
from tests.tools.continuity._film import BLUE, RED, view
from tests.tools.shots._films import shot


def test_what_a_shot_needs_adds_up() -> None:
    assert Content(2, 0, False, 0).seconds == pytest.approx(0.2 + 2 * 0.33)
    assert Content(1, 2, True, 34).seconds == pytest.approx(0.2 + 4 * 0.33 + 2.0)


def told(path: Path, cuts: tuple[float, ...]) -> dict[str, list]:  # type: ignore[type-arg]
    given = {"shot_cutter": ShotSettings(cuts=cuts)}
    found: dict[str, list] = {}  # type: ignore[type-arg]
    for e in measure(probe(path), ["viewing_time"], Ledger(path.parent), tuned=given).evidence["viewing_time"]:
        found.setdefault(e.measure.split(".")[1], []).append(e)
    return found


def test_a_brief_shot_is_too_short(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [*view(1, RED), *view(2, BLUE)[:8], *view(3, RED), *view(4, RED)])
    found = told(path, (1.0, 1.32, 2.32))
    tightest = found["tightest"][0]
    row = tightest.data["shots"][1]
    assert row["stands"] == pytest.approx(0.32, abs=0.01) and row["needs"] >= 0.2 + 0.33
    assert tightest.value == pytest.approx(row["stands"] / row["needs"], abs=0.01) and tightest.value < 1
    (moment,) = [e for e in found["tightest"] if e.scope is Scope.MOMENT]
    assert moment.shot == 1 and moment.picture is not None and found["too_short"][0].value == 1


def test_writing_takes_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "a.mp4", [*view(1, RED), *view(2, BLUE), *view(3, RED)])
    plain = told(path, (1.0, 2.0))["tightest"][0].data["shots"][1]
    written = [Line((0.1, 0.1, 0.9, 0.2), "x" * 34, 0.9)]
    for module in (viewing_time, __import__("evalverse.tools.picture.lettering", fromlist=["lettering"])):
        monkeypatch.setattr(module, "lines", lambda picture: written)
    (tmp_path / "b").mkdir()
    path = path.rename(tmp_path / "b" / "a.mp4")
    row = told(path, (1.0, 2.0))["tightest"][0].data["shots"][1]
    if plain["characters"] is None:
        pytest.skip("the extra 'text' is missing")
    assert row["characters"] == 34 and row["needs"] - plain["needs"] == pytest.approx(2.0, abs=0.01)


def to_and_fro(pictures: list[RGB], times: int) -> list[RGB]:
    swing = [*pictures[-2:-24:-1], *pictures[-24:]]
    return [*pictures, *(swing * times)]


@pytest.mark.parametrize("kind", ["swings", "freezes"])
def test_a_spent_shot(tmp_path: Path, kind: str) -> None:
    moving = list(shot(5, 50, (0.8, 0.2)))
    film = to_and_fro(moving, 2) if kind == "swings" else [*moving, *[moving[-1]] * 92]
    spent = told(write_clip(tmp_path / "a.mp4", film), ())["spent"]
    assert spent[0].value == pytest.approx((len(film) - 50) / 25, abs=0.6)
    (moment,) = [e for e in spent if e.scope is Scope.MOMENT]
    assert moment.span is not None and moment.span.start == pytest.approx(2.0, abs=0.6)


def test_a_shot_that_goes_on_is_not_spent(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", shot(5, 140, (0.8, 0.2)))
    found = told(path, ())
    assert found["spent"][0].value == 0
    assert "between two cuts" in str(found["tightest"][0].unmeasured)


def test_tail_and_fresh_by_hand() -> None:
    t = np.arange(20) / 10
    assert tail(np.array([True] * 10 + [False] * 10), t) == pytest.approx(1.1), "one in eleven may be fresh"
    assert tail(np.ones(20, bool), t) == 0
    ramp = np.arange(20, dtype=np.float32)[:, None]
    assert fresh(ramp, t).all()
    assert not fresh(np.concatenate([ramp, ramp]), np.arange(40) / 10)[20:].any()


def test_one_frame(tmp_path: Path) -> None:
    found = told(write_clip(tmp_path / "a.mp4", view(1, RED)[:1]), ())
    assert found["spent"][0].value == 0
