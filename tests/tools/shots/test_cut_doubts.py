"""Cuts in doubt are pointed at, settled by a cut list, and never changed by what was said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from evalverse.agent.arguments import settle
from evalverse.errors import UsageError
from evalverse.report.brief import Brief
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.probe import probe
from evalverse.tools.operator import OperatorSettings
from evalverse.tools.schedule import measure
from evalverse.tools.shots.cut_replies import CutReplies, ReplySettings
from evalverse.tools.shots.shot_cutter import ShotSettings
from tests.synth import write_clip
from tests.tools.shots._films import shot


@pytest.fixture(scope="module")
def faint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty frames, then the same picture under a third of another: nearly, but not surely, a cut."""
    one, other = shot(1, 40, (0.1, 0)), shot(2, 40, (0.1, 0))
    after = (0.65 * one[-1].astype(float)[None] + 0.35 * other).astype(np.uint8)
    return write_clip(tmp_path_factory.mktemp("faint") / "a.mp4", [*one, *after])


def read(path: Path, name: str, folder: Path, **tuned: OperatorSettings) -> list[Evidence]:
    return measure(probe(path), [name], Ledger(folder), tuned=tuned).evidence[name]


def test_a_place_in_doubt_is_shown(faint: Path, tmp_path: Path) -> None:
    whole, moment = read(faint, "cut_doubts", tmp_path)
    assert whole.value == 1
    assert moment.data["at"] == pytest.approx(1.6, abs=0.01) and moment.data["counts"] is True
    assert moment.picture is not None and moment.confidence < 0.75


def test_plain_cuts_and_cut_lists_leave_no_doubt(faint: Path, tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "b.mp4", [*shot(1, 30), *shot(2, 30)])
    assert [e.value for e in read(plain, "cut_doubts", tmp_path)] == [0]
    (told,) = read(faint, "cut_doubts", tmp_path, shot_cutter=ShotSettings(cuts=()))
    assert told.value == 0 and "cut list" in told.words


def test_one_frame_and_sixteen_pixels(tmp_path: Path) -> None:
    tiny = write_clip(tmp_path / "c.mp4", [np.full((16, 16, 3), 90, np.uint8)])
    assert [e.value for e in read(tiny, "cut_doubts", tmp_path)] == [0]


def test_what_was_said_is_kept_beside_the_shots(faint: Path, tmp_path: Path) -> None:
    (at,) = [e.data["at"] for e in read(faint, "cut_doubts", tmp_path) if e.scope is Scope.MOMENT]
    given = ReplySettings(by="remote:vl", replies=((at, "take"), (9.0, "cut")))
    whole, moment = read(faint, "cut_replies", tmp_path, cut_replies=given)
    assert whole.value == 1, "what was said of no doubt of ours does not count"
    assert moment.value == 0 and "remote:vl" in moment.words and moment.picture is not None
    assert [e.value for e in read(faint, "cut_replies", tmp_path)] == [0]


def test_nobody_else_can_say_it() -> None:
    with pytest.raises(UsageError, match="no such setting"):
        settle(CutReplies, {"replies": [[1.6, "take"]]}, Brief())
    with pytest.raises(ValidationError):
        ReplySettings.model_validate({"replies": [[1.6, "perhaps"]]})
