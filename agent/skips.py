"""What was not inspected or not measured, why, and what would enable it. Nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evalverse.agent.judges.base import Case
from evalverse.agent.plan import Plan
from evalverse.report.model import Skip, State, Verdict
from evalverse.tools.evidence import Scope

VLM = "judge with a vision-language model: --judge local:MODEL or remote:URL#MODEL"


def skips(verdicts: Iterable[Verdict], plan: Plan, case: Case) -> Iterator[Skip]:
    """Verdicts without a score, operators over the budget, and measures that came to no value."""
    for verdict in verdicts:
        if verdict.state is not State.SCORED:
            yield skip(verdict, case)
    for chosen in plan.operators:
        if not chosen.run:
            yield Skip(
                what=f"operator {chosen.name}", state=State.NOT_ASSESSABLE, why=chosen.why, enable="a larger --budget"
            )
    for item in case.evidence.values():
        if item.unmeasured and item.scope is Scope.CLIP:
            yield Skip(what=f"measure {item.measure}", state=State.NOT_ASSESSABLE, why=item.unmeasured)


def skip(verdict: Verdict, case: Case) -> Skip:
    """A verdict without a score, and what would enable one."""
    return Skip(what=verdict.path, state=verdict.state, why=verdict.why, enable=_enable(verdict, case))


def _enable(verdict: Verdict, case: Case) -> str:
    if verdict.state is State.NOT_ASSESSABLE:
        return VLM if any(a.judge == "evidence" for a in verdict.answers) else ""
    if "prompt" in verdict.why and not case.brief.prompt:
        return "give the prompt: --prompt or --brief"
    if "reference" in verdict.why and not case.brief.reference:
        return "give a reference in the brief"
    return ""
