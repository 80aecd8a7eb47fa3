"""The Python face: critique a clip, watch it happen, look at the plan or at the evidence alone.

Everything here runs offline with the default judge. Errors are those of :mod:`evalverse.errors`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

from evalverse.agent.judges.base import Judge
from evalverse.agent.plan import Plan
from evalverse.agent.run import asked, converse, plan_only, stream
from evalverse.agent.state import Context
from evalverse.agent.thread import Event
from evalverse.report.brief import Brief
from evalverse.report.model import Report
from evalverse.settings import Settings
from evalverse.tools.evidence import Evidence


def critique(
    clip: str | Path,
    brief: Brief | None = None,
    *,
    prompt: str | None = None,
    focus: str | None = None,
    judge: str | Judge = "evidence",
    budget: str | None = None,
    depth: str = "standard",
    out: str | Path | None = None,
    settings: Settings | None = None,
) -> Report:
    """Judges one clip and returns its report.

    Args:
        clip: path of a media file; picture or sound alone is enough.
        brief: what is known about it; ``prompt`` and ``focus`` override its fields.
        judge: ``"evidence"`` (offline), ``"local:MODEL"`` (a vision-language model on this machine),
            ``"remote:URL#MODEL"``, or a ready judge.
        budget: e.g. ``"30s"`` of measuring, ``"50000tok"`` or ``"0.5usd"`` of a remote judge.
        depth: ``"quick"`` (few frames, cheap operators, no tool calls, no second thoughts), ``"standard"`` or
            ``"deep"`` (twice the frames and tool calls, every question put three times).
        out: folder for report.json, report.md, report.html and the evidence; nothing is written there without it.

    Raises:
        UsageError: the clip (MediaError), the brief or a name is wrong.
        JudgeError: the judge or its server failed; calling again goes on where it stopped.
    """
    report: Report | None = None
    for item in stream_critique(
        clip, brief, prompt=prompt, focus=focus, judge=judge, budget=budget, depth=depth, out=out, settings=settings
    ):
        if isinstance(item, Report):
            report = item
    assert report is not None
    return report


def stream_critique(
    clip: str | Path,
    brief: Brief | None = None,
    *,
    prompt: str | None = None,
    focus: str | None = None,
    judge: str | Judge = "evidence",
    budget: str | None = None,
    depth: str = "standard",
    out: str | Path | None = None,
    settings: Settings | None = None,
) -> Iterator[Event | Report]:
    """Like :func:`critique`, but yields progress events while it works and the report last.

    An event is a dict with ``event`` ("begin", "share", "end" or "resumed"), ``words`` to show, and for most ``stage``;
    "share" carries the share of the clip that was watched, 0 to 1.
    """
    settings = settings or Settings.load()
    full = Brief.make(**{**(brief or Brief()).model_dump(), **_given(prompt=prompt, focus=focus)})
    context = Context(settings=settings, judge=None if isinstance(judge, str) else judge)
    question = asked(clip, full, judge if isinstance(judge, str) else judge.id, budget, depth)
    for item in stream(question, context):
        if isinstance(item, Report) and out is not None:
            from evalverse.agent.case import ledger_of
            from evalverse.report.write import write

            write(item, ledger_of(settings), Path(out))
        yield item


def ask(
    clip: str | Path,
    say: str,
    brief: Brief | None = None,
    *,
    judge: str | Judge = "evidence",
    budget: str | None = None,
    depth: str = "standard",
    settings: Settings | None = None,
) -> dict[str, Any]:
    """A follow-up on a finished critique of the same clip, brief and judge: why, what was seen, or a dispute.

    Returns:
        ``reply`` in words with evidence ids, ``about`` (paths and scores before), and ``report``: the path of the
        report.json that holds now, a new one after a dispute.

    Raises:
        UsageError: there is no finished critique to talk about.
    """
    context = Context(settings=settings or Settings.load(), judge=None if isinstance(judge, str) else judge)
    question = asked(clip, brief or Brief(), judge if isinstance(judge, str) else judge.id, budget, depth)
    *_, turn = converse(question, say, context)
    return turn


async def acritique(clip: str | Path, brief: Brief | None = None, **options: Any) -> Report:
    """:func:`critique` without blocking the event loop."""
    return await asyncio.to_thread(lambda: critique(clip, brief, **options))


async def astream_critique(
    clip: str | Path, brief: Brief | None = None, **options: Any
) -> AsyncIterator[Event | Report]:
    """:func:`stream_critique` as an asynchronous iterator; the work runs in a thread."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[Event | Report | BaseException | None]()

    def work() -> None:
        try:
            for item in stream_critique(clip, brief, **options):
                loop.call_soon_threadsafe(queue.put_nowait, item)
            loop.call_soon_threadsafe(queue.put_nowait, None)
        except BaseException as error:  # handed over to the consumer
            loop.call_soon_threadsafe(queue.put_nowait, error)

    Thread(target=work, name="critique", daemon=True).start()
    while (item := await queue.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


def plan(
    clip: str | Path,
    brief: Brief | None = None,
    *,
    judge: str | Judge = "evidence",
    budget: str | None = None,
    depth: str = "standard",
    settings: Settings | None = None,
) -> Plan:
    """What would be inspected and why, and which operators would run; nothing is judged."""
    context = Context(settings=settings or Settings.load(), judge=None if isinstance(judge, str) else judge)
    return plan_only(
        asked(clip, brief or Brief(), judge if isinstance(judge, str) else judge.id, budget, depth), context
    )


def measure(
    clip: str | Path,
    operators: Iterable[str] | None = None,
    brief: Brief | None = None,
    *,
    settings: Settings | None = None,
) -> dict[str, list[Evidence]]:
    """Evidence alone, by operator; all operators when none are named. They suit themselves to the ``brief``."""
    from evalverse.agent.case import ledger_of, tuning
    from evalverse.tools import operator as known
    from evalverse.tools.media.probe import probe
    from evalverse.tools.schedule import measure as run

    settings = settings or Settings.load()
    names = list(operators or (n for n, kind in known.operators().items() if not kind.on_request))
    tuned = tuning(brief or Brief())
    return run(probe(clip, settings), names, ledger_of(settings), settings=settings, tuned=tuned).evidence


def graph() -> Any:
    """The compiled LangGraph graph, to run as it is or as a node of another graph.

    Input: ``{"clip": path, "brief": {...}, "judge": "evidence", "budget": None, "depth": "standard"}``; output: the
    path of report.json and the verdicts. ``context=Context(settings=..., judge=...)`` is optional.
    """
    from evalverse.agent.graph import compiled

    return compiled()


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
