"""plan: which sub-dimensions the story context calls for, and which operators speak to them, under the budget."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from evalverse.agent.arguments import settle
from evalverse.agent.case import budget_of, case_of, depth_of, judge_of
from evalverse.agent.focus import narrow
from evalverse.agent.judges.base import Case, Judge, Request
from evalverse.agent.plan import Plan, Planned, afford, gate, wanted
from evalverse.agent.progress import stage
from evalverse.agent.state import Context, Json, State, carry
from evalverse.errors import JudgeMalformed, UsageError
from evalverse.report.model import State as Judged
from evalverse.taxonomy import SubDimension, Taxonomy, load
from evalverse.tools.operator import operator

FOCUS = "outside the focus question"
UNWANTED = "not among the wanted sub-dimensions"

FEW = 5
"""Sub-dimensions from which on a judge that rules out all of them is not believed."""


def plan(state: State, runtime: Runtime[Context]) -> Command[Literal["gather", "question"]]:
    """Deterministic gates first, then the focus, then the judge's own gate; every skip keeps its reason."""
    with stage("plan") as done:
        case, judge, taxonomy = case_of(state, runtime.context), judge_of(state, runtime.context), load()
        planned, notes = _gates(case, judge, taxonomy, state.get("wanted") or ())
        inspected = [sub for sub in taxonomy.subdimensions() if planned[sub.path].inspect]
        on = {path for p in planned.values() if p.inspect for path in p.checks}
        counts = wanted((c for sub in inspected for c in sub.checks if c.path in on), case.facts)
        asked = _asked(case, judge, inspected, list(counts), notes)
        ordered = {name: counts[name] for name in asked}
        operators = afford(ordered, case.facts, budget_of(state), depth_of(state), asked)
        made = Plan(subdimensions=tuple(planned.values()), operators=operators, notes=tuple(notes))
        update = done(plan=made.model_dump(mode="json"), usage=judge.usage())
        groups = grouped([Request(c.name, "planned", c.arguments) for c in operators if c.run])
        sends = [Send("gather", carry(state, group)) for group in groups]
        return Command(update=update, goto=sends or "question")


def grouped(requests: Sequence[Request]) -> list[list[Json]]:
    """Operators side by side as far as they share nothing: those that see in one group, those that only hear apart."""
    sees = [r for r in requests if operator(r.operator).needs.picture]
    hears = [r for r in requests if not operator(r.operator).needs.picture]
    return [
        [{"operator": r.operator, "why": r.why, "arguments": dict(r.arguments)} for r in group]
        for group in (sees, hears)
        if group
    ]


def _asked(
    case: Case, judge: Judge, inspected: Sequence[SubDimension], offered: Sequence[str], notes: list[str]
) -> dict[str, Request]:
    """What the judge wants run, by operator in its order. Arguments that do not fit leave the operator its usual ones;
    a judge whose wishes cannot be read gets everything that was offered."""
    try:
        wishes = judge.choose(case, inspected, offered)
    except JudgeMalformed as error:
        notes.append(f"the judge's choice of operators could not be read, so all that apply are run ({error})")
        return {name: Request(name, "offered") for name in offered}
    asked: dict[str, Request] = {}
    for wish in wishes:
        if wish.operator not in offered or wish.operator in asked:
            continue
        try:
            settle(operator(wish.operator), wish.arguments, case.brief)
        except UsageError as error:
            notes.append(f"the judge's arguments were refused, and the usual ones taken: {error}")
            wish = replace(wish, arguments={})
        asked[wish.operator] = wish
    return asked


def _gates(case: Case, judge: Judge, taxonomy: Taxonomy, only: Collection[str]) -> tuple[dict[str, Planned], list[str]]:
    planned = {sub.path: gate(sub, case.facts) for sub in taxonomy.subdimensions()}
    notes: list[str] = []

    def open_ones() -> list[SubDimension]:
        return [sub for sub in taxonomy.subdimensions() if planned[sub.path].inspect]

    def shut(path: str, why: str) -> None:
        planned[path] = planned[path].model_copy(
            update={"inspect": False, "why": why, "state": Judged.NOT_APPLICABLE, "checks": ()}
        )

    if only:
        for sub in open_ones():
            if sub.path not in only:
                shut(sub.path, UNWANTED)
    if case.brief.focus:
        about = narrow(taxonomy, case.brief.focus, open_ones())
        if about:
            for sub in open_ones():
                if sub.path not in about:
                    shut(sub.path, FOCUS)
        else:
            notes.append("the focus question shares no word with a sub-dimension that applies here; all are inspected")
    candidates = open_ones()
    try:
        rulings = judge.gate(case, candidates)
    except JudgeMalformed as error:
        notes.append(f"the judge's rulings could not be read, so everything that applies is inspected ({error})")
        return planned, notes
    # only what is still open can be shut, and nothing that the facts rule out is opened
    closed = {r.path: r.why for r in rulings if not r.applies and r.path in {sub.path for sub in candidates}}
    if len(closed) == len(candidates) >= FEW:
        notes.append("the judge ruled out everything; that is not believed, and everything that applies is inspected")
        return planned, notes
    for path, why in closed.items():
        shut(path, why)
    return planned, notes
