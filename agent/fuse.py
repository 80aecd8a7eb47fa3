"""From answers to verdicts: one sub-dimension at a time, with an interval and with bounds.

The score is the mean of the answers that were given. Its interval speaks of those checks alone: the judge's calibrated
one where it has one, else every answer runs through its own. What was not answered is told apart, by the worst-case
bounds of Manski 2003, "Partial Identification of Probability Distributions": each check that applies but was not
answered may turn out anywhere between 0 and 1. The bounds of a verdict on one check out of five are wide, as they
should be; its interval says how far that one check can be trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from evalverse.report.model import Answer, Interval, State, Verdict
from evalverse.taxonomy import Stage, SubDimension

Spread = Callable[[str, float], Interval | None]
"""Where the truth of a sub-dimension (by path) lies, given its score; None where that was not calibrated."""


def fuse(sub: SubDimension, stage: Stage, answers: Sequence[Answer], spread: Spread = lambda *_: None) -> Verdict:
    """The verdict on ``sub`` from the answers to its checks (any order; one per check)."""
    scored = [a for a in answers if a.state is State.SCORED]
    unknown = [a for a in answers if a.state is State.NOT_ASSESSABLE]
    applicable = len(scored) + len(unknown)

    def verdict(state: State, why: str, score: float | None = None, **ranges: Interval) -> Verdict:
        return Verdict(
            path=sub.path,
            name=sub.name,
            stage=stage,
            state=state,
            score=score,
            **ranges,
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
    own = [a.interval or Interval(low=v, high=v) for a, v in zip(scored, values, strict=True)]
    score = round(sum(values) / len(values), 4)
    interval = spread(sub.path, score) or Interval(
        low=round(sum(i.low for i in own) / len(own), 4), high=round(sum(i.high for i in own) / len(own), 4)
    )
    return verdict(
        State.SCORED,
        ("the one answered check" if len(scored) == 1 else f"mean of {len(scored)} answered checks")
        + (f"; {len(unknown)} more apply but could not be assessed" if unknown else ""),
        score=score,
        interval=interval,
        bounds=Interval(
            low=round(interval.low * len(scored) / applicable, 4),
            high=round((interval.high * len(scored) + len(unknown)) / applicable, 4),
        ),
    )


def _commonest(answers: Sequence[Answer]) -> str:
    reasons = Counter(a.why for a in answers if a.why)
    return reasons.most_common(1)[0][0] if reasons else ""
