"""converse: a follow-up question on the same ledger, answered from what was measured and judged; a dispute sends the
sub-dimension back to the judge, with the user's reason before it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from evalverse.agent.case import brief_of
from evalverse.agent.focus import narrow
from evalverse.agent.progress import stage
from evalverse.agent.state import Context, Json, State, carry
from evalverse.report.model import Finding, Report, Verdict
from evalverse.report.model import State as Judged
from evalverse.taxonomy import find, load
from evalverse.taxonomy.models import SubDimension

_DISPUTE = re.compile(r"\b(disput\w*|disagree\w*|wrong|incorrect|unfair|not true|re-?examine|look again)\b", re.I)
MOST = 3
"""Sub-dimensions that one reply speaks of."""


def converse(state: State, runtime: Runtime[Context]) -> Command[Literal["examine", "__end__"]]:
    """Replies to ``say``, or reopens what it disputes."""
    with stage("converse") as done:
        said = state.get("say") or ""
        report = Report.model_validate_json(Path(state["report"]).read_text(encoding="utf-8"))
        about = _about(report, said)
        disputed = [v for v in about[:1] if v.answers and _DISPUTE.search(said)]
        if not disputed:
            return Command(update=done(replies=[_turn(said, _reply(report, about), about)], say=None), goto="__end__")
        (verdict,) = disputed
        told = f"{verdict.name} stood at {_score(verdict)}; it is examined again with what you said."
        brief = brief_of(state).model_copy(update={"dispute": said})
        reopened: State = {**state, "brief": brief.model_dump(mode="json")}
        checks = [a.check for a in verdict.answers if a.state is not Judged.NOT_APPLICABLE]
        task = {"dimension": verdict.path.rsplit("/", 1)[0], "checks": checks}
        return Command(
            update=done(replies=[_turn(said, told, [verdict])], say=None, rounds=runtime.context.settings.reflections),
            goto=[Send("examine", carry(reopened, task))],
        )


def _about(report: Report, said: str) -> list[Verdict]:
    """The verdicts that the words are about, most telling first; a path that is named wins."""
    taxonomy = load()
    named = [v for v in report.verdicts if v.path in said or v.path.rsplit("/", 1)[1] in said]
    if named:
        return named[:MOST]
    weights = narrow(taxonomy, said, taxonomy.subdimensions())
    ranked = sorted(weights, key=lambda p: (-weights[p], report.verdict(p).state is not Judged.SCORED, p))
    return [report.verdict(path) for path in ranked[:MOST]]


def _reply(report: Report, about: list[Verdict]) -> str:
    if not about:
        return "Nothing in the taxonomy speaks of that; ask about a sub-dimension such as lip-sync or exposure."
    return "\n\n".join(_told(report, verdict) for verdict in about)


def _told(report: Report, verdict: Verdict) -> str:
    """The verdict with its reasons, evidence ids behind each."""
    lines = [f"{verdict.name}: {_score(verdict)} ({verdict.why})."]
    sub = find(load(), verdict.path)
    assert isinstance(sub, SubDimension)
    wording = {check.path: check.statement for check in sub.checks}
    for answer in verdict.answers:
        if answer.state is Judged.SCORED and answer.value is not None:
            lines.append(f"- {answer.value:.2f} {wording[answer.check]}")
            lines += [f"    {step.text} [{', '.join(step.evidence)}]" for step in answer.steps]
    found: list[Finding] = [f for f in report.findings if f.check.startswith(verdict.path + "/")]
    lines += [f"- {f.timecode}: {f.title} Fix: {f.fix}" for f in found if f.kind == "problem"]
    return "\n".join(lines)


def _score(verdict: Verdict) -> str:
    if verdict.score is None or verdict.interval is None:
        return verdict.state
    return f"{verdict.score:.2f}, between {verdict.interval.low:.2f} and {verdict.interval.high:.2f}"


def _turn(said: str, reply: str, about: list[Verdict]) -> Json:
    return {"said": said, "reply": reply, "about": [{"path": v.path, "score": v.score} for v in about]}
