"""Runs the graph on one clip: a checkpoint per step in SQLite, resumed where a killed run stopped."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from evalverse.agent.case import judge_of
from evalverse.agent.depth import STANDARD, Depth
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.tape import Tape
from evalverse.agent.plan import Plan
from evalverse.agent.state import Asked, Context, State
from evalverse.errors import UsageError
from evalverse.report.brief import Brief
from evalverse.report.model import Report
from evalverse.tools.media.probe import probe
from evalverse.tracing import begin

Event = dict[str, Any]


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


def _critiqued(question: Asked, thread: str, context: Context) -> Iterator[Event | Report]:
    from langgraph.checkpoint.sqlite import SqliteSaver

    from evalverse.agent.graph import compiled

    context.settings.cache_dir.mkdir(parents=True, exist_ok=True)
    # one thread more than there are workers: LangGraph parks one of them to wait for streamed events
    config: Any = {"configurable": {"thread_id": thread}, "max_concurrency": context.settings.workers + 1}
    with closing(sqlite3.connect(_database(context), check_same_thread=False, timeout=60)) as connection:
        saver = SqliteSaver(connection)
        graph = compiled(saver)
        resumed = bool(graph.get_state(config).next)
        if resumed:
            yield {"event": "resumed", "words": "Going on where the last run stopped"}
        else:
            saver.delete_thread(thread)
        _record(thread, context, fresh=not resumed)
        start = None if resumed else question
        for mode, event in graph.stream(
            start, config, context=context, stream_mode=["custom", "values"], durability="sync"
        ):
            if mode == "custom" and isinstance(event, dict):
                yield event
        report = Report.model_validate_json(Path(graph.get_state(config).values["report"]).read_text(encoding="utf-8"))
        _keep_last(connection, thread)
    yield report


def converse(question: Asked, say: str, context: Context) -> Iterator[Event | dict[str, Any]]:
    """Progress events, and the turn as the last item: ``said``, ``reply``, ``about`` and the path of the ``report``.

    Raises:
        UsageError: this clip has not been critiqued with this brief and judge.
    """
    thread = thread_id(question, probe(question["clip"], context.settings).sha256)
    yield from say_on(thread, {"say": say}, context, f"{question['clip']}: there is no finished critique to talk about")


def say_on(
    thread: str, said: Asked, context: Context, absent: str, begin: Callable[[State], State | None] = lambda held: None
) -> Iterator[Event | dict[str, Any]]:
    """A remark on a thread; the turn is the last item.

    Args:
        absent: what is wrong if the thread holds no report.
        begin: makes the state that the thread is to begin anew from, out of what it holds; None to go on with it.

    Raises:
        UsageError: the thread holds no report.
    """
    from langgraph.checkpoint.sqlite import SqliteSaver

    from evalverse.agent.graph import compiled

    config: Any = {"configurable": {"thread_id": thread}, "max_concurrency": context.settings.workers + 1}
    context.settings.cache_dir.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(_database(context), check_same_thread=False, timeout=60)) as connection:
        saver = SqliteSaver(connection)
        graph = compiled(saver)
        anew = begin(cast(State, graph.get_state(config).values))
        if anew is not None:
            saver.delete_thread(thread)
            graph.update_state(config, anew, as_node="compose")
        if not graph.get_state(config).values.get("report"):
            raise UsageError(f"{absent}; run critique first")
        for mode, event in graph.stream(
            said, config, context=context, stream_mode=["custom", "values"], durability="sync"
        ):
            if mode == "custom" and isinstance(event, dict):
                yield event
        values = graph.get_state(config).values
        _keep_last(connection, thread)
    yield {**values["replies"][-1], "report": values["report"]}


def turns(thread: str, context: Context) -> list[dict[str, Any]]:
    """What was said on a thread so far; nothing on one that there is not."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    from evalverse.agent.graph import compiled

    if not _database(context).exists():
        return []
    with closing(sqlite3.connect(_database(context), check_same_thread=False, timeout=60)) as connection:
        values = compiled(SqliteSaver(connection)).get_state({"configurable": {"thread_id": thread}}).values
    return list(values.get("replies") or [])


def _record(thread: str, context: Context, *, fresh: bool) -> None:
    """Lets a judge that asks a model write what it hears to the thread's tape."""
    if isinstance(context.judge, ModelJudge):
        context.tape = Tape(context.settings.cache_dir / "tapes" / f"{thread}.jsonl", fresh=fresh)
        context.judge.record(context.tape)


def _database(context: Context) -> Path:
    return context.settings.cache_dir / "threads.sqlite"


def _keep_last(connection: sqlite3.Connection, thread: str) -> None:
    """Of a finished thread only the last checkpoint is needed, for the conversation; the steps before it go."""
    with connection:
        newest = "select max(checkpoint_id) from checkpoints where thread_id = ?"
        last = connection.execute(newest, (thread,)).fetchone()
        for table in ("checkpoints", "writes"):
            connection.execute(f"delete from {table} where thread_id = ? and checkpoint_id <> ?", (thread, *last))


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
