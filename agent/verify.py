"""The verifier: no number, timecode or evidence id may stand in a claim that the ledger does not hold.

A step whose cited evidence does not exist is dropped. A step with a number or time that neither its own evidence nor
the facts of the clip account for, or that cites nothing, is kept and marked with the doubt. It checks that figures
were not invented; whether a claim follows from its evidence is the reflection's business.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from evalverse.agent.judges.base import Case
from evalverse.report.model import Answer, State, Step, Verification
from evalverse.taxonomy import Check
from evalverse.tools.evidence import Evidence

_TIME = re.compile(r"(?<![\w.])(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[:;](\d{2})|\.(\d{1,3}))?(?![\w:])")
_NUMBER = re.compile(r"(?<![\w.:#])[-−+]?\d+(?:[.,]\d+)?(?![\w:]*:\w)(?=\D|$)")
_SHOT = re.compile(r"\bshot\s+(\d+)", re.IGNORECASE)


def verify_answer(answer: Answer, check: Check, case: Case) -> tuple[Answer, Verification]:
    """The answer with its steps verified. If none is left, it is not assessable: nothing in the ledger supports it."""
    steps, tally = verify_steps(answer.steps, check, case)
    if answer.state is State.SCORED and answer.steps and not steps:
        return (
            Answer(
                check=answer.check,
                state=State.NOT_ASSESSABLE,
                why="every step of the judge's reasoning cited evidence that does not exist",
                judge=answer.judge,
            ),
            tally,
        )
    return answer.model_copy(update={"steps": steps}), tally


def verify_steps(
    steps: Iterable[Step], check: Check | None, case: Case, known: Collection[float] = ()
) -> tuple[tuple[Step, ...], Verification]:
    """The steps that stand, marked where in doubt, and the count. The words of the check itself may be quoted, and the
    numbers in ``known``."""
    allowed = _facts(case) | set(known)
    allowed |= {value for _, value, _ in figures(_wording(check))} if check else set()
    kept: list[Step] = []
    claims = marked = dropped = 0
    for step in steps:
        claims += 1
        held = tuple(i for i in step.evidence if i in case.evidence)
        if step.evidence and not held:
            dropped += 1
            continue
        doubt = _doubt(step, held, case, allowed)
        marked += doubt is not None
        kept.append(step.model_copy(update={"evidence": held, "doubt": doubt}))
    return tuple(kept), Verification(claims=claims, marked=marked, dropped=dropped)


def total(tallies: Iterable[Verification]) -> Verification:
    """The sum of several counts."""
    claims = marked = dropped = 0
    for tally in tallies:
        claims, marked, dropped = claims + tally.claims, marked + tally.marked, dropped + tally.dropped
    return Verification(claims=claims, marked=marked, dropped=dropped)


def _doubt(step: Step, known: tuple[str, ...], case: Case, allowed: set[float]) -> str | None:
    if not known:
        return "cites no evidence"
    gone = [i for i in step.evidence if i not in known]
    pool = allowed | {n for i in known for n in _numbers(case.evidence[i])}
    invented = [f"shot {n}" for n in _SHOT.findall(step.text) if not 1 <= int(n) <= len(case.shots)]
    told = figures(_SHOT.sub("shot", step.text))
    invented += [text for text, value, slack in told if not _held(value, slack, pool)]
    doubts = []
    if gone:
        doubts.append(f"cites evidence that does not exist ({', '.join(gone)})")
    if invented:
        doubts.append(f"not in the evidence: {', '.join(dict.fromkeys(invented))}")
    return "; ".join(doubts) or None


def figures(text: str) -> list[tuple[str, float, float]]:
    """(as written, value, tolerance) of every number and time in a text. Times are in seconds.

    The tolerance is half a unit of the last digit that is written; a timecode that ends in frames gets a whole second,
    since the text does not say at which rate it counts.
    """
    found: list[tuple[str, float, float]] = []

    def time(match: re.Match[str]) -> str:
        hours, minutes, seconds, _frames, decimals = match.groups()
        value = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        fraction = float(f"0.{decimals}") if decimals else 0.0
        slack = 0.5 * 10 ** -len(decimals) if decimals else 1.0
        found.append((match.group(), value + fraction, slack + 1e-6))
        return " "

    text = _TIME.sub(time, text)
    for match in _NUMBER.finditer(text):
        written = match.group().replace("−", "-").replace(",", ".")
        decimals = len(written.split(".")[1]) if "." in written else 0
        found.append((match.group(), float(written), 0.5 * 10**-decimals + 1e-9))
    return found


def _held(value: float, slack: float, pool: set[float]) -> bool:
    return any(abs(abs(value) - abs(known)) <= slack for known in pool)


def _numbers(evidence: Evidence) -> set[float]:
    """All numbers that an item of evidence states, also as a percentage of a ratio and the other way round."""
    pool: set[float] = set()
    for value in (evidence.value, evidence.low, evidence.high, evidence.confidence):
        if value is not None:
            pool |= {value, value * 100}
    if evidence.span:
        pool |= {evidence.span.start, evidence.span.end, evidence.span.seconds}
    if evidence.shot is not None:
        pool.add(evidence.shot + 1.0)
    pool |= {value for _, value, _ in figures(f"{evidence.words} {evidence.unmeasured or ''}")}
    pool |= set(_leaves(evidence.data))
    return pool


def _leaves(data: Any) -> Iterable[float]:
    if isinstance(data, bool):
        return
    if isinstance(data, int | float):
        yield float(data)
        yield float(data) * 100
    elif isinstance(data, str):
        yield from (value for _, value, _ in figures(data))
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _leaves(value)
    elif isinstance(data, Iterable):
        for value in data:
            yield from _leaves(value)


def _wording(check: Check) -> str:
    anchors = check.anchors
    return " ".join((check.statement, check.gate, anchors.none, anchors.half, anchors.full))


def _facts(case: Case) -> set[float]:
    """Numbers that anybody may state: of the clip and of its shots."""
    pool = {case.clip.duration, float(len(case.shots))}
    if case.clip.picture:
        picture = case.clip.picture
        pool |= {float(picture.width), float(picture.height), float(picture.rate)}
    if case.clip.sound:
        pool |= {float(case.clip.sound.rate), case.clip.sound.rate / 1000, float(case.clip.sound.channels)}
    for shot in case.shots:
        pool |= {shot.index + 1.0, shot.span.start, shot.span.end, shot.span.seconds}
    return pool
