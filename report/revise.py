"""A better prompt out of a report: the brief's prompt and the findings' patches in one text.

A patch is taken clause by clause. What the prompt says already is not said twice, and what goes against the maker's
own words, or against a patch for something worse, is left out with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from evalverse.report import outline
from evalverse.report.model import Report

LONGEST = 1500
"""Characters that may be added: image and video models read no novels."""

SAID = 0.7
"""Share of a clause's telling words that stand in the text already, from which on it is a repetition."""

OPPOSITES = (
    ("static locked locked-off tripod motionless", "handheld hand-held shaky shake wobbly jittery"),
    ("static locked-off motionless", "dolly tracking panning pan crane orbit zoom"),
    ("bright high-key daylight sunny day", "dark low-key night moonlit dim gloomy"),
    ("warm golden", "cool cold bluish"),
    ("slow gentle unhurried calm", "fast quick frantic rapid hectic"),
    ("saturated vivid colourful colorful", "desaturated muted monochrome black-and-white"),
    ("crisp sharp", "blurry blurred soft-focus"),
    ("close-up closeup", "wide-shot extreme-wide"),
    ("silent silence quiet", "loud booming"),
    ("one-take single-take uncut", "montage intercut cuts"),
)
_SIDES = [(set(a.split()), set(b.split())) for a, b in OPPOSITES]
_NEGATIONS = {"no", "not", "without", "never", "avoid", "free", "non"}
_SMALL = set("a an and the of in on at to with for from by is are be it its as or that this than into over".split())
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@dataclass(frozen=True)
class Revision:
    """``text`` is the whole prompt; ``added`` the clauses that are new; ``left_out`` has the reason for each."""

    text: str
    added: tuple[str, ...]
    left_out: dict[str, str]


def revised(report: Report) -> Revision:
    """The brief's prompt with the patches of the report's problems, the worst first."""
    patches = [f.prompt_patch for f in outline.problems(report) if f.prompt_patch]
    return merged(report.brief.prompt or "", patches)


def merged(prompt: str, patches: Iterable[str], longest: int = LONGEST) -> Revision:
    """``prompt`` followed by the clauses of ``patches`` that neither repeat nor contradict what stands before them."""
    text, added, left_out = prompt.strip(), list[str](), dict[str, str]()
    for clause in (c for patch in patches for c in _clauses(patch)):
        told = _telling(clause)
        if not told or clause in added or clause in left_out:
            continue
        against = _against(clause, text)
        if len(told & _telling(text)) >= SAID * len(told) and against is None:
            left_out[clause] = "the prompt says so already"
        elif against is not None:
            left_out[clause] = f"it goes against “{against}”"
        elif sum(map(len, added)) + len(clause) > longest:
            left_out[clause] = f"more than {longest} characters would be added"
        else:
            added.append(clause)
            text = f"{text.rstrip(' ,;')}, {clause}" if text and text[-1] not in ".!?" else f"{text} {clause}".strip()
    return Revision(text, tuple(added), left_out)


def _clauses(patch: str) -> list[str]:
    return [c.strip() for c in re.split(r"[,;]\s+|\.\s+|\.$", patch) if c.strip()]


def _telling(text: str) -> set[str]:
    """Words that carry meaning, plurals cut."""
    return {w[:-1] if w.endswith("s") and len(w) > 4 else w for w in _words(text) if w not in _SMALL}


def _words(text: str) -> list[str]:
    return [w.lower() for w in _WORD.findall(text)]


def _against(clause: str, text: str) -> str | None:
    """The word in ``text`` that ``clause`` contradicts."""
    mine, theirs = _claims(clause), _claims(text)
    for side, word in theirs.items():
        number, pole = side
        if (number, not pole) in mine and side not in mine:
            return word
    return None


def _claims(text: str) -> dict[tuple[int, bool], str]:
    """(pair of opposites, which of the two) that a text takes, with the word; a negated word takes the other side."""
    words = _words(text)
    found: dict[tuple[int, bool], str] = {}
    for place, word in enumerate(words):
        negated = bool(_NEGATIONS & set(words[max(0, place - 2) : place]))
        for number, (first, second) in enumerate(_SIDES):
            if word in first or word in second:
                found.setdefault((number, (word in first) != negated), word)
    return found
