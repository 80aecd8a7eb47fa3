"""From answers to verdicts: one sub-dimension at a time, with an interval that owns up to what was not answered.

The score is the mean of the answers that were given. Its interval is a bound, not a probability band: each answer
runs through its own interval, and every check that applies but was not answered may turn out anywhere between 0 and 1
(the worst-case bounds of Manski 2003, "Partial Identification of Probability Distributions"). A verdict on one check
out of five is therefore wide, as it should be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evalverse.report.model import Answer, Interval, State, Verdict
from evalverse.taxonomy import Stage, SubDimension


def fuse(sub: SubDimension, stage: Stage, answers: Sequence[Answer]) -> Verdict:
    """The verdict on ``sub`` from the answers to its checks (any order; one per check)."""
    scored = [a for a in answers if a.state is State.SCORED]
    unknown = [a for a in answers if a.state is State.NOT_ASSESSABLE]
    applicable = len(scored) + len(unknown)

    def verdict(state: State, why: str, score: float | None = None, interval: Interval | None = None) -> Verdict:
        return Verdict(
            path=sub.path,
            name=sub.name,
            stage=stage,
            state=state,
            score=score,
            interval=interval,
            why=why,
            answers=tuple(answers),
            applicable=applicable,
            answered=len(scored),
        )

    if not applicable:
        return verdict(State.NOT_APPLICABLE, _commonest(answers) or "no check applies")
    if not scored:
        return verdict(State.NOT_ASSESSABLE, _commonest(unknown))
    values = [a.value for a in scored if a.value is not None]
    bounds = [a.interval or Interval(low=v, high=v) for a, v in zip(scored, values, strict=True)]
    return verdict(
        State.SCORED,
        f"mean of {len(scored)} answered checks"
        + (f"; {len(unknown)} more apply but could not be assessed" if unknown else ""),
        score=round(sum(values) / len(values), 4),
        interval=Interval(
            low=round(sum(b.low for b in bounds) / applicable, 4),
            high=round((sum(b.high for b in bounds) + len(unknown)) / applicable, 4),
        ),
    )


def _commonest(answers: Sequence[Answer]) -> str:
    reasons = Counter(a.why for a in answers if a.why)
    return reasons.most_common(1)[0][0] if reasons else ""
