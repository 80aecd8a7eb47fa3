"""Progress events that nodes stream while they work, and the time that each stage takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from langgraph.config import get_stream_writer
from langgraph.runtime import get_runtime

from evalverse.tools.schedule import Progress
from evalverse.tracing import Kind, span

STAGES = {
    "probe": "Reading the file",
    "survey": "Watching and listening",
    "plan": "Planning what to inspect",
    "gather": "Gathering evidence",
    "question": "Posing the questions",
    "examine": "Examining",
    "reflect": "Reflecting and verifying",
    "score": "Scoring",
    "compose": "Writing the report",
    "converse": "Answering",
    "settle": "Settling the dispute",
}
"""What a user reads while a node works."""


@contextmanager
def stage(name: str, detail: str = "") -> Iterator[Callable[..., dict[str, Any]]]:
    """Streams begin and end of a node; the yielded function makes its update and adds the seconds that it took."""
    write, begun = get_stream_writer(), time.perf_counter()
    write({"stage": name, "event": "begin", "words": STAGES[name], "detail": detail})

    def done(**update: Any) -> dict[str, Any]:
        return {**update, "seconds": {name: round(time.perf_counter() - begun, 3)}}

    parent = getattr(get_runtime().context, "span", None)
    kind: Kind = "EVALUATOR" if name in ("examine", "score") else "CHAIN"
    with span(name, kind, parent, input__value=detail or None):
        yield done
    write({"stage": name, "event": "end", "words": STAGES[name], "detail": detail})


def passing(name: str) -> Progress:
    """A progress callback for the scheduler that streams how far the clip has been watched."""
    write = get_stream_writer()

    def tell(what: str, seconds: float, duration: float) -> None:
        share = min(1.0, seconds / duration) if duration > 0 else 1.0
        write({"stage": name, "event": "share", "words": what, "share": round(share, 4)})

    return tell
