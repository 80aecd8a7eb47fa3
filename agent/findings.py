"""From answers to findings: what somebody can act on, worst first, one finding per piece of evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress

from evalverse.agent.judges.base import Case
from evalverse.errors import MediaError
from evalverse.report.model import Answer, Finding, Severity, State
from evalverse.taxonomy import Check, Kind, Taxonomy
from evalverse.tools.evidence import Blob, Span, still_time
from evalverse.tools.media.sample import frame_at
from evalverse.tools.media.timecode import clock

PROBLEM, STRENGTH = 0.5, 0.9
"""At or below the middle anchor a check is a problem; from here on it is a strength."""

MOST_STRENGTHS = 8

NEAR = 0.2
"""Seconds by which a sampled frame may miss the span of a finding and still show it."""

STILL = 180
"""Height of a finding's own still in pixels."""

_ORDER = list(Severity)


def findings(answers: Iterable[Answer], case: Case, taxonomy: Taxonomy) -> list[Finding]:
    """Problems by severity and then by score, strengths after them by score.

    Several checks whose conclusion rests on the same evidence become one finding, worded by the check that fails most
    clearly: an editor wants each fault once.
    """
    checks = {check.path: check for check in taxonomy.checks()}
    best: dict[tuple[str, frozenset[str]], Finding] = {}
    for answer in answers:
        if answer.state is not State.SCORED or answer.value is None or not answer.steps:
            continue
        finding = _finding(answer, checks[answer.check], case, taxonomy)
        if finding is None:
            continue
        key = (finding.kind, _rests_on(answer, case) or frozenset([answer.check]))
        if key not in best or _rank(finding) < _rank(best[key]):
            best[key] = finding
    ranked = sorted(best.values(), key=_rank)
    strengths = [f for f in ranked if f.kind == "strength"][:MOST_STRENGTHS]
    kept = [f for f in ranked if f.kind == "problem"] + strengths
    return [f.model_copy(update={"picture": _picture(f, case)}) for f in kept]


def severity(value: float, kind: Kind) -> Severity:
    """How much a problem costs: a broken "right" check up to critical, a missed "good" one never above minor."""
    if kind is Kind.GOOD:
        return Severity.MINOR if value <= 0.25 else Severity.NOTE
    return Severity.CRITICAL if value <= 0.1 else Severity.MAJOR if value <= 0.3 else Severity.MINOR


def _finding(answer: Answer, check: Check, case: Case, taxonomy: Taxonomy) -> Finding | None:
    assert answer.value is not None
    if answer.value <= PROBLEM:
        kind, rank, title = "problem", severity(answer.value, check.kind), check.anchors.none
        if answer.value > 0.25:
            title = check.anchors.half
    elif answer.value >= STRENGTH and check.kind is Kind.GOOD:
        kind, rank, title = "strength", Severity.NOTE, check.anchors.full
    else:
        return None
    span = answer.span
    return Finding(
        id=hashlib.sha256(f"{answer.check}|{kind}|{span}|{answer.judge}".encode()).hexdigest()[:10],
        kind=kind,
        severity=rank,
        check=answer.check,
        title=title,
        stage=taxonomy.stage_of(answer.check),
        span=span,
        timecode=_timecode(span),
        shot=_shot(span, case),
        steps=answer.steps,
        score=answer.value,
        fix=check.fix if kind == "problem" else "",
        prompt_patch=check.prompt_patch if kind == "problem" else "",
    )


def _rests_on(answer: Answer, case: Case) -> frozenset[str]:
    """The readings behind the conclusion. Frames do not count: many faults are looked for in the same ones. Nor does
    what could not be read."""
    known = {i: case.evidence.get(i) for i in answer.steps[-1].evidence}
    return frozenset(i for i, e in known.items() if e is None or (still_time(e) is None and not e.unmeasured))


def _rank(finding: Finding) -> tuple[int, int, float, str]:
    problem = finding.kind == "problem"
    score = finding.score if problem else 1 - finding.score
    return (0 if problem else 1, _ORDER.index(finding.severity), score, finding.check)


def _timecode(span: Span | None) -> str:
    if span is None:
        return "whole clip"
    return clock(span.start) if span.seconds < 0.05 else f"{clock(span.start)} – {clock(span.end)}"


def _shot(span: Span | None, case: Case) -> int | None:
    if span is None or not case.shots:
        return None
    middle = (span.start + span.end) / 2
    return next((s.index for s in case.shots if middle < s.span.end), case.shots[-1].index)


def _picture(finding: Finding, case: Case) -> Blob | None:
    """The picture of the cited evidence; failing that, the frame on screen in the middle of where it shows."""
    span = finding.span
    for item in (case.evidence[i] for step in finding.steps for i in step.evidence if i in case.evidence):
        if item.picture is not None and (span is None or item.span is None or item.span.overlaps(span)):
            return item.picture
    if case.clip.picture is None or span is None:
        return None
    middle = (span.start + span.end) / 2
    sampled = stills(case)
    near = min(sampled, key=lambda seconds: abs(seconds - middle), default=None)
    if near is not None and span.start - NEAR <= near <= span.end + NEAR:
        return sampled[near]
    with suppress(MediaError):  # the clip may be gone by now
        return case.ledger.put_picture(frame_at(case.clip, middle, STILL).rgb(STILL), clock(middle))
    return sampled[near] if near is not None else None


def stills(case: Case) -> Mapping[float, Blob]:
    """The sampled single frames by time in seconds."""
    sampled = (e for e in case.evidence.values() if e.operator == "frame_sampler" and e.picture is not None)
    return {t: e.picture for e in sampled if e.picture and (t := still_time(e)) is not None}
