"""reflect: the judge re-examines its own claims; what it wants to know is gathered, at most so many times; then the
verifier holds every claim against the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from evalverse.agent.arguments import reading_name, settle
from evalverse.agent.case import case_of, checks_by_path, depth_of, judge_of, settings_of
from evalverse.agent.judges.base import Case, Fallible, Judge, Reflection, Request
from evalverse.agent.nodes.plan import grouped
from evalverse.agent.progress import stage
from evalverse.agent.state import Context, State, carry
from evalverse.agent.trust import alike
from evalverse.agent.verify import total, verify_answer
from evalverse.errors import JudgeMalformed, UsageError
from evalverse.report.model import Answer
from evalverse.tools.operator import operator, operators

SILENCE: tuple[Reflection, list[str]] = (Reflection(), [])


def reflect(state: State, runtime: Runtime[Context]) -> Command[Literal["gather", "score"]]:
    """Back to gather for more evidence, or on to score with verified answers."""
    with stage("reflect") as done:
        context, settings = runtime.context, settings_of(state, runtime.context)
        judge, case = judge_of(state, context), case_of(state, context)
        answers = {path: Answer.model_validate(a) for path, a in (state.get("answers") or {}).items()}
        scope = (state.get("disputed") or {}).get("path", "")  # a dispute is about one verdict only
        mine = {path: a for path, a in answers.items() if a.judge == judge.id and path.startswith(scope)}
        # an answer that the instruments contested was thought over already, and keeps what was said then
        open_ones = {path: a for path, a in mine.items() if not a.contested}
        thought, notes = _thought(judge, case, list(open_ones.values())) if depth_of(state).reflects else SILENCE
        # only its own answers: what a gate ruled out stays ruled out
        corrected = {a.check: a for a in thought.answers if a.check in open_ones}
        answers |= corrected
        rounds = state.get("rounds") or 0
        wants = _new(thought.wants, case, state)
        if wants and rounds < settings.reflections:
            asked = [{"operator": w.operator, "why": "asked for in reflection"} for w in wants]
            update = done(answers=_json(corrected), rounds=rounds + 1, usage=judge.usage(), wants=asked, notes=notes)
            return Command(update=update, goto=[Send("gather", carry(state, g)) for g in grouped(wants)])
        if isinstance(judge, Fallible):
            withdrawn, remarks = alike({path: answers[path] for path in mine})
            answers |= withdrawn
            notes = [*notes, *remarks]
        checks = checks_by_path()
        verified = {path: verify_answer(a, checks[path], case) for path, a in answers.items()}
        update = done(
            answers=_json({path: a for path, (a, _) in verified.items()}),
            verification=total(tally for _, tally in verified.values()).model_dump(mode="json"),
            usage=judge.usage(),
            notes=notes,
        )
        return Command(update=update, goto="score")


def _thought(judge: Judge, case: Case, answers: list[Answer]) -> tuple[Reflection, list[str]]:
    try:
        return judge.reflect(case, answers), []
    except JudgeMalformed as error:
        return Reflection(), [f"the judge's second thoughts could not be read, and were left out ({error})"]


def _new(wants: Iterable[Request], case: Case, state: State) -> list[Request]:
    """The wishes that can be met and would tell something that is not known yet."""
    known, have = operators(), set(state.get("readings") or {})
    found: dict[str, Request] = {}
    for want in wants:
        if want.operator not in known:
            continue
        kind = operator(want.operator)
        try:
            tuned = settle(kind, want.arguments, case.brief)
        except UsageError:
            continue
        if reading_name(kind, tuned, case.brief) not in have:
            found.setdefault(want.operator, want)
    return list(found.values())


def _json(answers: dict[str, Answer]) -> dict[str, Any]:
    return {path: a.model_dump(mode="json") for path, a in answers.items()}
