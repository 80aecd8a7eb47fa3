"""The loop that refines a prompt: generate, critique, patch the prompt from what was found, keep the best.

    generate -> critique -> decide -> generate ... until a rule of :class:`Stop` holds

A LangGraph graph around any generator: a callable ``(prompt, number of the try) -> path of the clip``. Every clip is
judged against the user's own brief, never against the patched prompt, so that tries can be compared. A checkpoint per
step lies in SQLite: the same call goes on where a killed one stopped.
"""

from __future__ import annotations

import hashlib
import json
import operator as op
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command
from typing_extensions import TypedDict

from evalverse.agent.case import ledger_of
from evalverse.agent.depth import STANDARD
from evalverse.agent.feedback.climb import best_of, following, why_end
from evalverse.agent.feedback.revise import tidy
from evalverse.agent.feedback.stop import Stop
from evalverse.agent.feedback.tries import Problem, Refined, Try
from evalverse.agent.feedback.wanted import Means, Scored, Wanted
from evalverse.agent.judges.base import Judge
from evalverse.agent.run import asked, stream
from evalverse.agent.state import Context, Json
from evalverse.agent.thread import Event, opened
from evalverse.errors import GeneratorError
from evalverse.report.brief import Brief
from evalverse.report.model import Report
from evalverse.settings import Settings

Generator = Callable[[str, int], "str | Path"]
"""Makes a clip from a prompt; the number of the try (0, 1, ...) serves as seed."""


class Loop(TypedDict, total=False):
    """The graph's state: plain JSON."""

    brief: Json
    judge: str
    budget: str | None
    depth: str
    wanted: list[str]
    weights: dict[str, float]
    means: Means
    stop: Json  # Stop
    per_try: int
    max_words: int
    out: str
    prompt: str  # of the try under way, as are the next four
    patches: dict[str, str]
    left_out: dict[str, str]
    parent: int | None
    clip: str
    began: float  # wall clock in seconds
    tries: Annotated[list[Json], op.add]  # Try
    set_aside: dict[str, str]
    stopped: str


@dataclass
class Workshop:
    """What the nodes work with but do not pass on."""

    generate: Generator
    settings: Settings = field(default_factory=Settings.load)
    judge: Judge | None = None


def generate(state: Loop, runtime: Runtime[Workshop]) -> Loop:
    """Has the clip made. A generator that fails ends the run; the same call goes on from here."""
    number, prompt = len(state.get("tries") or []), state["prompt"]
    get_stream_writer()({"event": "try", "number": number, "prompt": prompt, "words": f"Try {number + 1}: generating"})
    began = time.time()
    clip = runtime.context.generate(prompt, number)
    if not Path(clip).is_file():
        raise GeneratorError(f"the generator made no file: it named {str(clip)!r}")
    return {"clip": str(Path(clip).resolve()), "began": began}


def critique(state: Loop, runtime: Runtime[Workshop]) -> Loop:
    """The critique of the new clip against the user's brief, its report and its scores."""
    from evalverse.report.write import write

    tell, shop, number = get_stream_writer(), runtime.context, len(state.get("tries") or [])
    wanted = Wanted(state["wanted"], state["weights"], state["means"])
    question = asked(
        state["clip"], Brief.model_validate(state["brief"]), state["judge"], state["budget"], state["depth"]
    )
    question["wanted"] = wanted.only
    report: Report | None = None
    for item in stream(question, Context(settings=shop.settings, judge=shop.judge)):
        if isinstance(item, Report):
            report = item
        else:
            tell({**item, "number": number})
    assert report is not None
    written = write(report, ledger_of(shop.settings), Path(state["out"]) / f"try-{number + 1:02d}")
    scored = wanted.score(state["clip"], report.verdicts)
    aside = state["set_aside"] if number else scored.reasons
    scored = _without(wanted, aside, scored)
    made = Try(
        number=number,
        parent=state.get("parent"),
        prompt=state["prompt"],
        patches=state.get("patches") or {},
        left_out=state.get("left_out") or {},
        clip=state["clip"],
        sha256=report.clip.sha256,
        report=str(written.json),
        total=scored.total,
        aggregation=scored.aggregation,
        scores=scored.scores,
        reasons=scored.reasons,
        checks={
            a.check: a.value
            for v in report.verdicts
            if v.path in scored.scores
            for a in v.answers
            if a.value is not None
        },
        problems=tuple(
            Problem(check=f.check, title=f.title, severity=f.severity, score=f.score, patch=tidy(f.prompt_patch))
            for f in report.findings
            if f.kind == "problem" and f.check.rsplit("/", 1)[0] in scored.scores
        ),
        seconds=round(time.time() - state["began"], 2),
    )
    return {"tries": [made.model_dump(mode="json")], "set_aside": aside}


def decide(state: Loop) -> Command[Literal["generate", "__end__"]]:
    """Whether it is good enough or hopeless; if neither, the next prompt."""
    tries, stop = [Try.model_validate(t) for t in state["tries"]], Stop.model_validate(state["stop"])
    best, last = best_of(tries), tries[-1]
    coming = None
    if best is not None:
        base = state["brief"].get("prompt") or ""
        coming = following(base, tries, per_try=state["per_try"], max_words=state["max_words"])
    score = "could not be judged" if last.total is None else f"scores {last.total:.3f}"
    get_stream_writer()(
        {
            "event": "tried",
            "number": last.number,
            "total": last.total,
            "best": None if best is None else best.number,
            "words": f"Try {last.number + 1} {score}, {len(last.problems)} problems",
        }
    )
    why = why_end(tries, coming, stop)
    if why is not None:
        return Command(update={"stopped": why}, goto="__end__")
    assert coming is not None
    update = {"prompt": coming.prompt, "patches": coming.patches, "left_out": coming.left_out, "parent": coming.parent}
    return Command(update=update, goto="generate")


def compiled(checkpointer: BaseCheckpointSaver[Any] | None = None) -> CompiledStateGraph[Loop, Workshop, Loop, Loop]:
    """The loop as a graph, to run as it is or as a node of another; its context is a :class:`Workshop`."""
    graph = StateGraph(Loop, context_schema=Workshop)
    for node in (generate, critique, decide):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "generate")
    graph.add_edge("generate", "critique")
    graph.add_edge("critique", "decide")
    return graph.compile(checkpointer=checkpointer, name="refine")


def stream_refine(
    generate: Generator,
    brief: Brief | str,
    judge: str | Judge = "evidence",
    stop: Stop | None = None,
    *,
    wanted: list[str] | None = None,
    weights: dict[str, float] | None = None,
    means: Means = "mean",
    per_try: int = 4,
    max_words: int = 200,
    budget: str | None = None,
    depth: str = STANDARD,
    out: str | Path | None = None,
    settings: Settings | None = None,
) -> Iterator[Event | Refined]:
    """Like :func:`refine`, but yields events while it works and the :class:`Refined` last.

    Events are those of a critique with the ``number`` of the try, and "try" (its ``prompt``) and "tried" (its ``total``
    and the number of the ``best`` so far) around them.
    """
    settings, wish = settings or Settings.load(), Wanted(wanted, weights, means)
    brief = Brief.make(prompt=brief) if isinstance(brief, str) else brief
    begin = Loop(
        brief=brief.model_dump(mode="json"),
        judge=judge if isinstance(judge, str) else judge.id,
        budget=budget,
        depth=depth,
        wanted=wish.only,
        weights=wish.weights,
        means=means,
        stop=(stop or Stop()).model_dump(mode="json"),
        per_try=per_try,
        max_words=max_words,
        out="" if out is None else str(Path(out).resolve()),
        prompt=brief.prompt or "",
    )
    thread = hashlib.sha256(json.dumps(begin, sort_keys=True).encode()).hexdigest()[:24]
    begin["out"] = begin["out"] or str(settings.cache_dir / "refined" / thread)
    shop = Workshop(generate, settings, None if isinstance(judge, str) else judge)
    with opened(settings.cache_dir / "refine.sqlite", thread, compiled, recursion_limit=10**6) as kept:
        yield from kept.run(begin, shop)
        values = kept.values
    done = Refined(
        tries=tuple(Try.model_validate(t) for t in values["tries"]),
        best=None,
        stopped=values["stopped"],
        set_aside=values["set_aside"],
    )
    best = best_of(done.tries)
    done = done.model_copy(update={"best": None if best is None else best.number})
    Path(values["out"], "refined.json").write_text(done.model_dump_json(indent=1) + "\n", encoding="utf-8")
    yield done


def refine(
    generate: Generator, brief: Brief | str, judge: str | Judge = "evidence", stop: Stop | None = None, **options: Any
) -> Refined:
    """Generates, critiques and patches the prompt until the clip is good enough or nothing helps; keeps the best.

    Args:
        generate: ``(prompt, number of the try) -> path``; each try must get a path of its own.
        brief: what the clip should be, or its prompt alone. Clips are judged against it.
        judge, depth: as for :func:`evalverse.critique`.
        stop: target, tries, seconds, patience; see :class:`Stop`.
        wanted, weights, means: what the total is made of, see :func:`evalverse.reward`. What cannot be judged on the
            first clip is set aside; a later clip on which more cannot be judged has no total and is not kept.
        per_try: patches that a try adds at most.
        max_words: length of the patched prompt.
        budget: of one critique.
        out: folder of the tries' reports and of refined.json; in the cache by default.

    Raises:
        GeneratorError: the generator made no file. What it raises itself comes through; either way the same call goes
            on where it stopped.
        UsageError, JudgeError: as for a critique.
    """
    *_, done = stream_refine(generate, brief, judge, stop, **options)
    assert isinstance(done, Refined)
    return done


def _without(wanted: Wanted, aside: dict[str, str], scored: Scored) -> Scored:
    """The same scores, put together without what was set aside."""
    weights = {p: 0.0 if p in aside else w for p, w in wanted.weights.items()}
    if not any(weights.values()):
        return scored.model_copy(update={"total": None})
    return Wanted(wanted.paths, weights, wanted.means).scored(scored.clip, scored.scores, scored.reasons)
