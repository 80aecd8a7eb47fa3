"""Answers that are all alike tell of the judge, not of the clip: they are withdrawn, and the report says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from evalverse.report.model import Answer, State

FEW = 12
"""Answers from which on a judge should not say the same of everything."""

NEARLY = 0.95
"""Share of answers with the same value from which on the report remarks on it."""


def alike(answers: Mapping[str, Answer]) -> tuple[dict[str, Answer], tuple[str, ...]]:
    """What becomes of one judge's answers, by check, and what the report notes.

    Returns:
        The answers that change (withdrawn: not assessable, with the reason), and the notes. A judge that gave one value
        to every check, or that says of every check that it does not apply, has told nothing about the clip.
    """
    scored = {path: a for path, a in answers.items() if a.state is State.SCORED}
    off = {path: a for path, a in answers.items() if a.state is State.NOT_APPLICABLE}
    if len(off) == len(answers) >= FEW:
        why = f"the judge said of each of {len(off)} checks that it does not apply, which is not believed"
        return _withdrawn(off, why), (f"{why}; these answers were withdrawn",)
    if len(scored) < FEW:
        return {}, ()
    value, count = Counter(a.value for a in scored.values()).most_common(1)[0]
    told = f"the judge gave the value {value:g} to {count} of {len(scored)} checks"
    if count == len(scored):
        return _withdrawn(scored, f"{told}, which tells nothing about the clip"), (f"{told}; they were withdrawn",)
    return {}, (told,) if count >= NEARLY * len(scored) else ()


def _withdrawn(answers: Mapping[str, Answer], why: str) -> dict[str, Answer]:
    return {
        path: Answer(check=path, state=State.NOT_ASSESSABLE, why=why, steps=a.steps, judge=a.judge)
        for path, a in answers.items()
    }
