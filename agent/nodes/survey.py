"""survey: one decode that finds the shots and, since the pictures pass by anyway, feeds every operator that any plan
on these facts will want. What it measures lies in the ledger; the plan still decides what is used. Where only a few
sub-dimensions are wanted it keeps to what their gates rest on, and measuring is left to the plan."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from evalverse.agent.case import brief_of, budget_of, clip_of, depth_of, ledger_of, tuning
from evalverse.agent.facts import facts
from evalverse.agent.focus import narrow
from evalverse.agent.grounds import grounds
from evalverse.agent.plan import foresee
from evalverse.agent.progress import passing, stage
from evalverse.agent.state import Context, State
from evalverse.taxonomy import load
from evalverse.tools.schedule import SHOTS, measure


def survey(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Shots first, and the foreseen operators on the same pass."""
    with stage("survey") as done:
        clip, brief, taxonomy = clip_of(state), brief_of(state), load()
        known = facts(clip, brief)
        only = list(narrow(taxonomy, brief.focus, taxonomy.subdimensions())) if brief.focus else None
        if state.get("wanted"):
            names = grounds(taxonomy, known, state["wanted"])
        else:
            names = foresee(taxonomy, known, budget_of(state), only or None, depth_of(state))
        wanted = tuple(dict.fromkeys(((SHOTS,) if known.picture else ()) + names))
        settings = runtime.context.settings
        found = measure(
            clip, wanted, ledger_of(settings), settings=settings, tuned=tuning(brief), progress=passing("survey")
        )
        return done(readings=found.keys)
