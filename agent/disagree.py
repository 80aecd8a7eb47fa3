"""Where a judge and the instruments disagree: shown, asked once more with both, and decided by measured credibility.

The instruments' answer is that of the evidence judge on the same check. Only a sure one counts, and only one that is
far from the judge's. What neither the second look nor a measurement of credibility decides stays open: the judge's
answer is kept and its interval covers both. Nothing of this happens in silence: it stands in the steps of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evalverse.agent.credibility import Credibility, lookup
from evalverse.agent.judges.base import Case, Doubt, Judge
from evalverse.report.model import Answer, Interval, State, Step
from evalverse.taxonomy import Check

FAR = 0.4
"""Difference of two answers from which on they disagree."""

SURE = 0.7
"""Confidence that every reading must have for its answer to be held against a judge's."""


def doubts(
    checks: Iterable[Check], said: Mapping[str, Answer], measured: Mapping[str, Answer], case: Case
) -> list[Doubt]:
    """The checks on which the two disagree, far apart and with sure readings; answers by path."""
    return [
        Doubt(check, mine, theirs)
        for check in checks
        if (mine := said.get(check.path)) and (theirs := measured.get(check.path)) and _disagree(mine, theirs, case)
    ]


def settled(doubt: Doubt, again: Answer | None, judge: Judge, measurer: Judge, rows: Sequence[Credibility]) -> Answer:
    """The answer that holds, with the disagreement in its steps. ``again`` is what the judge said when it had seen both
    (None if it was not asked, or said nothing that could be read); ``rows`` is all measured credibility."""
    measured, last = doubt.measured, again or doubt.said
    shown = Step(
        text=f"The instruments disagree with the judge: they come nearest to “{_anchor(doubt.check, measured)}” and the"
        f" judge answered nearest to “{_anchor(doubt.check, doubt.said)}”.",
        evidence=measured.evidence,
    )
    asked = "asked again with both" if again else "not asked again"
    if again is not None and again.value is not None and not _far(again, measured):
        return _with(again, shown, "When it had seen the readings, the judge came to much the same as they.")
    worthier = _worthier(doubt.check, judge, measurer, rows)
    if worthier is measurer:
        why = "The instruments' answer holds: their credibility was measured here, and the judge's was not or was less."
        return _with(measured, shown, f"The judge, {asked}, kept to its answer. {why}")
    if worthier is judge:
        why = "its credibility was measured here, and the instruments' was not or was less"
        return _with(last, shown, f"The judge's answer holds, {asked}: {why}.")
    if last.value is None:
        why = f"at odds with the instruments and {asked}: {last.why}"
        withheld = {"state": State.NOT_ASSESSABLE, "why": why, "steps": (shown, *last.steps), "contested": why}
        return last.model_copy(update=withheld)
    told = (
        f"The judge, {asked}, kept to its answer; whose credibility is greater was not measured, so that the interval"
    )
    return _with(last.model_copy(update={"interval": _both(last, measured)}), shown, f"{told} covers both.")


def _disagree(mine: Answer, theirs: Answer, case: Case) -> bool:
    if mine.value is None or theirs.value is None or not _far(mine, theirs):
        return False
    admitted = theirs.interval or Interval(low=theirs.value, high=theirs.value)
    read = [case.evidence[i].confidence for i in theirs.evidence if i in case.evidence]
    return not admitted.low <= mine.value <= admitted.high and bool(read) and min(read) >= SURE


def _far(one: Answer, other: Answer) -> bool:
    return one.value is not None and other.value is not None and abs(one.value - other.value) > FAR


def _worthier(check: Check, judge: Judge, measurer: Judge, rows: Sequence[Credibility]) -> Judge | None:
    """The one of which more was shown on this sub-dimension, against the same truth by the same statistic; None when
    neither was measured to be better than chance, or what was measured cannot be compared."""
    sub = check.path.rsplit("/", 1)[0]
    mine, theirs = (
        {(r.truth, r.statistic, r.about): r for r in lookup(rows, sub, j.id, j.calibration) if not r.is_chance}
        for j in (judge, measurer)
    )
    if not mine or not theirs:
        return judge if mine else measurer if theirs else None
    both = [(mine[key].value, theirs[key].value) for key in mine if key in theirs]
    if not both or len({a > b for a, b in both}) > 1:
        return None
    return judge if both[0][0] > both[0][1] else measurer


def _anchor(check: Check, answer: Answer) -> str:
    """The anchor that the answer comes nearest to. Words, since a number here would be no evidence."""
    anchors = check.anchors
    value = answer.value or 0.0
    return (anchors.none if value < 0.25 else anchors.half if value < 0.75 else anchors.full).rstrip(".")


def _with(answer: Answer, shown: Step, told: str) -> Answer:
    steps = (shown, *answer.steps, Step(text=told, evidence=shown.evidence))
    return answer.model_copy(update={"steps": steps, "contested": told})


def _both(one: Answer, other: Answer) -> Interval:
    ends = [end for a in (one, other) for end in ((a.interval.low, a.interval.high) if a.interval else ())]
    ends += [v for v in (one.value, other.value) if v is not None]
    return Interval(low=min(ends), high=max(ends))
