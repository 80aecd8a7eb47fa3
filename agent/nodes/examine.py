"""examine: the judge answers the checks of one dimension, step by step, each claim citing evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from langgraph.runtime import Runtime

from evalverse.agent.bench import LedgerBench
from evalverse.agent.budget import Budget
from evalverse.agent.case import case_of, checks_by_path, depth_of, judge_of, settings_of
from evalverse.agent.credibility import known
from evalverse.agent.disagree import doubts, settled
from evalverse.agent.judges.base import Case, Fallible, Judge
from evalverse.agent.judges.make import make_judge
from evalverse.agent.progress import stage
from evalverse.agent.state import Context, State
from evalverse.errors import JudgeMalformed
from evalverse.report.model import Answer
from evalverse.report.model import State as Judged
from evalverse.taxonomy import Check, Dimension, find, load

SILENT = "the judge gave no answer"
UNREAD = "what the judge replied could not be read"


def examine(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """One dimension. A check that the judge leaves out is not assessable, never guessed; where sure instruments say
    otherwise, both are weighed (see :mod:`~evalverse.agent.disagree`)."""
    task = (state.get("wants") or [{}])[0]
    dimension = find(load(), task["dimension"])
    assert isinstance(dimension, Dimension)
    with stage("examine", dimension.name) as done:
        judge, case = judge_of(state, runtime.context), case_of(state, runtime.context)
        by_path = checks_by_path()
        checks = [by_path[path] for path in task["checks"]]
        bench = LedgerBench(case, settings_of(state, runtime.context))
        silent, notes = SILENT, list[str]()
        try:
            answers = {a.check: a for a in judge.answer(case, dimension, checks, bench)}
        except JudgeMalformed as error:
            answers, silent = {}, f"{UNREAD}: {error}"
            notes.append(f"{dimension.name}: {silent}")
        if isinstance(judge, Fallible):
            answers |= _settled(judge, case, dimension, checks, answers, bench, depth_of(state).reflects)
        told = {
            c.path: answers.get(c.path) or Answer(check=c.path, state=Judged.NOT_ASSESSABLE, why=silent, judge=judge.id)
            for c in checks
        }
        return done(
            answers={path: a.model_dump(mode="json") for path, a in told.items()},
            readings=bench.readings,
            usage=judge.usage(),
            notes=notes,
            calls=[f"{dimension.name}: {call}" for call in bench.calls],
        )


def _settled(
    judge: Judge,
    case: Case,
    dimension: Dimension,
    checks: Sequence[Check],
    answers: Mapping[str, Answer],
    bench: LedgerBench,
    asks: bool,
) -> dict[str, Answer]:
    """The answers on which judge and instruments disagreed, settled; the judge is asked again if ``asks``."""
    measurer = make_judge("evidence", bench.settings, Budget())
    measured = {a.check: a for a in measurer.answer(case.usual, dimension, checks, bench)}
    found = doubts(checks, answers, measured, case)
    again: dict[str, Answer] = {}
    if found and asks and isinstance(judge, Fallible):
        with suppress(JudgeMalformed):  # then the first answer is the last
            again = {a.check: a for a in judge.reconsider(case, found)}
    rows = known(bench.settings) if bench.settings.credibility else ()
    return {d.check.path: settled(d, again.get(d.check.path), judge, measurer, rows) for d in found}
