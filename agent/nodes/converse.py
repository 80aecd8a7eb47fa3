"""converse: a remark on a finished critique, answered on the same ledger: why, a look, a comparison, an edit list, a
better prompt; a dispute gathers more and sends the sub-dimension back to the judge, with the user's reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from evalverse.agent.bench import LedgerBench
from evalverse.agent.case import brief_of, case_of, judge_of, plan_of, settings_of
from evalverse.agent.converse import recall, tell
from evalverse.agent.converse.dispute import plain_refusal, reopen
from evalverse.agent.converse.moments import compare, look
from evalverse.agent.converse.told import Told, gone
from evalverse.agent.converse.wish import Kind, Wish, read
from evalverse.agent.feedback.revise import revise
from evalverse.agent.judges.base import Case, Judge
from evalverse.agent.judges.model import ModelJudge
from evalverse.agent.plan import Plan
from evalverse.agent.progress import stage
from evalverse.agent.skips import VLM
from evalverse.agent.state import Context, Json, State, carry
from evalverse.errors import BudgetExhausted, JudgeMalformed, UsageError
from evalverse.report import edits, outline
from evalverse.report.model import Report, Verdict
from evalverse.taxonomy import SubDimension, find, load
from evalverse.tools.evidence import Evidence
from evalverse.tools.operator import operator

MOST = 3
"""Sub-dimensions that one reply speaks of."""

ELSEWHERE = (
    "Nothing that was measured or judged speaks of that. I can tell of this clip only: why a verdict stands where it"
    " does, what was measured (loudness, cuts, exposure ...), a moment (“look at 3.2 s”), two shots (“compare shots 1"
    " and 2”), an edit list, a revised prompt; and a verdict can be disputed with a reason."
)


def converse(state: State, runtime: Runtime[Context]) -> Command[Literal["examine", "__end__"]]:
    """Replies to ``say``, or reopens what it disputes."""
    with stage("converse") as done:
        context, said = runtime.context, state.get("say") or ""
        report = Report.model_validate_json(Path(state["report"]).read_text(encoding="utf-8"))
        case, judge = case_of(state, context), judge_of(state, context)
        bench = LedgerBench(case, settings_of(state, context))
        wish = read(said, report)
        about = _about(report, said)
        if wish.kind is Kind.DISPUTE and about:
            return _dispute(state, case, bench, about[0], wish, done)
        told = _reply(wish, report, case, bench, judge, about, state.get("replies") or [])
        turn = {**told.turn(wish, case.ledger), "judge": judge.id}
        return Command(
            update=done(replies=[turn], say=None, readings=bench.readings, usage=judge.usage()), goto="__end__"
        )


def _reply(
    wish: Wish,
    report: Report,
    case: Case,
    bench: LedgerBench,
    judge: Judge,
    about: list[Verdict],
    earlier: Sequence[Json],
) -> Told:
    if wish.kind is Kind.PROMPT:
        return _prompt(report)
    if wish.kind is Kind.EDITS:
        files = {"edits.csv": edits.as_csv(report), "edits.edl": edits.as_edl(report)}
        return Told(edits.table(report), files=files)
    if wish.kind is Kind.ORDER:
        return Told(plain_refusal(report), tuple(about[:1]))
    if wish.kind in (Kind.LOOK, Kind.COMPARE):
        told = look(case, bench, wish, report) if wish.kind is Kind.LOOK else compare(case, bench, wish, report)
        if not any(e.picture for e in told.evidence):
            return told
        if not isinstance(judge, ModelJudge):
            return Told(
                f"{told.reply}\nI read measurements and see nothing; to have it described: {VLM}", (), told.evidence
            )
        try:
            seen = _talk(judge, bench, case, report, wish.said, earlier, told.evidence)
        except JudgeMalformed as error:
            return replace(told, reply=f"{told.reply}\n{_unread(error)}")
        return Told(f"{told.reply}\n{seen.reply}" if seen else told.reply, (), told.evidence)
    known = _known(wish.said, report, case, bench, about)
    if isinstance(judge, ModelJudge):
        near = known.evidence if known else ()
        try:
            return _talk(judge, bench, case, report, wish.said, earlier, near) or Told(ELSEWHERE)
        except JudgeMalformed as error:
            held = replace(known, reply=f"{known.reply}\n{_unread(error)}") if known else None
            return held or Told(_unread(error))
    return known or Told(f"{ELSEWHERE} If it is about what is to be seen: {VLM}")


def _unread(error: JudgeMalformed) -> str:
    return f"The judge's model gave no answer that could be read ({error})."


def _talk(
    judge: ModelJudge,
    bench: LedgerBench,
    case: Case,
    report: Report,
    said: str,
    earlier: Sequence[Json],
    near: Sequence[Evidence],
) -> Told | None:
    from evalverse.agent.converse.talk import talk

    return talk(judge, bench.settings, case, bench, report, said, earlier, near)


def _known(said: str, report: Report, case: Case, bench: LedgerBench, about: list[Verdict]) -> Told | None:
    """What file, ledger and verdicts say to a question; None if nothing of it."""
    fact = tell.fact(said, report)
    if fact:
        return Told(fact)
    measures, nodes = recall.measures().search(said), recall.nodes().search(said)
    if tell.SUMMARY.search(said) and not nodes:
        return Told(tell.summary(report))
    top = nodes[0] if nodes else ("", 0.0)
    judged = bool(top[0]) and bool(tell.WHY.search(said) or tell.OPINION.search(said))
    if measures and not judged and measures[0][1] >= top[1]:
        return _measured(said, report, case, bench, [name for name, _ in measures])
    if top[0] and top[0].count("/") < 2:
        words, found = tell.part(report, top[0])
        return Told(words, tuple(found))
    if about:
        return Told("\n\n".join(tell.verdict(report, v) for v in about), tuple(about), _cited(case, about))
    return None


def _measured(said: str, report: Report, case: Case, bench: LedgerBench, names: Sequence[str]) -> Told:
    """The readings of these measures, measured now where they were not, and the verdicts that rest on them."""
    lines, cited = list[str](), list[Evidence]()
    for name in names[:MOST]:
        if not case.readings(name):
            kind = operator(name.split(".")[0])
            try:
                if gone(case):
                    raise UsageError(gone(case))
                found = bench.measure(kind.name, {})
            except (UsageError, BudgetExhausted) as error:
                lines.append(f"{kind.title} was not measured in this critique, and cannot be now: {error}.")
                continue
            case = replace(case, evidence={**case.evidence, **{e.id: e for e in found}})
        words, rows = tell.reading(case, name, said)
        lines.append(words)
        cited += rows
    resting = [v for name in names[:1] for v in tell.bearing(report, name)][:MOST]
    if resting:
        lines.append("Verdicts that rest on it: " + "; ".join(f"{v.name} {tell.standing(v)}" for v in resting))
    return Told("\n".join(lines), tuple(resting), tuple(cited))


def _prompt(report: Report) -> Told:
    patches = [f.prompt_patch for f in outline.problems(report) if f.prompt_patch]
    made = revise(report.brief.prompt or "", patches)
    if not made.added:
        return Told("No finding asks for other words: the prompt can stay as it is.")
    lines = [made.prompt, "", "Added: " + "; ".join(made.added)]
    lines += [f"Left out: {clause} ({why})" for clause, why in made.left_out.items()]
    return Told("\n".join(lines), files={"prompt.txt": made.prompt + "\n"})


def _about(report: Report, said: str) -> list[Verdict]:
    """The verdicts that the words are about, most telling first; a path that is named wins."""
    held = {v.path: v for v in report.verdicts}
    named = [v for v in report.verdicts if v.path in said or v.path.rsplit("/", 1)[1] in said.lower()]
    if named:
        return named[:MOST]
    found = [(path, s) for path, s in recall.nodes().search(said, most=8) if path in held]
    found.sort(key=lambda row: (-row[1], held[row[0]].score is None))
    if found:
        return [held[path] for path, _ in found[:MOST]]
    return [v for name, _ in recall.measures().search(said)[:1] for v in tell.bearing(report, name)][:MOST]


def _cited(case: Case, about: Sequence[Verdict]) -> tuple[Evidence, ...]:
    ids = dict.fromkeys(i for v in about for a in v.answers for i in a.evidence)
    return tuple(case.evidence[i] for i in ids if i in case.evidence)


def _dispute(
    state: State, case: Case, bench: LedgerBench, verdict: Verdict, wish: Wish, done: Any
) -> Command[Literal["examine", "__end__"]]:
    made = reopen(case, bench, verdict, wish.times)
    if made.shut:
        told = Told(f"{verdict.name} is {tell.standing(verdict)}: {made.shut}. No judge can change that.", (verdict,))
        return Command(update=done(replies=[told.turn(wish, case.ledger)], say=None), goto="__end__")
    brief = brief_of(state).model_copy(update={"dispute": wish.said[:5000]})
    readings = {**(state.get("readings") or {}), **made.readings}
    reopened: State = {**state, "brief": brief.model_dump(mode="json"), "readings": readings}
    disputed = {
        "path": verdict.path,
        "said": wish.said,
        "by": state.get("by") or "user",
        "gathered": [e.id for e in made.gathered],
        "failed": made.failed,
    }
    task = {"dimension": verdict.path.rsplit("/", 1)[0], "checks": list(made.checks)}
    plan = _opened(plan_of(state), verdict.path, made.checks).model_dump(mode="json")
    update = done(say=None, readings=made.readings, disputed=disputed, plan=plan, rounds=bench.settings.reflections)
    return Command(update=update, goto=[Send("examine", carry(reopened, task))])


def _opened(plan: Plan, path: str, checks: Sequence[str]) -> Plan:
    """The plan with one sub-dimension inspected."""
    sub = find(load(), path)
    assert isinstance(sub, SubDimension)
    off = {c.path: "its gate is closed" for c in sub.checks if c.path not in checks}
    update = {"inspect": True, "state": None, "why": "disputed", "checks": tuple(checks), "off": off}
    return plan.model_copy(
        update={
            "subdimensions": tuple(
                p.model_copy(update=update) if p.path == path and not p.inspect else p for p in plan.subdimensions
            )
        }
    )
