"""A model's free answer to a question: with tool calls through the toolbox, every claim held against the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from evalverse.agent.converse.tell import standing
from evalverse.agent.converse.told import Told
from evalverse.agent.judges import exhibits, replies
from evalverse.agent.judges.base import Bench, Case
from evalverse.agent.judges.chat import Message, says, words
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.judges.structured import ask
from evalverse.agent.judges.toolbox import Toolbox
from evalverse.agent.verify import verify_steps
from evalverse.prompts import render
from evalverse.report.model import Report, Step, Verdict
from evalverse.settings import Settings
from evalverse.tools.evidence import Evidence

MOST_EARLIER, MOST_CLAIMS = 4, 12
"""Turns of before that the model is shown, and claims of one reply that are kept."""


class Spoken(BaseModel):
    """What the model is asked to write."""

    about_clip: bool
    claims: replies.Claims = []
    cannot: replies.Text = ""


def talk(
    judge: ModelJudge,
    settings: Settings,
    case: Case,
    bench: Bench,
    report: Report,
    said: str,
    earlier: Sequence[dict[str, Any]] = (),
    near: Sequence[Evidence] = (),
) -> Told | None:
    """The judge's model answers ``said``. ``near`` is evidence that surely bears on it: its pictures are shown.

    Returns:
        The verified answer; None for a question that the model finds to be about something else.

    Raises:
        JudgeUnavailable, BudgetExhausted: the model cannot be reached or paid.
        JudgeMalformed: nothing that it wrote could be read.
    """
    rounds, most = settings.judge_tool_rounds, settings.max_frames_per_question
    whole = exhibits.relevant(case, ())
    pictures = exhibits.pictures(case, near)[:most] or exhibits.sheet(case)
    task = render(
        "converse",
        **exhibits.clip_words(case),
        critique="\n".join(_line(v) for v in report.verdicts),
        evidence=exhibits.lines(list({e.id: e for e in (*near, *whole)}.values())),
        earlier=[{"said": t["said"], "reply": t["reply"]} for t in earlier[-MOST_EARLIER:]],
        said=said,
        rounds=rounds,
    )
    thread: list[Message] = [
        says("system", render("system").text),
        says("user", [*exhibits.parts(pictures), words(task.text)]),
    ]
    box = Toolbox(case, bench, max(0, most - len(pictures)))
    first = box.consult(judge.chat, thread, rounds) if rounds else None
    spoken = ask(
        judge.chat, thread, Spoken, repairs=settings.judge_repairs, room=settings.judge_max_tokens, first=first
    )
    if not spoken.about_clip:
        return None
    return told(spoken, replace(case, evidence={**case.evidence, **box.gained}), report)


def told(spoken: Spoken, case: Case, report: Report) -> Told:
    """The claims that stand, with their ids: invented figures are marked, claims on invented evidence dropped."""
    scores = {v.score for v in report.verdicts if v.score is not None}
    claims = replies.steps(spoken.claims)
    steps, tally = verify_steps(claims[:MOST_CLAIMS], None, case, scores)
    lines = [_claim(step) for step in steps]
    if tally.dropped:
        lines.append(f"({tally.dropped} more of its claims cited evidence that does not exist and were dropped.)")
    if spoken.cannot:
        lines.append(spoken.cannot)
    ids = dict.fromkeys(i for step in steps for i in step.evidence)
    reply = "\n".join(lines) or "The judge's model had nothing to say that evidence supports."
    return Told(reply, evidence=tuple(case.evidence[i] for i in ids))


def _claim(step: Step) -> str:
    ids = f" [{', '.join(step.evidence)}]" if step.evidence else ""
    return f"{step.text}{ids}{f' (unverified: {step.doubt})' if step.doubt else ''}"


def _line(verdict: Verdict) -> str:
    return f"{verdict.path}: {standing(verdict)}; {' '.join(verdict.why.split())}"
