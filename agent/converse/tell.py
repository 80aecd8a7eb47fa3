"""Answers in words out of what was measured and judged, each with the ids that it rests on. No model speaks here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalverse.agent.judges.base import Case
from evalverse.agent.skips import VLM
from evalverse.report import outline
from evalverse.report.model import Finding, Report, Verdict
from evalverse.report.model import State as Judged
from evalverse.taxonomy import Check, SubDimension, find, load
from evalverse.tools.evidence import Direction, Evidence, Scope, number
from evalverse.tools.media.timecode import clock

MOST_ROWS, MOST_FOUND, MOST_PARTS = 6, 5, 12
"""Readings of shots or moments, findings, and verdicts of one part of the taxonomy that a reply lists."""

WHERE = re.compile(r"\b(where|when|which (shot|moment|part|frame)|at what)\b", re.I)
SHOTS = re.compile(r"\bshots?\b", re.I)
SUMMARY = re.compile(
    r"\b(overall|summ?(ary|arise|arize)|main (problem|issue|fault|flaw)s?|worst|biggest|problems|issues|faults|"
    r"strengths|strong points|any good)\b",
    re.I,
)
OPINION = re.compile(r"\b(wrong|good|bad|well|quality|problems?|how (is|are|was|were)|what (about|of))\b", re.I)
WHY = re.compile(r"\b(why|scores?|scored|verdicts?|rated|rating|judged|judgement)\b", re.I)

_FACTS = (
    (re.compile(r"\b(how long is|duration|running time|length of (the|this) (clip|film|video))\b", re.I), "length"),
    (re.compile(r"\b(resolution|pixels|dimensions|aspect ratio|how (large|big) is the picture)\b", re.I), "picture"),
    (re.compile(r"\b(frame ?rate|fps|frames per second)\b", re.I), "rate"),
    (re.compile(r"\b(codec|container|file format|bit depth)\b", re.I), "format"),
    (re.compile(r"\b(sample rate|sampling rate|channels|mono or stereo)\b", re.I), "sound"),
)


def fact(said: str, report: Report) -> str | None:
    """What the file itself says to a question, if it is one about the file."""
    asked = {name for pattern, name in _FACTS if pattern.search(said)}
    clip, told = report.clip, list[str]()
    if "length" in asked:
        told.append(f"The clip is {number(clip.duration)} s long ({clock(clip.duration)}).")
    if asked & {"picture", "rate", "format"}:
        p = clip.picture
        told.append(
            f"Picture: {p.width} × {p.height} pixels, {float(p.rate):.6g} frames per second, {p.codec},"
            f" {p.pixel_format}, {p.bit_depth} bits; container {clip.container}."
            if p
            else "The file has no picture."
        )
    if asked & {"sound", "format"}:
        s = clip.sound
        told.append(
            f"Sound: {s.codec}, {s.rate} Hz, {s.channels} channels ({s.layout})." if s else "The file has no sound."
        )
    return " ".join(told) or None


def summary(report: Report) -> str:
    """What was found, worst first."""
    found = [*outline.problems(report)[:MOST_FOUND], *outline.strengths(report)[:MOST_FOUND]]
    lines = [outline.summary(report)]
    lines += [f"- {_mark(f)}, {f.timecode}: {f.title} [{', '.join(_ids(f))}]" for f in found]
    return "\n".join(lines)


def reading(case: Case, measure: str, said: str = "") -> tuple[str, list[Evidence]]:
    """What was read of one measure: over the whole clip, and where it is at its ends if the question asks where.

    Returns:
        The words, and the evidence that they cite.
    """
    rows = case.readings(measure)
    whole = next((e for e in rows if e.scope is Scope.CLIP), None)
    if not rows:
        return f"Nothing was read of {measure}.", []
    if whole is not None and whole.value is None:
        return f"{whole.title}: could not be measured ({whole.unmeasured}) [{whole.id}].", [whole]
    cited = [whole] if whole is not None else []
    lines = [_line(whole)] if whole is not None else [f"{rows[0].title}:"]
    local = [e for e in rows if e.scope is not Scope.CLIP and e.value is not None]
    if local and (whole is None or WHERE.search(said) or SHOTS.search(said)):
        shown = _ends(local)
        lines += [f"- {_place(e)}: {e.value_text()}{_remark(e)} [{e.id}]" for e in shown]
        cited += shown
    return "\n".join(lines), cited


def verdict(report: Report, of: Verdict) -> str:
    """A verdict with the answers, steps and findings behind it."""
    lines = [f"{of.name}: {standing(of)} ({of.why})."]
    if of.state is Judged.SCORED and of.credibility:
        lines.append(f"Credibility: {of.credibility}.")
    checks = _wording(of)
    for answer in of.answers:
        if answer.state is Judged.SCORED and answer.value is not None and answer.check in checks:
            lines.append(f"- {answer.value:.2f} {checks[answer.check]}")
            lines += [
                f"    {s.text} [{', '.join(s.evidence)}]{f' ({s.doubt})' if s.doubt else ''}" for s in answer.steps
            ]
    lines += [
        f"- {f.timecode}: {f.title} Fix: {f.fix}"
        for f in report.findings
        if f.check.startswith(of.path + "/") and f.kind == "problem"
    ]
    silent = [a for a in of.answers if a.state is Judged.NOT_ASSESSABLE]
    if silent:
        whys = dict.fromkeys(a.why for a in silent)
        lines.append(f"- not answered: {len(silent)} of {of.applicable} checks ({'; '.join(whys)})")
    enable = next((s.enable for s in report.skipped if s.what == of.path and s.enable), "")
    if enable or any(a.judge == "evidence" for a in silent):
        lines.append(f"To have it judged: {enable or VLM}")
    return "\n".join(lines)


def part(report: Report, path: str) -> tuple[str, list[Verdict]]:
    """Every verdict of an aspect or dimension in a line, lowest score first."""
    found = [v for v in report.verdicts if v.path.startswith(path + "/")]
    found.sort(key=lambda v: (v.score is None, v.score or 0.0))
    node = find(load(), path)
    name = getattr(node, "name", path)
    lines = [f"{name}:"] + [f"- {v.name}: {standing(v)}{'' if v.score is not None else f' ({v.why})'}" for v in found]
    lines = lines[: MOST_PARTS + 1]
    lines += [
        f"- {_mark(f)}, {f.timecode}: {f.title} [{', '.join(_ids(f))}]"
        for f in outline.findings(report)
        if f.check.startswith(path + "/")
    ]
    return "\n".join(lines), found[:MOST_PARTS]


def standing(of: Verdict) -> str:
    """The score with its interval, or the state."""
    if of.score is None or of.interval is None:
        return of.state.value
    return f"{of.score:.2f}, between {of.interval.low:.2f} and {of.interval.high:.2f}"


def bearing(report: Report, measure: str) -> list[Verdict]:
    """The scored verdicts that cite a reading of this measure."""
    ids = {e.id for e in report.evidence if e.measure == measure}
    return [v for v in report.verdicts if v.score is not None and any(ids & set(a.evidence) for a in v.answers)]


def _wording(of: Verdict) -> dict[str, str]:
    """Statements of the verdict's checks by path; empty for a report of another taxonomy."""
    node = load().nodes().get(of.path)
    checks: tuple[Check, ...] = node.checks if isinstance(node, SubDimension) else ()
    return {check.path: check.statement for check in checks}


def _line(e: Evidence) -> str:
    better = "" if e.direction is Direction.NEUTRAL else f"; {e.direction.value}"
    limits = f", out of {number(e.low)} to {number(e.high)}" if e.low is not None and e.high is not None else ""
    doubt = f"; the operator trusts this to {e.confidence:.0%}" if e.confidence < 0.5 else ""
    return f"{e.title}: {e.value_text()}{limits}{better}{doubt}.{_remark(e)} [{e.id}]"


def _remark(e: Evidence) -> str:
    return f" {' '.join(e.words.split())}" if e.words else ""


def _place(e: Evidence) -> str:
    shot = f"shot {e.shot + 1}" if e.shot is not None else ""
    stretch = f"{clock(e.span.start)} to {clock(e.span.end)}" if e.span is not None else ""
    return ", ".join(filter(None, (shot, stretch))) or "whole clip"


def _ends(rows: list[Evidence]) -> list[Evidence]:
    """All readings if they are few; else the worst, or those at both ends for a measure that only describes."""
    if len(rows) <= MOST_ROWS:
        return rows
    ranked = sorted(rows, key=lambda e: e.value or 0.0, reverse=rows[0].direction is not Direction.HIGHER)
    if rows[0].direction is Direction.NEUTRAL:
        return ranked[: MOST_ROWS // 2] + ranked[-(MOST_ROWS // 2) :]
    return ranked[:MOST_ROWS]


def _mark(finding: Finding) -> str:
    return finding.severity.value if finding.kind == "problem" else "strength"


def _ids(finding: Finding) -> Iterator[str]:
    yield from dict.fromkeys(i for step in finding.steps for i in step.evidence)
