"""score: answers become verdicts, one per sub-dimension, each with its why."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from evalverse.agent.case import judge_of, plan_of
from evalverse.agent.credibility import known, lookup, weighed
from evalverse.agent.fuse import fuse
from evalverse.agent.progress import stage
from evalverse.agent.state import Context, State
from evalverse.report.model import Answer, Verdict
from evalverse.report.model import State as Judged
from evalverse.taxonomy import load


def score(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Verdicts on all sub-dimensions of the tree, in its order; the answers stay where they are in the state."""
    with stage("score") as done:
        taxonomy = load()
        planned = {p.path: p for p in plan_of(state).subdimensions}
        answers = state.get("answers") or {}
        verdicts: list[Verdict] = []
        judge, settings = judge_of(state, runtime.context), runtime.context.settings
        measured = known(settings) if settings.credibility else ()
        for sub in taxonomy.subdimensions():
            stage_name = taxonomy.stage_of(sub.path)
            place = planned[sub.path]
            if place.inspect:
                given = [Answer.model_validate(answers[c.path]) for c in sub.checks if c.path in answers]
                told = lookup(measured, sub.path, judge.id, judge.calibration)
                verdicts.append(weighed(fuse(sub, stage_name, given, judge.spread), told))
            else:
                verdicts.append(
                    Verdict(
                        path=sub.path,
                        name=sub.name,
                        stage=stage_name,
                        state=place.state or Judged.NOT_APPLICABLE,
                        why=place.why,
                    )
                )
        return done(verdicts=[v.model_dump(mode="json", exclude={"answers"}) for v in verdicts])
