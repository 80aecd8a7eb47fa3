"""compose: findings, what was skipped and why, the manifest; the report is laid into the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime

from evalverse.agent.case import brief_of, case_of, checks_by_path, judge_of, plan_of
from evalverse.agent.findings import findings, stills
from evalverse.agent.judges.base import Case, Judge
from evalverse.agent.judges.tape import MEDIA_TYPE as TAPE
from evalverse.agent.manifest import manifest
from evalverse.agent.progress import stage
from evalverse.agent.skips import skips
from evalverse.agent.state import Context, State
from evalverse.agent.verify import total, verify_steps
from evalverse.report.model import Answer, Finding, Report, ShotRow, Verdict, Verification
from evalverse.taxonomy import load
from evalverse.tools.evidence import Blob, Evidence
from evalverse.tools.ledger import write_file
from evalverse.tools.media.timecode import clock


def compose(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Writes report.json into the ledger and returns its path; renderings are made from it."""
    with stage("compose") as done:
        case, judge, plan = case_of(state, runtime.context), judge_of(state, runtime.context), plan_of(state)
        verdicts = _verdicts(state)
        found, tally = explained(case, judge, [a for v in verdicts if v.score is not None for a in v.answers])
        update = done()
        report = Report(
            clip=case.clip,
            brief=brief_of(state),
            shots=tuple(_strip(case)),
            verdicts=tuple(verdicts),
            findings=tuple(found),
            skipped=tuple(skips(verdicts, plan, case)),
            evidence=tuple(sorted(case.evidence.values(), key=_place)),
            notes=(*case.clip.notes, *plan.notes, *(state.get("notes") or ()), *_losses(case)),
            verification=total([Verification.model_validate(state.get("verification") or {}), tally]),
            manifest=manifest(
                state, judge, runtime.context.settings, _seconds(state, update), _tape(runtime.context, case)
            ),
        )
        path = runtime.context.settings.cache_dir / "reports" / f"{_name(report, state.get('wanted') or [])}.json"
        write_file(path, (report.model_dump_json(indent=1) + "\n").encode())
        return {**update, "report": str(path), "usage": judge.usage()}


def _verdicts(state: State) -> list[Verdict]:
    """The verdicts with their answers put back in."""
    answers = {path: Answer.model_validate(a) for path, a in (state.get("answers") or {}).items()}
    inspected = {p.path for p in plan_of(state).inspected}
    of: dict[str, list[Answer]] = {}
    for path, check in checks_by_path().items():
        sub = path.rsplit("/", 1)[0]
        if sub in inspected and check.path in answers:
            of.setdefault(sub, []).append(answers[check.path])
    return [
        Verdict.model_validate(v).model_copy(update={"answers": tuple(of.get(v["path"], ()))})
        for v in state.get("verdicts") or []
    ]


def explained(case: Case, judge: Judge, answers: Iterable[Answer]) -> tuple[list[Finding], Verification]:
    """Findings in the judge's words as far as these stand up to the verifier, else in ours."""
    checks, plain = checks_by_path(), findings(answers, case, load())
    told = {f.id: f for f in judge.explain(case, plain)}
    found, tallies = [], []
    for ours in plain:
        theirs = told.get(ours.id, ours)
        if theirs.steps != ours.steps:
            steps, tally = verify_steps(theirs.steps, checks[ours.check], case)
            tallies.append(tally)
            theirs = theirs.model_copy(update={"steps": steps}) if steps else ours
        found.append(theirs)
    return found, total(tallies)


def _tape(context: Context, case: Case) -> Blob | None:
    """What the judge's model said in this run, laid into the ledger for a replay."""
    content = context.tape.content() if context.tape else b""
    return case.ledger.put(content, TAPE, "what the judge's model said, for a replay") if content else None


def _strip(case: Case) -> list[ShotRow]:
    pictures = stills(case)
    rows = []
    for shot in case.shots:
        middle = (shot.span.start + shot.span.end) / 2
        inside = {t: b for t, b in pictures.items() if shot.span.start <= t < shot.span.end}
        rows.append(
            ShotRow(
                index=shot.index,
                span=shot.span,
                begins_with=shot.begins_with,
                confidence=shot.confidence,
                timecode=clock(shot.span.start),
                thumbnail=inside[min(inside, key=lambda t: abs(t - middle))] if inside else None,
            )
        )
    return rows


def _losses(case: Case) -> list[str]:
    """What of the file could not be decoded, in words."""
    rows = case.readings("integrity.missing")
    return [e.words for e in rows if e.value]


def _place(evidence: Evidence) -> tuple[str, str, float, str]:
    return evidence.operator, evidence.measure, evidence.span.start if evidence.span else -1.0, evidence.id


def _seconds(state: State, update: dict[str, Any]) -> dict[str, float]:
    return {k: round(v, 3) for k, v in {**(state.get("seconds") or {}), **update["seconds"]}.items()}


def _name(report: Report, wanted: list[str]) -> str:
    """Reports are named by what they depend on, so that the same critique lies in the same place."""
    made = report.manifest
    parts = [report.clip.sha256, report.brief.model_dump_json(), made.judge, made.taxonomy, made.settings["depth"]]
    parts += wanted
    return f"{Path(report.clip.name).stem[:40]}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]}"
