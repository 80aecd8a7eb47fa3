"""question: hands each dimension its expert questions: the checks that still stand now that the facts are in."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from evalverse.agent.case import case_of, checks_by_path, depth_of, judge_of, plan_of, settings_of
from evalverse.agent.doubtful_cuts import settled
from evalverse.agent.progress import stage
from evalverse.agent.state import Context, State, carry
from evalverse.report.model import Answer
from evalverse.report.model import State as Judged
from evalverse.taxonomy import load


def question(state: State, runtime: Runtime[Context]) -> Command[Literal["examine", "reflect"]]:
    """Fans out one branch per dimension. After a reflection only checks whose operators were asked for come again."""
    with stage("question") as done:
        case, checks = case_of(state, runtime.context), checks_by_path()
        made, asked = plan_of(state), {want["operator"] for want in state.get("wants") or []}
        again = bool(state.get("rounds"))
        readings, notes = dict[str, str](), list[str]()
        if not again and depth_of(state).reflects:
            settings = settings_of(state, runtime.context)
            readings, notes = settled(case, judge_of(state, runtime.context), settings)
        off: dict[str, dict[str, Any]] = {}
        open_checks: list[str] = []
        for planned in made.inspected:
            for path, why in planned.off.items():
                off[path] = _off(path, why)
            for path in planned.checks:
                why_not = case.facts.against(checks[path])
                if why_not is not None:
                    off[path] = _off(path, why_not)
                elif not again or asked & set(checks[path].operators):
                    open_checks.append(path)
        state = {**state, "readings": {**(state.get("readings") or {}), **readings}}
        branches = [
            Send("examine", carry(state, {"dimension": dimension.path, "checks": mine}))
            for _, dimension in load().dimensions()
            if (mine := [p for p in open_checks if p.startswith(dimension.path + "/")])
        ]
        return Command(update=done(answers=off, readings=readings, notes=notes), goto=branches or "reflect")


def _off(path: str, why: str) -> dict[str, Any]:
    return Answer(check=path, state=Judged.NOT_APPLICABLE, why=why, judge="gate").model_dump(mode="json")
