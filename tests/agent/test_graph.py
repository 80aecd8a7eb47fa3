"""The whole graph on a small clip: flow, resumption after a kill, the reflection's loop, and the size of the state."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalverse import Brief, Report, Settings, acritique, ask, astream_critique, critique, stream_critique
from evalverse.agent.graph import compiled
from evalverse.agent.judges.base import Case, Reflection, Request
from evalverse.agent.judges.scripted import ScriptedJudge
from evalverse.agent.run import asked
from evalverse.agent.state import Context
from evalverse.errors import MediaError, UsageError
from evalverse.report.model import Answer, State, Step
from evalverse.taxonomy import Check
from tests.synth import write_clip

CHECK = "cinematography/lens/exposure/highlights-held"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, two shots, silent."""
    rng = np.random.default_rng(3)
    pictures = [np.kron(rng.integers(0, 255, (9, 16, 3)), np.ones((10, 10, 1))).astype(np.uint8) for _ in range(2)]
    frames = [np.roll(pictures[i // 24], i, axis=1) for i in range(48)]
    return write_clip(tmp_path_factory.mktemp("film") / "film.mp4", frames, rate=24)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(cache_dir=tmp_path / "cache")


def cite(case: Case, check: Check, value: float, text: str = "It is so.") -> Answer:
    """An answer that cites the first reading there is."""
    step = Step(text=text, evidence=(next(iter(case.evidence)),))
    return Answer(check=check.path, state=State.SCORED, value=value, steps=(step,), judge="scripted")


def test_every_sub_dimension_gets_a_verdict_and_every_gap_its_reason(film: Path, settings: Settings) -> None:
    report = critique(film, settings=settings)
    assert len(report.verdicts) == 45
    assert all(v.why for v in report.verdicts)
    states = {v.path: v.state for v in report.verdicts}
    assert states["sound-design/vocal/lip-sync"] is State.NOT_APPLICABLE
    assert states["cinematography/lens/exposure"] is State.SCORED
    known = {e.id for e in report.evidence}
    cited = {i for v in report.verdicts for a in v.answers for i in a.evidence} | {
        i for f in report.findings for s in f.steps for i in s.evidence
    }
    assert cited and cited <= known
    assert all(s.evidence for f in report.findings for s in f.steps)
    assert report.verification.claims > 0
    assert (report.verification.marked, report.verification.dropped) == (0, 0)


def test_the_same_clip_gives_the_same_report_cached_or_not(film: Path, settings: Settings, tmp_path: Path) -> None:
    def told(report: Report) -> dict[str, Any]:
        text = report.model_dump(mode="json")
        text["manifest"] |= {"seconds": {}, "created": ""}
        return text

    first = told(critique(film, settings=settings))
    assert told(critique(film, settings=settings)) == first
    assert told(critique(film, settings=Settings.load(cache_dir=tmp_path / "other", workers=1))) == first


def test_the_judge_decides_and_the_verifier_holds_it_to_the_ledger(film: Path, settings: Settings) -> None:
    def script(case: Case, check: Check) -> Answer | str:
        if check.path == CHECK:
            return cite(case, check, 0.0, "Highlights clip in 99.9 % of the picture at 01:02:03.")
        return "cannot be told"

    report = critique(film, judge=ScriptedJudge(script), settings=settings)
    (finding,) = report.findings
    assert finding.check == CHECK
    assert finding.fix and finding.prompt_patch
    assert "99.9" in (finding.steps[0].doubt or "")
    assert report.verification.marked >= 1
    assert report.verdict("lens/exposure").score == 0.0
    assert report.verdict("lens/exposure").answered == 1


def test_invented_evidence_leaves_no_score_behind(film: Path, settings: Settings) -> None:
    def script(case: Case, check: Check) -> Answer:
        step = Step(text="Lovely.", evidence=("lovely.light:12345678",))
        return Answer(check=check.path, state=State.SCORED, value=1.0, steps=(step,), judge="scripted")

    report = critique(film, judge=ScriptedJudge(script), settings=settings)
    assert not any(v.state is State.SCORED for v in report.verdicts)
    assert report.verification.dropped > 100
    assert not report.findings


def test_a_silent_judge_is_not_assessable_never_a_middle_score(film: Path, settings: Settings) -> None:
    class Mute(ScriptedJudge):
        def answer(self, *args: Any) -> list[Answer]:
            return []

    report = critique(film, judge=Mute({}), settings=settings)
    assert {v.state for v in report.verdicts} == {State.NOT_APPLICABLE, State.NOT_ASSESSABLE}
    assert "gave no answer" in report.verdict("lens/exposure").why


def test_reflection_gathers_more_and_asks_again_at_most_so_often(film: Path, tmp_path: Path) -> None:
    wants = Reflection(wants=(Request("letterbox", "does the shape hold?"),))
    judge = ScriptedJudge(lambda case, check: cite(case, check, 0.9), reflections=[wants] * 9)
    settings = Settings.load(cache_dir=tmp_path / "cache", reflections=2)
    report = critique(film, Brief(focus="is it in focus?"), judge=judge, settings=settings)
    assert any(e.operator == "letterbox" for e in report.evidence)
    assert sum(name == "reflect" for name, _ in judge.calls) <= 3


def test_progress_is_streamed_in_order(film: Path, settings: Settings) -> None:
    *events, report = stream_critique(film, settings=settings)
    assert isinstance(report, Report)
    begun = list(dict.fromkeys(e["stage"] for e in events if isinstance(e, dict) and e["event"] == "begin"))
    assert begun == ["probe", "survey", "plan", "gather", "question", "examine", "reflect", "score", "compose"]
    shares = [e["share"] for e in events if isinstance(e, dict) and e["event"] == "share"]
    assert shares == sorted(shares) and shares[-1] > 0.9


def test_the_graph_runs_inside_another_graph(film: Path, settings: Settings) -> None:
    from langgraph.graph import END, START, StateGraph

    from evalverse.agent.state import State as Flow

    outer = StateGraph(Flow, context_schema=Context)
    outer.add_node("critic", compiled())
    outer.add_edge(START, "critic")
    outer.add_edge("critic", END)
    told = outer.compile().invoke(asked(film, Brief(), "evidence", None), context=Context(settings=settings))
    assert Report.model_validate_json(Path(told["report"]).read_text()).clip.name == "film.mp4"


KILLED = """
import os, sys
from pathlib import Path
import evalverse.agent.nodes.{node} as module
from evalverse import Settings, critique
real = module.{inside}
def dies(*args, **kwargs):
    os._exit(9)
module.{inside} = dies
critique(sys.argv[1], settings=Settings.load(cache_dir=Path(sys.argv[2])))
"""


@pytest.mark.parametrize(
    ("node", "inside"),
    [
        ("survey", "measure"),
        ("plan", "afford"),
        ("examine", "find"),
        ("reflect", "verify_answer"),
        ("compose", "skips"),
    ],
)
def test_a_run_killed_at_a_node_goes_on_from_there(film: Path, tmp_path: Path, node: str, inside: str) -> None:
    code = KILLED.format(node=node, inside=inside)
    killed = subprocess.run([sys.executable, "-c", code, str(film), str(tmp_path)], capture_output=True, check=False)
    assert killed.returncode == 9, killed.stderr.decode()
    *events, report = stream_critique(film, settings=Settings.load(cache_dir=tmp_path))
    assert isinstance(report, Report)
    stages = [e.get("stage") for e in events if isinstance(e, dict) and e["event"] in ("resumed", "begin")]
    assert stages[0] is None
    assert stages[1] == node
    assert "probe" not in stages


def test_the_state_stays_small(shared: Path, tmp_path: Path) -> None:
    from langgraph.checkpoint.sqlite import SqliteSaver

    settings = Settings.load(cache_dir=tmp_path)
    with sqlite3.connect(tmp_path / "threads.sqlite", check_same_thread=False) as connection:
        saver = SqliteSaver(connection)
        config: Any = {"configurable": {"thread_id": "t"}}
        clip = shared / "speech" / "retalk_1.mp4"
        compiled(saver).invoke(asked(clip, Brief(), "evidence", None), config, context=Context(settings=settings))
        sizes = [n for (n,) in connection.execute("select length(checkpoint) from checkpoints")]
        sizes += [n for (n,) in connection.execute("select length(value) from writes")]
    assert max(sizes) < 2**20


def test_a_file_that_is_no_clip_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("not a film")
    with pytest.raises(MediaError, match=r"note\.mp4"):
        critique(tmp_path / "note.mp4", settings=Settings.load(cache_dir=tmp_path / "cache"), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list((tmp_path / "cache").rglob("*.json"))


def test_a_finished_critique_can_be_asked_and_disputed(film: Path, settings: Settings) -> None:
    values = iter([0.2, 0.9])
    now = next(values)

    def script(case: Case, check: Check) -> Answer:
        return cite(case, check, now if check.path == CHECK else 0.6)

    judge = ScriptedJudge(script)
    report = critique(film, judge=judge, settings=settings)
    before = report.verdict("lens/exposure").score
    told = ask(film, "why is the exposure like this?", judge=judge, settings=settings)
    assert "Exposure: 0." in told["reply"]
    assert any(e.id in told["reply"] for e in report.evidence)

    now = next(values)
    turn = ask(film, "I disagree on the exposure: the sky is meant to burn out", judge=judge, settings=settings)
    again = Report.model_validate_json(Path(turn["report"]).read_text())
    assert turn["about"] == [{"path": "cinematography/lens/exposure", "score": before}]
    assert (again.verdict("lens/exposure").score or 0) > (before or 1)
    assert again.verdict("lens/focus").score == report.verdict("lens/focus").score


def test_what_was_never_critiqued_cannot_be_asked(film: Path, settings: Settings) -> None:
    with pytest.raises(UsageError, match="critique first"):
        ask(film, "why?", settings=settings)


def test_the_asynchronous_forms_give_the_same(film: Path, settings: Settings) -> None:
    async def both() -> tuple[Report, list[Any]]:
        told = await acritique(film, settings=settings)
        return told, [item async for item in astream_critique(film, settings=settings)]

    report, items = asyncio.run(both())
    assert isinstance(items[-1], Report)
    assert items[-1].verdicts == report.verdicts
    assert all("words" in event for event in items[:-1])


def test_an_error_reaches_the_asynchronous_caller(tmp_path: Path) -> None:
    async def run() -> None:
        async for _ in astream_critique(tmp_path / "absent.mp4"):
            pass

    with pytest.raises(MediaError, match="absent"):
        asyncio.run(run())
