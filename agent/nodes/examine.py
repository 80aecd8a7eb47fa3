"""examine: the judge answers the checks of one dimension, step by step, each claim citing evidence."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from evalverse.agent.bench import LedgerBench
from evalverse.agent.case import case_of, checks_by_path, judge_of, settings_of
from evalverse.agent.progress import stage
from evalverse.agent.state import Context, State
from evalverse.report.model import Answer
from evalverse.report.model import State as Judged
from evalverse.taxonomy import Dimension, find, load

SILENT = "the judge gave no answer"


def examine(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """One dimension. A check that the judge leaves out is not assessable, never guessed."""
    task = (state.get("wants") or [{}])[0]
    dimension = find(load(), task["dimension"])
    assert isinstance(dimension, Dimension)
    with stage("examine", dimension.name) as done:
        judge, case = judge_of(state, runtime.context), case_of(state, runtime.context)
        by_path = checks_by_path()
        checks = [by_path[path] for path in task["checks"]]
        bench = LedgerBench(case, settings_of(state, runtime.context))
        answers = {a.check: a for a in judge.answer(case, dimension, checks, bench)}
        told = {
            c.path: answers.get(c.path) or Answer(check=c.path, state=Judged.NOT_ASSESSABLE, why=SILENT, judge=judge.id)
            for c in checks
        }
        return done(
            answers={path: a.model_dump(mode="json") for path, a in told.items()},
            readings=bench.readings,
            usage=judge.usage(),
        )
