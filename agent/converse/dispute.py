"""A disputed verdict: what is gathered before it is examined again, and how it came out, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evalverse.agent.converse.told import gone
from evalverse.agent.judges.base import Bench, Case
from evalverse.agent.plan import gate
from evalverse.agent.skips import VLM
from evalverse.errors import BudgetExhausted, UsageError
from evalverse.report.model import Report, Standing, Verdict
from evalverse.report.model import State as Judged
from evalverse.taxonomy import SubDimension, find, load
from evalverse.tools.evidence import Evidence
from evalverse.tools.operator import operator

WIDER = {"lip_sync": {"reach": 2000}}
"""Settings with which an operator looks further than in a critique, where that may change what it reads."""


@dataclass
class Reopened:
    """What a dispute opens: the checks to answer again and what was gathered for them."""

    checks: tuple[str, ...]
    gathered: list[Evidence] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    readings: dict[str, str] = field(default_factory=dict)
    """For the state. A wider reading takes the place of the usual one."""
    shut: str = ""
    """Why the verdict cannot be opened at all."""


def reopen(case: Case, bench: Bench, verdict: Verdict, times: Sequence[float]) -> Reopened:
    """Gathers for the sub-dimension of ``verdict`` what it lacks: operators that have not run, wider settings, and
    frames at ``times`` and where its answers point."""
    sub = find(load(), verdict.path)
    assert isinstance(sub, SubDimension)
    now = gate(sub, case.facts)
    if not now.inspect:
        return Reopened((), shut=now.why)
    made = Reopened(now.checks)
    checks = [check for check in sub.checks if check.path in now.checks]
    names = list(dict.fromkeys(name for check in checks for name in check.operators))
    if gone(case):
        made.failed.append(gone(case))
        return made
    have = {e.operator for e in case.evidence.values()}
    before = set(case.evidence)
    for name in names:
        kind = operator(name)
        if kind.on_request or (name in have and name not in WIDER):
            continue
        lacking = kind.lacks()
        if lacking is not None:
            made.failed.append(f"{kind.title}: {lacking}")
            continue
        try:
            found = bench.measure(name, WIDER.get(name, {}))
        except (UsageError, BudgetExhausted) as error:
            made.failed.append(f"{kind.title}: {error}")
        else:
            made.gathered += [e for e in found if e.id not in before]
            key = next(k for label, k in reversed(readings_of(bench).items()) if label.split("(")[0] == name)
            made.readings[name] = key
    spots = [*times, *((a.span.start + a.span.end) / 2 for a in verdict.answers if a.span is not None)]
    if spots and case.clip.picture is not None:
        try:
            made.gathered += bench.look(list(dict.fromkeys(round(t, 3) for t in spots))[:4])
        except (UsageError, BudgetExhausted) as error:
            made.failed.append(f"a closer look: {error}")
    made.readings |= {label: key for label, key in readings_of(bench).items() if label.startswith("look")}
    return made


def readings_of(bench: Bench) -> dict[str, str]:
    """What a bench has measured, by label; nothing for a bench that keeps no account."""
    return dict(getattr(bench, "readings", {}))


def standing(verdict: Verdict) -> Standing:
    """Where a verdict stands."""
    return Standing(state=verdict.state, score=verdict.score, interval=verdict.interval)


def outcome(before: Verdict, after: Verdict, gathered: Sequence[Evidence], failed: Sequence[str]) -> str:
    """How a dispute came out: what moved and by which evidence, or why nothing did."""
    lines = [_moved(before, after)]
    values = {a.check: a for a in before.answers}
    checks = {check.path: check.statement for check in load().checks()}
    changed = 0
    for answer in after.answers:
        old = values.get(answer.check)
        said, was = _said(answer.value, answer.state), _said(old.value, old.state) if old else "not asked"
        if said != was:
            changed += 1
            lines.append(f"- {checks.get(answer.check, answer.check)} {was} before, {said} now")
            lines += [f"    {s.text} [{', '.join(s.evidence)}]" for s in answer.steps] or [f"    {answer.why}"]
    measured = [e for e in gathered if e.picture is None]
    if measured:
        lines.append("Measured for this: " + "; ".join(f"{e.title} {e.value_text()} [{e.id}]" for e in measured[:6]))
    else:
        lines.append("Every operator that speaks to it and can work here had been run already.")
    seen = [e for e in gathered if e.picture is not None]
    if seen:
        lines.append("Looked at: " + ", ".join(f"{e.words.rstrip('.')} [{e.id}]" for e in seen))
    lines += [f"Could not be had: {why}" for why in failed]
    if not changed:
        judges = {a.judge for a in after.answers}
        lines.append(
            "The answers rest on measurements, which are the same; a reason in words cannot move them. To have the"
            f" reason weighed: {VLM}"
            if judges <= {"evidence", "gate"}
            else "The judge weighed what you said against the evidence and kept its answers."
        )
    return "\n".join(lines)


def plain_refusal(report: Report) -> str:
    """What is said to somebody who demands a score."""
    return (
        "A score follows from evidence and cannot be set. Tell me which verdict you doubt and why, and I gather more"
        f" and examine it again; the lowest is {_lowest(report)}."
    )


def _lowest(report: Report) -> str:
    scored = [v for v in report.verdicts if v.score is not None]
    low = min(scored, key=lambda v: (v.score or 0.0, v.path), default=None)
    return f"{low.name} at {low.score:.2f}" if low is not None else "not there: nothing was scored"


def _moved(before: Verdict, after: Verdict) -> str:
    was, now = _said(before.score, before.state), _said(after.score, after.state)
    return f"{after.name} stays at {now}." if was == now else f"{after.name}: {was} before, {now} now ({after.why})."


def _said(value: float | None, state: Judged) -> str:
    return state.value if value is None else f"{value:.2f}"
