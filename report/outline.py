"""The order in which every rendering tells a report: findings, verdicts by stage, and what was left out, grouped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from evalverse.report.model import Finding, Report, Severity, State, Verdict
from evalverse.report.text import count, listed
from evalverse.taxonomy import Stage
from evalverse.tools.evidence import number

RANK = {severity: rank for rank, severity in enumerate(Severity)}
"""Worst first."""

Tree = dict[Stage, dict[str, dict[str, list[Verdict]]]]
"""Stage, path of the aspect, path of the dimension."""


@dataclass(frozen=True)
class Omission:
    """Several things left out for one reason."""

    state: State
    why: str
    enable: str
    what: tuple[str, ...]
    """Paths of the taxonomy, or names of operators."""


def problems(report: Report) -> list[Finding]:
    """Worst severity first, then lowest score, then the order of the clip."""
    found = (f for f in report.findings if f.kind == "problem")
    return sorted(found, key=lambda f: (RANK[f.severity], f.score, _at(f)))


def strengths(report: Report) -> list[Finding]:
    """Highest score first, then the order of the clip."""
    found = (f for f in report.findings if f.kind == "strength")
    return sorted(found, key=lambda f: (-f.score, _at(f)))


def findings(report: Report) -> list[Finding]:
    """Problems, then strengths."""
    return problems(report) + strengths(report)


def by_severity(report: Report) -> dict[Severity, int]:
    """How many problems there are of each severity, worst first, none left out."""
    found = Counter(f.severity for f in problems(report))
    return {severity: found[severity] for severity in Severity if severity is not Severity.NOTE or found[severity]}


def by_state(report: Report) -> dict[State, int]:
    """How many verdicts there are of each state."""
    found = Counter(v.state for v in report.verdicts)
    return {state: found[state] for state in State}


def tree(verdicts: Iterable[Verdict]) -> Tree:
    """Verdicts by stage, aspect and dimension: stages in the order of film making, the rest in the order given."""
    found: Tree = {}
    for verdict in sorted(verdicts, key=lambda v: list(Stage).index(v.stage)):
        aspect, dimension = verdict.path.split("/")[0], "/".join(verdict.path.split("/")[:2])
        found.setdefault(verdict.stage, {}).setdefault(aspect, {}).setdefault(dimension, []).append(verdict)
    return found


def scored(report: Report) -> list[Verdict]:
    """The verdicts that carry a score."""
    return [v for v in report.verdicts if v.state is State.SCORED]


def lowest(report: Report) -> list[Verdict]:
    """The scored verdicts, lowest first."""
    return sorted(scored(report), key=lambda v: (v.score or 0.0, v.path))


def omissions(report: Report) -> list[Omission]:
    """What carries no score, grouped by state and reason: not applicable first, largest group first."""
    enable = {s.what: s.enable for s in report.skipped if s.enable}
    rows = {(s.what, s.state): (s.why, s.enable) for s in report.skipped}
    for verdict in report.verdicts:
        if verdict.state is not State.SCORED:
            rows[verdict.path, verdict.state] = (verdict.why, enable.get(verdict.path, ""))
    groups: dict[tuple[State, str, str], list[str]] = {}
    for (what, state), (why, way) in rows.items():
        groups.setdefault((state, why, way), []).append(what)
    found = [Omission(state, why, way, tuple(what)) for (state, why, way), what in groups.items()]
    order = list(State)
    return sorted(found, key=lambda o: (order.index(o.state), -len(o.what), o.why))


def facts(report: Report) -> str:
    """The clip in one line: length, picture, sound, shots."""
    clip = report.clip
    parts = [f"{number(clip.duration)} s"]
    if clip.picture is None:
        parts.append("no picture")
    else:
        rate = f"{float(clip.picture.rate):.3f}".rstrip("0").rstrip(".")
        parts.append(f"{clip.picture.width} × {clip.picture.height}, {rate} frames/s, {clip.picture.codec}")
    if clip.sound is None:
        parts.append("no sound")
    else:
        layout = clip.sound.layout or count(clip.sound.channels, "channel")
        parts.append(f"sound {layout}, {number(clip.sound.rate / 1000)} kHz")
    if report.shots:
        parts.append(count(len(report.shots), "shot"))
    return " · ".join(parts)


def summary(report: Report) -> str:
    """One paragraph: who judged, how much of it, and what came out."""
    states, severities = by_state(report), by_severity(report)
    left = [f"{states[s]} {s}" for s in (State.NOT_APPLICABLE, State.NOT_ASSESSABLE) if states[s]]
    text = f"The judge “{report.manifest.judge}” scored {states[State.SCORED]} of {len(report.verdicts)} sub-dimensions"
    text += f" ({listed(left)}). " if left else ". "
    named = [f"{n} {severity}" for severity, n in severities.items() if n]
    total = sum(severities.values())
    text += f"It found {count(total, 'problem')}{f' ({listed(named)})' if total else ''} and "
    text += f"{count(len(strengths(report)), 'strength')}."
    return f"{text} {verification(report)}".rstrip()


def verification(report: Report) -> str:
    """What the verifier did, in a sentence; empty if it had nothing to check."""
    done = report.verification
    if not done.claims + done.dropped:
        return ""
    marks = [
        f"{n} {'was' if n == 1 else 'were'} {word}"
        for n, word in ((done.marked, "marked as doubtful"), (done.dropped, "dropped"))
        if n
    ]
    return f"Of {count(done.claims, 'claim')} checked against the evidence, {listed(marks) or 'none had to be marked'}."


def seconds(report: Report) -> float:
    """How long the run took."""
    return sum(report.manifest.seconds.values())


def _at(finding: Finding) -> float:
    return finding.span.start if finding.span else -1.0
