"""reflect: the judge re-examines its own claims; what it wants to know is gathered, at most so many times; then the
verifier holds every claim against the ledger."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from evalverse.agent.case import case_of, checks_by_path, judge_of
from evalverse.agent.nodes.plan import grouped
from evalverse.agent.progress import stage
from evalverse.agent.state import Context, State, carry
from evalverse.agent.verify import total, verify_answer
from evalverse.report.model import Answer
from evalverse.tools.operator import operators


def reflect(state: State, runtime: Runtime[Context]) -> Command[Literal["gather", "score"]]:
    """Back to gather for more evidence, or on to score with verified answers."""
    with stage("reflect") as done:
        context = runtime.context
        judge, case = judge_of(state, context), case_of(state, context)
        answers = {path: Answer.model_validate(a) for path, a in (state.get("answers") or {}).items()}
        thought = judge.reflect(case, [a for a in answers.values() if a.judge == judge.id])
        corrected = {a.check: a for a in thought.answers if a.check in answers}
        answers |= corrected
        rounds = state.get("rounds") or 0
        known, have = operators(), set(state.get("readings") or {})
        wants = [w.operator for w in thought.wants if w.operator in known and w.operator not in have]
        if wants and rounds < context.settings.reflections:
            update = done(answers=_json(corrected), rounds=rounds + 1, usage=judge.usage(), wants=_named(wants))
            return Command(update=update, goto=[Send("gather", carry(state, g)) for g in grouped(wants)])
        checks = checks_by_path()
        verified = {path: verify_answer(a, checks[path], case) for path, a in answers.items()}
        update = done(
            answers=_json({path: a for path, (a, _) in verified.items()}),
            verification=total(tally for _, tally in verified.values()).model_dump(mode="json"),
            usage=judge.usage(),
        )
        return Command(update=update, goto="score")


def _named(names: list[str]) -> list[dict[str, Any]]:
    return [{"operator": name, "why": "asked for in reflection"} for name in names]


def _json(answers: dict[str, Answer]) -> dict[str, Any]:
    return {path: a.model_dump(mode="json") for path, a in answers.items()}
