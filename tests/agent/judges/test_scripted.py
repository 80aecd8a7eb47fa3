"""The scripted judge says what the script says and records what it was asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalverse.agent.judges.base import Case, Judge, Reflection, Request
from evalverse.agent.judges.scripted import ScriptedJudge
from evalverse.errors import UsageError
from evalverse.report.model import Answer, State
from evalverse.taxonomy import load
from tests.agent.judges.conftest import PaperBench

LENS = next(d for _, d in load().dimensions() if d.path == "cinematography/lens")
CHECKS = [c for s in LENS.subdimensions for c in s.checks][:4]


def test_lines_of_every_kind(case: Case) -> None:
    whole = Answer(check=CHECKS[2].path, state=State.NOT_APPLICABLE, why="no lens", judge="somebody")
    judge = ScriptedJudge({CHECKS[0].path: 0.5, CHECKS[1].id: "too dark", CHECKS[2].path: whole})
    found = judge.answer(case, LENS, CHECKS, PaperBench())
    assert [a.check for a in found] == [c.path for c in CHECKS]
    assert (found[0].value, found[0].judge) == (0.5, "scripted")
    assert (found[1].state, found[1].why) == (State.NOT_ASSESSABLE, "too dark")
    assert found[2] == whole
    assert (found[3].state, found[3].why) == (State.NOT_ASSESSABLE, "the script does not say")
    assert isinstance(judge, Judge)


def test_the_longest_tail_wins(case: Case) -> None:
    check = CHECKS[0]
    script = {check.id: 0.0, "/".join(check.path.split("/")[-2:]): 1.0}
    assert ScriptedJudge(script).answer(case, LENS, [check], PaperBench())[0].value == 1.0


def test_a_scored_line_cites_evidence_that_speaks_to_the_check(case: Case) -> None:
    check = CHECKS[0].model_copy(update={"operators": ("exposure",)})
    (found,) = ScriptedJudge({check.path: 1.0}).answer(case, LENS, [check], PaperBench())
    assert found.evidence[0].startswith("exposure.clipped_high:")


def test_a_function_is_a_script(case: Case) -> None:
    judge = ScriptedJudge(lambda case, check: 1.0 if check == CHECKS[1] else None)
    assert [a.value for a in judge.answer(case, LENS, CHECKS[:2], PaperBench())] == [None, 1.0]


def test_every_method_records_and_follows_the_script(case: Case) -> None:
    sub = LENS.subdimensions[0]
    second = Reflection(wants=(Request("exposure", "doubt"),))
    judge = ScriptedJudge({}, closed={sub.path: "no story"}, wants=["exposure"], reflections=[Reflection(), second])
    assert [(r.applies, r.why) for r in judge.gate(case, [sub])] == [(False, "no story")]
    assert judge.gate(case, LENS.subdimensions[1:2])[0].applies
    assert [r.operator for r in judge.choose(case, [sub], ["integrity", "exposure"])] == ["exposure"]
    assert judge.choose(case, [sub], ["integrity"]) == []
    assert [judge.reflect(case, []) for _ in range(3)] == [Reflection(), second, Reflection()]
    assert judge.explain(case, []) == []
    assert [name for name, _ in judge.calls] == ["gate"] * 2 + ["choose"] * 2 + ["reflect"] * 3 + ["explain"]
    assert judge.calls[0] == ("gate", (sub.path,))
    assert judge.usage() == {"calls": 8.0}


def test_a_script_from_a_file(tmp_path: Path, case: Case) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(f"{CHECKS[0].path}: 1\n{CHECKS[1].id}: too dark\n", encoding="utf-8")
    judge = ScriptedJudge.read(path)
    assert judge.id == "scripted:script.yaml"
    assert [a.value for a in judge.answer(case, LENS, CHECKS[:2], PaperBench())] == [1.0, None]


@pytest.mark.parametrize("text", ["- 1", "a: 2", "a: -0.1", "a: yes", "a: []", "a: ''", "1: 1", "a: [", "a: .nan", ""])
def test_what_is_no_script_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"script\.yaml"):
        ScriptedJudge.read(path)


def test_a_missing_script_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.yaml"):
        ScriptedJudge.read(tmp_path / "gone.yaml")
