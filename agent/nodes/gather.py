"""gather: runs planned operators. What the survey already measured comes from the ledger."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from evalverse.agent.case import brief_of, clip_of, ledger_of, tuning
from evalverse.agent.progress import passing, stage
from evalverse.agent.state import Context, State
from evalverse.tools.schedule import measure


def gather(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Measures the operators in ``wants``; returns under which keys their readings lie."""
    with stage("gather") as done:
        settings = runtime.context.settings
        names = [want["operator"] for want in state.get("wants") or []]
        tuned, ledger = tuning(brief_of(state)), ledger_of(settings)
        found = measure(clip_of(state), names, ledger, settings=settings, tuned=tuned, progress=passing("gather"))
        return done(readings=found.keys)
