"""plan: which sub-dimensions the story context calls for, and which operators speak to them, under the budget."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from evalverse.agent.case import budget_of, case_of, judge_of
from evalverse.agent.focus import narrow
from evalverse.agent.judges.base import Case, Judge
from evalverse.agent.plan import Plan, Planned, afford, gate, wanted
from evalverse.agent.progress import stage
from evalverse.agent.state import Context, State, carry
from evalverse.report.model import State as Judged
from evalverse.taxonomy import SubDimension, Taxonomy, load
from evalverse.tools.operator import operator

FOCUS = "outside the focus question"
UNWANTED = "not among the wanted sub-dimensions"


def plan(state: State, runtime: Runtime[Context]) -> Command[Literal["gather", "question"]]:
    """Deterministic gates first, then the focus, then the judge's own gate; every skip keeps its reason."""
    with stage("plan") as done:
        case, judge, taxonomy = case_of(state, runtime.context), judge_of(state, runtime.context), load()
        planned, notes = _gates(case, judge, taxonomy, state.get("wanted") or ())
        inspected = [sub for sub in taxonomy.subdimensions() if planned[sub.path].inspect]
        on = {path for p in planned.values() if p.inspect for path in p.checks}
        counts = wanted((c for sub in inspected for c in sub.checks if c.path in on), case.facts)
        chosen = {r.operator: r.why for r in judge.choose(case, inspected, list(counts))}
        operators = afford({name: n for name, n in counts.items() if name in chosen}, case.facts, budget_of(state))
        made = Plan(subdimensions=tuple(planned.values()), operators=operators, notes=tuple(notes))
        update = done(plan=made.model_dump(mode="json"), usage=judge.usage())
        groups = grouped([c.name for c in operators if c.run])
        sends = [Send("gather", carry(state, group)) for group in groups]
        return Command(update=update, goto=sends or "question")


def grouped(names: list[str]) -> list[list[dict[str, str]]]:
    """Operators side by side as far as they share nothing: those that see in one group, those that only hear apart."""
    sees = [n for n in names if operator(n).needs.picture]
    hears = [n for n in names if not operator(n).needs.picture]
    return [[{"operator": n, "why": "planned"} for n in group] for group in (sees, hears) if group]


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
    for ruling in judge.gate(case, open_ones()):
        if not ruling.applies and ruling.path in planned:
            shut(ruling.path, ruling.why)
    return planned, notes
