"""The thread of a conversation about a report: found by what the report is, not by where it lies, and made anew out of
the report itself where this machine has none."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict

from evalverse.agent.case import ledger_of
from evalverse.agent.plan import Plan, Planned
from evalverse.agent.state import Json, State
from evalverse.report.model import Report
from evalverse.report.model import State as Judged
from evalverse.settings import Settings
from evalverse.taxonomy import load
from evalverse.tools.evidence import Blob, Evidence
from evalverse.tools.ledger import Ledger, write_file


def thread_of(report: Report) -> str:
    """The same for a report and for those that follow from it by disputes, wherever they are kept."""
    first = report.history[0].replaced if report.history else report.manifest.created
    parts = [report.clip.sha256, report.manifest.judge, report.brief.model_dump(mode="json"), first]
    return "chat-" + hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def state_of(report: Report, kept: Ledger, settings: Settings, judge: str, replies: list[Json] | None = None) -> State:
    """The state in which a critique ends, out of its report alone.

    The evidence goes into this machine's ledger as the report has it, with the pictures and curves that ``kept``
    (the ledger beside the report) holds; nothing is measured.
    """
    ledger = ledger_of(settings)
    content = report.model_dump_json(indent=1) + "\n"
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    path = settings.cache_dir / "reports" / f"told-{digest}.json"
    write_file(path, content.encode())
    answers = {a.check: a.model_dump(mode="json") for v in report.verdicts for a in v.answers}
    return State(
        clip=str(report.clip.path),
        brief=report.brief.model_dump(mode="json"),
        judge=judge,
        budget=None,
        depth=str(report.manifest.settings.get("depth") or "standard"),
        probed=report.clip.model_dump(mode="json"),
        readings=_readings(report, kept, ledger),
        plan=_plan(report).model_dump(mode="json"),
        answers=answers,
        verification=report.verification.model_dump(mode="json"),
        verdicts=[v.model_dump(mode="json", exclude={"answers"}) for v in report.verdicts],
        report=str(path),
        replies=list(replies or []),
    )


def _readings(report: Report, kept: Ledger, ledger: Ledger) -> dict[str, str]:
    """The report's evidence, laid into ``ledger``: key by operator."""
    rows: dict[str, list[Evidence]] = defaultdict(list)
    for item in report.evidence:
        held = {
            name: blob if blob is not None and _copied(blob, kept, ledger) else None
            for name, blob in (("curve", item.curve), ("picture", item.picture))
        }
        rows[item.operator].append(item.model_copy(update=held))
    keys = {}
    for name, found in rows.items():
        content = json.dumps([e.model_dump(mode="json") for e in found], sort_keys=True)
        keys[name] = f"{name}-told-{hashlib.sha256(content.encode()).hexdigest()[:24]}"
        if ledger.load(keys[name]) is None:
            ledger.save(keys[name], found)
    return keys


def _copied(blob: Blob, kept: Ledger, ledger: Ledger) -> bool:
    """Whether ``ledger`` has the blob now."""
    if not ledger.path(blob).exists():
        try:
            write_file(ledger.path(blob), kept.get(blob))
        except FileNotFoundError:
            return False
    return True


def _plan(report: Report) -> Plan:
    """What was inspected, as the verdicts tell; a sub-dimension that the report does not know was not."""
    verdicts = {v.path: v for v in report.verdicts}
    planned = []
    for sub in load().subdimensions():
        verdict = verdicts.get(sub.path)
        if verdict is None or not verdict.answers:
            why = verdict.why if verdict else "not in this report"
            state = verdict.state if verdict else Judged.NOT_APPLICABLE
            planned.append(Planned(path=sub.path, inspect=False, why=why, state=state))
            continue
        off = {a.check: a.why for a in verdict.answers if a.judge == "gate"}
        on = tuple(c.path for c in sub.checks if c.path not in off)
        planned.append(Planned(path=sub.path, inspect=True, why=verdict.why, checks=on, off=off))
    return Plan(subdimensions=tuple(planned), operators=())
