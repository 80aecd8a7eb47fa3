"""gather: runs planned operators. What the survey already measured comes from the ledger."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from evalverse.agent.arguments import reading_name, settle
from evalverse.agent.case import brief_of, clip_of, ledger_of, tuning
from evalverse.agent.progress import passing, stage
from evalverse.agent.state import Context, State
from evalverse.tools.operator import operator
from evalverse.tools.schedule import measure


def gather(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Measures the operators in ``wants``; returns under which keys their readings lie."""
    with stage("gather") as done:
        settings, brief = runtime.context.settings, brief_of(state)
        wants = {want["operator"]: want.get("arguments") or {} for want in state.get("wants") or []}
        asked = {name: settle(operator(name), arguments, brief) for name, arguments in wants.items()}
        tuned, ledger = {**tuning(brief), **asked}, ledger_of(settings)
        found = measure(clip_of(state), wants, ledger, settings=settings, tuned=tuned, progress=passing("gather"))
        named = {name: reading_name(operator(name), given, brief) for name, given in asked.items()}
        return done(readings={named.get(name, name): key for name, key in found.keys.items()})
