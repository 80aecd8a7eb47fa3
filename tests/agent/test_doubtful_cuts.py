"""Doubtful cuts put to a model: one bounded question each; what cannot be read stays in doubt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evalverse import Report, Settings, critique
from evalverse.agent import doubtful_cuts
from evalverse.agent.judges.base import Looker
from evalverse.agent.judges.evidence import EvidenceJudge
from evalverse.agent.judges.remote import RemoteJudge
from evalverse.report.joins import table
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from tests.agent._case import case, reading
from tests.agent.judges.fake_server import FakeServer, Turn, obliging, say, texts
from tests.synth import write_clip
from tests.tools.shots._films import shot

SETTINGS = Settings(judge_timeout=10, judge_retries=0, judge_tool_rounds=0, judge_repairs=1, judge_cache=False)


def doubt(at: float, folder: Path) -> Evidence:
    picture = Ledger(folder).put_picture(np.full((20, 80, 3), 128, np.uint8))
    return reading("cut_doubts.count", 1, span=(at - 0.04, at), picture=picture, data={"at": at, "counts": True})


def said(tmp_path: Path, *turns: Turn, count: int = 3) -> tuple[dict[float, str], int]:
    doubts = [doubt(float(k), tmp_path) for k in range(1, count + 1)]
    about = replace(case(*doubts), ledger=Ledger(tmp_path))
    with FakeServer(*turns) as server:
        judge = RemoteJudge(f"{server.url}#fake-vl", SETTINGS)
        assert isinstance(judge, Looker)
        return dict(judge.settle_cuts(about, doubts)), len(server.seen)


def test_each_doubt_is_one_question(tmp_path: Path) -> None:
    answers = (say({"observed": "x", "verdict": word}) for word in ("cut", "take", "unsure"))
    assert said(tmp_path, *answers) == ({1.0: "cut", 2.0: "take"}, 3)


@pytest.mark.parametrize("bad", ["maybe", {"verdict": "yes"}, {"verdict": 1}, "", {"observed": "no verdict"}])
def test_an_unreadable_reply_stays_in_doubt(tmp_path: Path, bad: object) -> None:
    good = say({"verdict": "cut"})
    assert said(tmp_path, say(bad), say(bad), good, count=2) == ({2.0: "cut"}, 3)


def test_an_evidence_judge_has_no_eyes(tmp_path: Path) -> None:
    assert not isinstance(EvidenceJudge(), Looker)
    assert doubtful_cuts.settled(case(doubt(1.0, tmp_path)), EvidenceJudge(), SETTINGS) == ({}, [])


def film(folder: Path) -> Path:
    one, other = shot(1, 40, (0.1, 0)), shot(2, 40, (0.1, 0))
    after = (0.65 * one[-1].astype(float)[None] + 0.35 * other).astype(np.uint8)
    return write_clip(folder / "a.mp4", [*one, *after])


def told(report: Report) -> str:
    found = table(report)
    assert found is not None
    return found.rows[1][found.columns.index("In doubt")]


def test_the_shot_table_tells_what_was_said(tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"cache_dir": tmp_path / "cache"})
    wanted = "cut motivation"
    path = film(tmp_path)
    plain = critique(path, settings=settings, focus=wanted)
    assert told(plain) == "the cut to it"

    def answer(body: dict) -> object:  # type: ignore[type-arg]
        asked = any("does the picture cut here" in text for text in texts(body))
        return say({"observed": "one picture", "verdict": "take"})(body) if asked else obliging(body)

    with FakeServer(answer) as server:  # type: ignore[arg-type]
        looked = critique(path, judge=f"remote:{server.url}#fake-vl", settings=settings, focus=wanted)
    assert told(looked) == "the cut to it (remote:fake-vl: no cut)"
    assert len(looked.shots) == 2, "it is told, and nothing is changed by it"
    reply = next(e for e in looked.evidence if e.operator == "cut_replies" and e.scope is Scope.MOMENT)
    assert reply.value == 0 and reply.picture is not None
