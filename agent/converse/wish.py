"""What a remark about a critique wants: read from its words, so that any judge, and none at all, serves it alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from evalverse.report.model import Report
from evalverse.tools.evidence import Span

MOST_TIMES = 4
"""Moments that one remark looks at."""


class Kind(StrEnum):
    """The things that a conversation can do."""

    LOOK = "look"
    COMPARE = "compare"
    DISPUTE = "dispute"
    EDITS = "edits"
    PROMPT = "prompt"
    ORDER = "order"
    """A score is demanded, without a reason that could be looked into."""
    QUESTION = "question"


@dataclass(frozen=True)
class Wish:
    """``times`` in seconds, ``shots`` 0-based; only those that the clip has."""

    kind: Kind
    said: str
    times: tuple[float, ...] = ()
    shots: tuple[int, ...] = ()
    missing: str = ""
    """A time or shot that was named and that the clip does not have."""


_DISPUTE = re.compile(
    r"\b(disput\w*|disagree\w*|object to|re-?(examine|assess|score|judge|consider|check)\w*|look again)\b", re.I
)
_DOUBT = re.compile(
    r"\b(wrong(?! with)|incorrect|unfair|not (true|right|fair|so)|mistaken?|deserves?|"
    r"too (low|high|harsh|strict|generous|kind))\b",
    re.I,
)
_ASKS = re.compile(r"^\W*(what|why|how|which|where|when|who|is|are|was|were|does|do|did|can|could)\b", re.I)
_ORDER = re.compile(
    r"\b(set|give|make|change|raise|put|mark|award|assign|lower|return|output)\b[^.?!]{0,60}"
    r"(\b(score|scores|verdict|verdicts|rating)\b|\b1\.0+\b|\b(10/10|100 ?%|full marks)|\bperfect\b)",
    re.I,
)
_COMPARE = re.compile(r"\b(compar\w*|differ\w*|versus|vs\.?|against|side by side|next to|between)(?!\w)", re.I)
_LOOK = re.compile(r"\b(look|show|zoom|see|view|watch|frame at|what (is|happens|do you see|can you see))\b", re.I)
_EDITS = re.compile(
    r"\b(edit|edits|fix|fixes|change|to-?do|correction|marker)s?[ -]?(list|sheet|table)\b|\bEDL\b|"
    r"\b(list|table) of (all )?(the )?(fixes|edits|changes|corrections|problems)\b|"
    r"\bwhat (should|must|do|can|needs?)( i| we| you| to)?( be)? ?(to )?(fix|change|correct|improve|fixed|changed)\b",
    re.I,
)
_PROMPT = re.compile(
    r"\b(revis\w*|improv\w*|better|new|rewr\w*|updat\w*|correct\w*|patch\w*|fix\w*)\b[^.?!]{0,40}\bprompt\b|"
    r"\bprompt\b[^.?!]{0,40}\b(revis\w*|improv\w*|better|rewr\w*|updat\w*|correct\w*|patch\w*|look like|next)\b",
    re.I,
)
_CLOCK = re.compile(r"\b(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:\.\d{1,3})?)\b")
_SECONDS = re.compile(r"\b(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|sec|secs|seconds?|min|minutes?)\b", re.I)
_AT = re.compile(r"\b(?:at|around|near|@)\s*(\d+(?:\.\d+)?)(?![\w:.%])", re.I)
_SHOTS = re.compile(
    r"\bshots?\s+((?:#?\d+|\w+)(?:\s*(?:,|and|with|to|vs\.?|versus|against|&|or)\s*(?:shot\s+)?#?\d+)*)", re.I
)
_ORDINAL = re.compile(
    r"\b(first|second|third|fourth|fifth|sixth|last|\d+(?:st|nd|rd|th))\b(?:\s+(?:and|with|one|to)\b)*", re.I
)
_NAMES = {w: i for i, w in enumerate("first second third fourth fifth sixth".split())}
_NUMBERS = {w: i for i, w in enumerate("one two three four five six seven eight nine ten".split())}


def read(said: str, report: Report) -> Wish:
    """The wish behind a remark. What is none of the others is a question."""
    times, late = _times(said, report.clip.duration)
    shots, absent = _shots(said, len(report.shots))
    missing = "; ".join(filter(None, (late, absent)))

    def wish(kind: Kind) -> Wish:
        return Wish(kind, said, times, shots, missing)

    if _PROMPT.search(said):
        return wish(Kind.PROMPT)
    if _EDITS.search(said):
        return wish(Kind.EDITS)
    if _COMPARE.search(said) and (len(shots) > 1 or len(times) > 1 or (missing and shots)):
        return wish(Kind.COMPARE)
    if _DISPUTE.search(said) or (_DOUBT.search(said) and not _ASKS.search(said)):
        return wish(Kind.DISPUTE)
    if _ORDER.search(said):
        return wish(Kind.ORDER)
    if (times or shots or missing) and _LOOK.search(said):
        return wish(Kind.LOOK)
    return wish(Kind.QUESTION)


def spans(wish: Wish, report: Report) -> list[Span]:
    """The stretches that a wish names: its shots, and its moments as points."""
    return [report.shots[i].span for i in wish.shots] + [Span(start=t, end=t) for t in wish.times]


def _times(said: str, duration: float) -> tuple[tuple[float, ...], str]:
    found: list[float] = []

    def clock(match: re.Match[str]) -> str:
        hours, minutes, seconds = match.groups()
        found.append(int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds))
        return " "

    def seconds(match: re.Match[str]) -> str:
        unit = match[2].lower()
        scale = 0.001 if unit.startswith("m") and "s" in unit else 60 if unit.startswith("m") else 1
        found.append(float(match[1]) * scale)
        return " "

    rest = _SECONDS.sub(seconds, _CLOCK.sub(clock, said))
    found += [float(m[1]) for m in _AT.finditer(rest)]
    inside = [t for t in found if t <= duration + 1e-3]
    late = [t for t in found if t > duration + 1e-3]
    told = f"the clip ends at {duration:.3f} s, before {late[0]:g} s" if late else ""
    return tuple(dict.fromkeys(inside))[:MOST_TIMES], told


def _shots(said: str, count: int) -> tuple[tuple[int, ...], str]:
    found: list[int] = []
    for match in _SHOTS.finditer(said):
        head, *_ = match[1].split()
        numbers = [int(n) - 1 for n in re.findall(r"\d+", match[1])]
        found += [_NUMBERS[head.lower()]] if head.lower() in _NUMBERS else []
        found += numbers
    if "shot" in said.lower():
        for match in _ORDINAL.finditer(said):
            word = match[1].lower()
            found.append(count - 1 if word == "last" else _NAMES[word] if word in _NAMES else int(word[:-2]) - 1)
    inside = tuple(dict.fromkeys(i for i in found if 0 <= i < count))
    beyond = [i + 1 for i in found if not 0 <= i < count]
    shots = f"{count} shot{'' if count == 1 else 's'}"
    return inside, f"there is no shot {beyond[0]}: the clip has {shots}" if beyond else ""
