"""Looks at moments and compares shots: pictures into the evidence, and what the operators read there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalverse.agent.converse.told import Told, gone
from evalverse.agent.converse.wish import Wish
from evalverse.agent.judges.base import Bench, Case
from evalverse.agent.judges.documented import proxies
from evalverse.errors import BudgetExhausted, UsageError
from evalverse.report.model import Report
from evalverse.tools.evidence import Evidence, Scope, Span, number
from evalverse.tools.media.timecode import clock

NEAR = 0.1
"""Seconds around a moment that count as it."""

MOST_READINGS, MOST_DIFFERENCES, MOST_FINDINGS = 6, 10, 4

ODD = 2.0
"""Robust standard deviations from the clip's own median from which on a reading is told as unusual."""

_BOX = {
    "top left": (0.0, 0.0, 0.5, 0.5),
    "upper left": (0.0, 0.0, 0.5, 0.5),
    "top right": (0.5, 0.0, 1.0, 0.5),
    "upper right": (0.5, 0.0, 1.0, 0.5),
    "bottom left": (0.0, 0.5, 0.5, 1.0),
    "lower left": (0.0, 0.5, 0.5, 1.0),
    "bottom right": (0.5, 0.5, 1.0, 1.0),
    "lower right": (0.5, 0.5, 1.0, 1.0),
    "centre": (0.25, 0.25, 0.75, 0.75),
    "center": (0.25, 0.25, 0.75, 0.75),
    "middle of the": (0.25, 0.25, 0.75, 0.75),
    "top": (0.0, 0.0, 1.0, 0.5),
    "bottom": (0.0, 0.5, 1.0, 1.0),
    "left": (0.0, 0.0, 0.5, 1.0),
    "right": (0.5, 0.0, 1.0, 1.0),
}
"""Parts of the frame by name: left, top, right, bottom as fractions."""


def look(case: Case, bench: Bench, wish: Wish, report: Report) -> Told:
    """The frames at the moments (in the middles of the shots) that were named, or a part of them enlarged."""
    times = [*wish.times, *((s.start + s.end) / 2 for i in wish.shots if (s := report.shots[i].span))]
    if not times or gone(case):
        return Told(f"I cannot look there: {wish.missing or gone(case)}.")
    box = next((box for words, box in _BOX.items() if re.search(rf"\b{words}\b", wish.said, re.I)), None)
    try:
        shown = bench.look(times) if box is None else [e for t in times for e in _crop(bench, t, box)]
    except (UsageError, BudgetExhausted) as error:
        return Told(f"I cannot look there: {error}.")
    lines, cited = list[str](), list(shown)
    for time, seen in zip(times, shown, strict=False):
        lines.append(f"{seen.words or f'The frame at {clock(time)}.'} [{seen.id}]")
        read, rows = there(case, time)
        lines += read or ["- No operator marked anything at this moment."]
        cited += rows
        for finding in report.findings:
            if finding.span is not None and finding.span.start - NEAR <= time <= finding.span.end + NEAR:
                lines.append(f"- {finding.kind}: {finding.title} ({finding.timecode})")
    if wish.missing:
        lines.append(f"({wish.missing}.)")
    return Told("\n".join(lines), evidence=tuple(cited))


def there(case: Case, seconds: float) -> tuple[list[str], list[Evidence]]:
    """What was read at a moment: what operators marked there, then the curves that are unusual there."""
    spot = Span(start=seconds - NEAR, end=seconds + NEAR)
    marked = [
        e
        for e in case.evidence.values()
        if e.scope is Scope.MOMENT and e.span is not None and e.value is not None and e.picture is None
        if e.span.overlaps(spot)
    ][:MOST_READINGS]
    lines = [f"- {e.title}: {e.value_text()} {' '.join(e.words.split())} [{e.id}]" for e in marked]
    odd: list[tuple[float, str, Evidence]] = []
    for e in case.evidence.values():
        at = _at(case, e, seconds)
        if at is not None and at[1] >= ODD and e.id not in {m.id for m in marked}:
            unit = f" {e.unit}" if e.unit else ""
            odd.append((at[1], f"- {e.title} is {number(at[0])}{unit} there, usually {number(at[2])} [{e.id}]", e))
    odd.sort(key=lambda row: (-row[0], row[2].id))
    kept = odd[: MOST_READINGS - len(marked)]
    return lines + [words for _, words, _ in kept], marked + [e for _, _, e in kept]


def compare(case: Case, bench: Bench, wish: Wish, report: Report) -> Told:
    """Two shots (or two moments) side by side: a picture of both, and the readings that differ most."""
    if len(wish.shots) < 2 and len(wish.times) < 2:
        return Told(f"I cannot compare these: {wish.missing or 'name two shots or two times'}.")
    pair = {"shots": [i + 1 for i in wish.shots[:2]]} if len(wish.shots) > 1 else {"seconds": list(wish.times[:2])}
    try:
        shown = [e for e in bench.measure("look_pair", pair) if e.picture is not None] if not gone(case) else []
    except (UsageError, BudgetExhausted):
        shown = []
    lines = [f"Side by side: {e.words} [{e.id}]" for e in shown]
    if len(wish.shots) < 2:
        cited = list(shown)
        for time in wish.times[:2]:
            read, rows = there(case, time)
            lines += [f"At {clock(time)}:", *(read or ["- No operator marked anything at this moment."])]
            cited += rows
        return Told("\n".join(lines), evidence=tuple(cited))
    first, second = wish.shots[:2]
    apart = differences(case, first, second)
    lines.append(f"Shot {first + 1} against shot {second + 1}, what differs most first:")
    for _, a, b in apart[:MOST_DIFFERENCES]:
        lines.append(
            f"- {a.title}: {a.value_text()} in shot {first + 1}, {b.value_text()} in shot {second + 1} [{a.id}, {b.id}]"
        )
    if not apart:
        lines.append("- No operator has readings of both shots that differ.")
    kept = [e for _, a, b in apart[:MOST_DIFFERENCES] for e in (a, b)]
    return Told("\n".join(lines), evidence=(*shown, *kept))


def differences(case: Case, first: int, second: int) -> list[tuple[float, Evidence, Evidence]]:
    """Readings of two shots (0-based) that differ, with how much: the difference in parts of the measure's range, or of
    what lies between good and bad on its documented curve. The largest first; then, by the larger of the two readings,
    those of which neither is known: twice nearly nothing is nearly nothing."""
    known = {p.measure: p.curve[-1][0] - p.curve[0][0] for found in proxies().values() for p in found}
    of: dict[tuple[str, int], Evidence] = {}
    for e in case.evidence.values():
        if e.scope is Scope.SHOT and e.shot in (first, second) and e.value is not None:
            of[e.measure, e.shot] = e
    found = []
    for (measure, shot), a in of.items():
        b = of.get((measure, second))
        if shot != first or b is None or a.value is None or b.value is None:
            continue
        if a.value_text() != b.value_text():  # as they are told
            size = a.high - a.low if a.low is not None and a.high is not None else known.get(measure, 0.0)
            scale = size or max(abs(a.value), abs(b.value), 1e-9)
            found.append((not size, abs(a.value - b.value) / scale, a, b))
    found.sort(key=lambda row: (row[0], -row[1], row[2].measure))
    return [row[1:] for row in found]


def _crop(bench: Bench, seconds: float, box: Sequence[float]) -> list[Evidence]:
    left, top, right, bottom = box
    arguments = {"seconds": seconds, "left": left, "top": top, "right": right, "bottom": bottom}
    return [e for e in bench.measure("look_crop", arguments) if e.picture is not None]


def _at(case: Case, e: Evidence, seconds: float) -> tuple[float, float, float] | None:
    """(reading, robust deviations from the median, median) of an evidence's curve at a time."""
    import numpy as np

    if e.curve is None or e.scope is not Scope.CLIP:
        return None
    try:
        t, y = case.ledger.get_curve(e.curve)
    except FileNotFoundError:
        return None
    good = np.isfinite(y)
    t, y = t[good], y[good]
    if len(t) < 8:
        return None
    near = int(np.argmin(np.abs(t - seconds)))
    if abs(float(t[near]) - seconds) > max(NEAR, float(np.median(np.diff(t)))):
        return None
    median = float(np.median(y))
    spread = 1.4826 * float(np.median(np.abs(y - median)))
    if spread <= 1e-9 * max(1.0, abs(median)):
        return None
    return float(y[near]), abs(float(y[near]) - median) / spread, median
