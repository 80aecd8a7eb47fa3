"""settle: a dispute ends. One verdict of the report is what the judge says now, everything else stands as it was."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime

from evalverse.agent.case import case_of, judge_of
from evalverse.agent.converse.dispute import outcome, standing
from evalverse.agent.converse.told import Told
from evalverse.agent.converse.wish import Kind, Wish
from evalverse.agent.judges.base import Case
from evalverse.agent.nodes.compose import explained
from evalverse.agent.nodes.examine import UNREAD
from evalverse.agent.progress import stage
from evalverse.agent.skips import skip
from evalverse.agent.state import Context, State
from evalverse.agent.verify import total
from evalverse.report.model import Answer, Change, Report, Verdict
from evalverse.report.model import State as Judged
from evalverse.taxonomy import SubDimension, find, load
from evalverse.tools.ledger import write_file


def settle(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Writes the report that holds from now on, with the dispute in its history, and tells how it came out."""
    with stage("settle") as done:
        case, judge = case_of(state, runtime.context), judge_of(state, runtime.context)
        dispute = state.get("disputed") or {}
        old = Report.model_validate_json(Path(state["report"]).read_text(encoding="utf-8"))
        before, after = old.verdict(dispute["path"]), _verdict(state, dispute["path"])
        gathered = [case.evidence[i] for i in dispute["gathered"] if i in case.evidence]
        if any(UNREAD in a.why for a in after.answers):  # a judge that fails to answer has not changed its mind
            after, why = before, f"{before.name} stays as it was: what the judge replied could not be read."
        else:
            why = outcome(before, after, gathered, dispute["failed"])
        found, tally = explained(case, judge, after.answers if after.score is not None else ())
        now = datetime.now(UTC).isoformat(timespec="seconds")
        change = Change(
            at=now,
            by=dispute["by"],
            said=dispute["said"],
            path=after.path,
            before=standing(before),
            after=standing(after),
            judge=judge.id,
            why=why,
            evidence=tuple(e.id for e in gathered),
            replaced=old.manifest.created,
        )
        others = tuple(f for f in old.findings if not f.check.startswith(after.path + "/"))
        left_out = [] if after.state is Judged.SCORED else [skip(after, case)]
        report = old.model_copy(
            update={
                "verdicts": tuple(after if v.path == after.path else v for v in old.verdicts),
                "findings": (*others, *found),
                "skipped": (*(s for s in old.skipped if s.what != after.path), *left_out),
                "evidence": _joined(old, case, after, change),
                "verification": total([old.verification, tally]),
                "manifest": old.manifest.model_copy(update={"created": now}),
                "history": (*old.history, change),
            }
        )
        path = _place(Path(state["report"]), report)
        write_file(path, (report.model_dump_json(indent=1) + "\n").encode())
        told = Told(why, (before,), tuple(gathered))
        turn = {**told.turn(Wish(Kind.DISPUTE, dispute["said"]), case.ledger), "judge": judge.id}
        return {**done(usage=judge.usage()), "report": str(path), "replies": [turn], "disputed": None}


def _verdict(state: State, path: str) -> Verdict:
    """The new verdict with its answers put back in."""
    verdict = next(Verdict.model_validate(v) for v in state.get("verdicts") or [] if v["path"] == path)
    sub = find(load(), path)
    assert isinstance(sub, SubDimension)
    given = state.get("answers") or {}
    answers = tuple(Answer.model_validate(given[c.path]) for c in sub.checks if c.path in given)
    return verdict.model_copy(update={"answers": answers})


def _joined(old: Report, case: Case, after: Verdict, change: Change) -> tuple[Any, ...]:
    """The report's evidence and what is new in the ledger and cited now."""
    known = {e.id for e in old.evidence}
    cited = {i for a in after.answers for i in a.evidence} | set(change.evidence)
    return (*old.evidence, *(e for i, e in case.evidence.items() if i in cited - known))


def _place(old: Path, report: Report) -> Path:
    """Beside the report that it replaces, named by its content."""
    stem = old.stem.split(".")[0]
    content = hashlib.sha256(report.model_dump_json().encode()).hexdigest()[:8]
    return old.with_name(f"{stem}.{content}.json")
