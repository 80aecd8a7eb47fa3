"""The shots that a brief asks for, and their alignment with the shots that are there. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LISTED = re.compile(
    r"(?:^|[\n.;|\]])\s*(?:\[\s*(?:shot|scene)\s*#?\s*(\d{1,2})\s*\]\s*:?|"
    r"[*(#-]*\s*(?:shot|scene)\s*#?\s*(\d{1,2})\b[*)]*\s*[:.)\-–—])",
    re.I,
)
_NUMBERS = dict(zip("two three four five six seven eight nine ten eleven twelve".split(), range(2, 13), strict=True))
_COUNT = re.compile(rf"\b(?:in|of|with|has|have|exactly)\s+(\d{{1,2}}|{'|'.join(_NUMBERS)})\s+(?:\w+\s+)?shots\b", re.I)
_ONE = re.compile(
    r"\b(?:(?:one|single)[ -](?:continuous |long |unbroken |uncut )*(?:take|shot)|continuous (?:take|shot)|long take|"
    r"oner|no cuts?|without (?:any )?cuts?|unbroken (?:take|shot)|uncut)\b",
    re.I,
)


def asked_for(prompt: str | None, listed: Sequence[str]) -> tuple[int | None, tuple[str, ...]]:
    """(number of shots asked for or None, their texts or ()), of a list in the brief or of what the prompt says.

    A prompt counts as a list when it numbers shots from 1 upwards ("Shot 1: ..."), as a number when it says one
    ("in three shots"), as one shot when it says so ("one continuous take", "no cuts").
    """
    if listed:
        return len(listed), tuple(listed)
    text = prompt or ""
    marks = list(_LISTED.finditer(text))
    if marks and [int(m[1] or m[2]) for m in marks] == list(range(1, len(marks) + 1)):
        ends = [m.start() for m in marks[1:]] + [len(text)]
        return len(marks), tuple(text[m.end() : end].strip(" \n.;|[]*#-") for m, end in zip(marks, ends, strict=True))
    if _ONE.search(text):
        return 1, ()
    count = _COUNT.search(text)
    if count:
        word = count[1].lower()
        return (_NUMBERS[word] if word in _NUMBERS else int(word)) or None, ()
    return None, ()


def aligned(likeness: NDArray[np.floating], least: float) -> list[tuple[int, int]]:
    """Pairs (asked, there), in order in both, that together are most alike (Needleman and Wunsch 1970).

    Args:
        likeness: (A, S) how well shot s shows what a asks for.
        least: what leaving out a shot that was asked for, or an extra one, is worth each; two of them are preferred to
            a pair that is less alike than both together.
    """
    asked, there = likeness.shape
    best = np.zeros((asked + 1, there + 1))
    best[:, 0] = least * np.arange(asked + 1)
    best[0] = least * np.arange(there + 1)
    for a in range(1, asked + 1):
        for s in range(1, there + 1):
            pair = best[a - 1, s - 1] + likeness[a - 1, s - 1]
            best[a, s] = max(pair, best[a - 1, s] + least, best[a, s - 1] + least)
    pairs = []
    a, s = asked, there
    while a and s:
        if np.isclose(best[a, s], best[a - 1, s - 1] + likeness[a - 1, s - 1]):
            a, s = a - 1, s - 1
            pairs.append((a, s))
        elif np.isclose(best[a, s], best[a - 1, s] + least):
            a -= 1
        else:
            s -= 1
    return pairs[::-1]
