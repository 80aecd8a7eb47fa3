"""A prompt revised by patches: merged without repetition or contradiction, and kept short.

The user's own words come first and stay as they are; a patch that asks for the opposite of them is left out, and so is
one that says again what is there already. Earlier patches win over later ones: hand in the most urgent first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from evalverse.agent.focus import words

SAID = 0.75
"""Share of a patch's telling words that one sentence or earlier patch must hold for it to be said already."""

_NOT = re.compile(r"\b(?:no|not|without|never|avoid|free of|free from|nothing)\b(?:\s+\w+){0,2}\s*$")


@dataclass(frozen=True)
class Revised:
    """The revised prompt, what was added to it, and what was not, with the reason."""

    prompt: str
    added: tuple[str, ...]
    left_out: dict[str, str]


def revise(prompt: str, patches: Iterable[str], *, max_words: int = 200) -> Revised:
    """``prompt`` with as many of the ``patches`` as fit, most urgent first.

    Args:
        patches: phrases to stand between commas.
        max_words: length of the whole; the prompt itself is never cut, however long.
    """
    said = [part for part in re.split(r"[.;!?\n]+", prompt) if part.strip()]
    added: list[str] = []
    left_out: dict[str, str] = {}
    length = len(prompt.split())
    for patch in dict.fromkeys(tidy(p) for p in patches):
        if not patch:
            continue
        against = _against(patch, [prompt, *added])
        if against is not None:
            left_out[patch] = f"the prompt already asks for the opposite ({against})"
        elif _repeats(patch, [*said, *added]):
            left_out[patch] = "the prompt already says so"
        elif length + len(patch.split()) > max_words:
            left_out[patch] = f"the prompt would pass {max_words} words"
        else:
            added.append(patch)
            length += len(patch.split())
    base = prompt.strip()
    if not added:
        return Revised(base, (), left_out)
    joint = "" if not base else " " if base[-1] in ".!?" else ", "
    return Revised(f"{base}{joint}{', '.join(added)}", tuple(added), left_out)


def tidy(patch: str) -> str:
    """A patch as it is pasted: one line, no marks at its ends."""
    return " ".join(patch.split()).strip(" ,;.")


def _repeats(patch: str, said: Sequence[str]) -> bool:
    telling = set(words(patch))
    return bool(telling) and any(len(telling & set(words(part))) >= SAID * len(telling) for part in said)


def _against(patch: str, said: Sequence[str]) -> str | None:
    """What ``patch`` and one of the texts ``said`` disagree about; None if nothing."""
    for about, one, other in _opposites():
        mine = _sides(patch, one, other)
        if mine and any(theirs and not mine & theirs for theirs in (_sides(text, one, other) for text in said)):
            return about
    return None


def _sides(text: str, one: re.Pattern[str], other: re.Pattern[str]) -> set[int]:
    """Which of two opposite demands a text makes: 1, 2, both or none."""
    plain = " ".join(re.sub(r"[^a-z0-9,.;]+", " ", text.lower()).split())
    found = set()
    for side, pattern in ((1, one), (2, other)):
        for hit in pattern.finditer(plain):
            found.add(3 - side if _NOT.search(plain[: hit.start()]) else side)
    return found


@cache
def _opposites() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    raw = yaml.safe_load(files("evalverse.agent.feedback").joinpath("opposites.yaml").read_text(encoding="utf-8"))
    return tuple((pair["about"], _any(pair["one"]), _any(pair["other"])) for pair in raw)


def _any(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(r"\b" + r"(?:\s\w+)?\s".join(map(re.escape, p.split())) + r"\b" for p in phrases))
