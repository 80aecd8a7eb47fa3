"""Runs the graph on one clip: a checkpoint per step in SQLite, resumed where a killed run stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

from evalverse.agent.case import judge_of
from evalverse.agent.depth import STANDARD, Depth
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.tape import Tape
from evalverse.agent.plan import Plan
from evalverse.agent.state import Asked, Context, State
from evalverse.agent.thread import Event, Thread, opened
from evalverse.errors import UsageError
from evalverse.report.brief import Brief
from evalverse.report.model import Report
from evalverse.tools.media.probe import probe
from evalverse.tracing import begin


def asked(clip: str | Path, brief: Brief, judge: str, budget: str | None, depth: str = STANDARD) -> Asked:
    """The graph's input. Raises UnknownName for a depth that there is not."""
    named = Depth.named(depth).name
    return Asked(clip=str(clip), brief=brief.model_dump(mode="json"), judge=judge, budget=budget, depth=named)


def thread_id(question: Asked, sha256: str) -> str:
    """Same clip and same question, same thread: that is what a killed run is found by."""
    parts = json.dumps({**question, "clip": sha256}, sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:24]


def stream(question: Asked, context: Context) -> Iterator[Event | Report]:
    """Progress events, and the report as the last item.

    Raises:
        MediaError, UsageError: the clip or the call is wrong.
        JudgeError: the judge failed; what was gathered is kept, and the same call goes on from there.
    """
    sha256 = probe(question["clip"], context.settings).sha256
    judge = judge_of(cast(State, question), context)  # a name or budget that is wrong should not cost a decode first
    thread = thread_id(question, sha256)
    context.span = begin("critique", "AGENT", session__id=thread, input__value=sha256, evalverse__judge=judge.id)
    try:
        yield from _critiqued(question, thread, context)
    except GeneratorExit:
        context.span.end()
        raise
    except BaseException as error:
        context.span.end(error)
        raise
    context.span.end()


def _critiqued(question: Asked, name: str, context: Context) -> Iterator[Event | Report]:
    with _thread(name, context) as thread:
        _record(name, context, fresh=not thread.under_way)
        yield from thread.run(question, context)
        report = Report.model_validate_json(Path(thread.values["report"]).read_text(encoding="utf-8"))
        thread.keep_last()
    yield report


def converse(question: Asked, say: str, context: Context) -> Iterator[Event | dict[str, Any]]:
    """Progress events, and the turn as the last item: ``said``, ``reply``, ``about`` and the path of the ``report``.

    Raises:
        UsageError: this clip has not been critiqued with this brief and judge.
    """
    thread = thread_id(question, probe(question["clip"], context.settings).sha256)
    yield from say_on(thread, {"say": say}, context, f"{question['clip']}: there is no finished critique to talk about")


def say_on(
    name: str, said: Asked, context: Context, absent: str, begin: Callable[[State], State | None] = lambda held: None
) -> Iterator[Event | dict[str, Any]]:
    """A remark on a thread; the turn is the last item.

    Args:
        absent: what is wrong if the thread holds no report.
        begin: makes the state that the thread is to begin anew from, out of what it holds; None to go on with it.

    Raises:
        UsageError: the thread holds no report.
    """
    with _thread(name, context) as thread:
        anew = begin(cast(State, thread.values))
        if anew is not None:
            thread.begin_anew(anew, as_node="compose")
        if not thread.values.get("report"):
            raise UsageError(f"{absent}; run critique first")
        yield from thread.go_on(said, context)
        values = thread.values
        thread.keep_last()
    yield {**values["replies"][-1], "report": values["report"]}


def turns(name: str, context: Context) -> list[dict[str, Any]]:
    """What was said on a thread so far; nothing on one that there is not."""
    if not _database(context).exists():
        return []
    with _thread(name, context) as thread:
        return list(thread.values.get("replies") or [])


def _thread(name: str, context: Context) -> AbstractContextManager[Thread]:
    from evalverse.agent.graph import compiled

    # one thread more than there are workers: LangGraph parks one of them to wait for streamed events
    return opened(_database(context), name, compiled, max_concurrency=context.settings.workers + 1)


def _record(thread: str, context: Context, *, fresh: bool) -> None:
    """Lets a judge that asks a model write what it hears to the thread's tape."""
    if isinstance(context.judge, ModelJudge):
        context.tape = Tape(context.settings.cache_dir / "tapes" / f"{thread}.jsonl", fresh=fresh)
        context.judge.record(context.tape)


def _database(context: Context) -> Path:
    return context.settings.cache_dir / "threads.sqlite"


def plan_only(question: Asked, context: Context) -> Plan:
    """The plan that a critique would follow. The survey's evidence is kept, nothing is judged."""
    from evalverse.agent.graph import compiled

    probe(question["clip"], context.settings)
    judge_of(cast(State, question), context)
    last: dict[str, Any] = {}
    graph = compiled()
    for step in graph.stream(question, context=context, stream_mode="updates", interrupt_after=["plan"]):
        last |= step
    return Plan.model_validate(last["plan"]["plan"])
