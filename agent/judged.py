"""A critique without its report: the same graph, stopped when the verdicts stand. For rewards and for laboratories."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from evalverse.agent.case import judge_of
from evalverse.agent.depth import STANDARD
from evalverse.agent.judges.base import Judge
from evalverse.agent.run import asked
from evalverse.agent.state import Asked, Context, State
from evalverse.report.brief import Brief
from evalverse.report.model import Answer, Verdict
from evalverse.settings import Settings
from evalverse.tools.media.probe import probe


@dataclass(frozen=True)
class Judged:
    """What a critique came to, in the order of the taxonomy; verdicts come without their answers."""

    answers: tuple[Answer, ...]
    verdicts: tuple[Verdict, ...]


def judged(
    clip: str | Path,
    judge: str | Judge,
    settings: Settings,
    brief: Brief | None = None,
    *,
    budget: str | None = None,
    depth: str = STANDARD,
    wanted: Collection[str] = (),
) -> Judged:
    """The answers and verdicts that a whole critique would report.

    ``wanted`` are paths of sub-dimensions: only these are judged, and only what they need is measured. Nothing is
    checkpointed; what was measured stays in the ledger, so that calling again is cheap.

    Raises:
        MediaError, UsageError: the clip or the call is wrong.
        JudgeError: the judge failed.
    """
    from evalverse.agent.graph import compiled

    named = judge if isinstance(judge, str) else judge.id
    question = Asked(**{**asked(clip, brief or Brief(), named, budget, depth), "wanted": list(wanted)})
    context = Context(settings=settings, judge=None if isinstance(judge, str) else judge)
    probe(clip, settings)
    judge_of(cast(State, question), context)
    config: Any = {"max_concurrency": settings.workers + 1}
    *_, last = compiled().stream(question, config, context=context, stream_mode="values", interrupt_after=["score"])
    return Judged(
        answers=tuple(Answer.model_validate(a) for a in (last.get("answers") or {}).values()),
        verdicts=tuple(Verdict.model_validate(v) for v in last["verdicts"]),
    )
