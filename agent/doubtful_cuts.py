"""Cuts in doubt, put to a judge that can see: what it says is laid over the shots as evidence and changes none."""

from __future__ import annotations

from evalverse.agent.case import label, tuning
from evalverse.agent.judges.base import Case, Judge, Looker
from evalverse.settings import Settings
from evalverse.tools.evidence import Scope
from evalverse.tools.schedule import measure
from evalverse.tools.shots.cut_replies import CutReplies, ReplySettings

MOST = 6
"""Doubtful cuts that a judge is asked about in one run, those nearest to the threshold."""


def settled(case: Case, judge: Judge, settings: Settings) -> tuple[dict[str, str], list[str]]:
    """Where the replies lie in the ledger, for the state's readings, and notes; nothing without doubts or eyes."""
    seen = [e for e in case.readings("cut_doubts.count") if e.scope is Scope.MOMENT and e.picture is not None]
    doubts = sorted(seen, key=lambda e: e.confidence)[:MOST]  # nearest to the threshold is least sure
    if not doubts or not isinstance(judge, Looker):
        return {}, []
    said = judge.settle_cuts(case, doubts)
    given = ReplySettings(by=judge.id, replies=tuple(sorted(said.items())))
    tuned = {**tuning(case.brief), CutReplies.name: given}
    found = measure(case.clip, [CutReplies.name], case.ledger, settings=settings, tuned=tuned)
    left = len(seen) - len(said)
    told = (
        f"{left} of {len(seen)} doubtful cuts stay in doubt: not asked about, not sure, or the reply was not readable"
    )
    return {label(CutReplies.name, given): found.keys[CutReplies.name]}, [told] if left else []
