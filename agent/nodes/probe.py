"""probe: the file becomes a fact sheet, or a clear error."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from evalverse.agent.progress import stage
from evalverse.agent.state import Context, State
from evalverse.tools.media.probe import probe as probe_clip


def probe(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Reads what container and streams say. Raises MediaError for what cannot be judged."""
    with stage("probe") as done:
        clip = probe_clip(state["clip"], runtime.context.settings)
        return done(probed=clip.model_dump(mode="json"))
