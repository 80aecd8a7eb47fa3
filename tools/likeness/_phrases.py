"""A prompt as phrases that a still picture can show or not.

A small rule, not a grammar: a prompt is cut at punctuation, before joining words and prepositions, and before words
in -ing; loose words are taken off both ends; what speaks of camera, movement or quality is left out, as a still cannot
show it. The word lists are in phrases.yaml. English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

MOST_PHRASES = 16
FEWEST_OTHERS = 10
WORDS_PER_TOKEN = 0.65
"""Words that fit into a token of a text model, with room to spare: English takes about 1.3 tokens a word."""

_BREAK = re.compile(r"[.,;:!?()\[\]{}\"“”«»|/\n\r\t]+|\s[-–—]+\s")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_EDGE = "'’‘`*_#~-–—"

Words = frozenset[Annotated[str, Field(min_length=1)]]


class Lists(BaseModel):
    """The contents of phrases.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    cuts: Words
    things: Words
    loose: Words
    unseen: Words
    others: tuple[str, ...] = Field(min_length=20)


@cache
def lists() -> Lists:
    """The packaged word lists."""
    return Lists.model_validate(yaml.safe_load((files(__package__) / "phrases.yaml").read_text(encoding="utf-8")))


def phrases(prompt: str) -> tuple[str, ...]:
    """The phrases of a prompt, in its order, each once: noun phrases and verb phrases of one to about six words."""
    told = lists()
    found: dict[str, None] = {}
    for piece in _BREAK.split(prompt):
        for words in _cut(piece.split(), told):
            text = " ".join(_seen(_trim(words, told.loose), told)).lower()
            if len(text) > 2:
                found.setdefault(text)
    return tuple(found)


def sentences(prompt: str, most_words: int) -> tuple[str, ...]:
    """The whole prompt if it has at most ``most_words`` words, else its sentences, cut where they are still longer."""
    whole = prompt.split()
    if len(whole) <= most_words:
        return (" ".join(whole),)
    found = []
    for sentence in _SENTENCE.split(prompt.strip()):
        words = sentence.split()
        found += [" ".join(words[i : i + most_words]) for i in range(0, len(words), most_words)]
    return tuple(found)


def others(prompt: str) -> list[int]:
    """Indices of the packaged descriptions that share no telling word with the prompt: what it does not speak of.

    All of them, if the prompt is so long that next to none would be left.
    """
    told = lists()
    used = {_stem(w) for w in _bare(prompt.split())} - told.loose - told.cuts
    left = [i for i, text in enumerate(told.others) if not used & {_stem(w) for w in text.split()}]
    return left if len(left) >= FEWEST_OTHERS else list(range(len(told.others)))


def says_something(prompt: str) -> bool:
    """Whether a prompt holds more than articles, prepositions and the like."""
    told = lists()
    words = _bare(_BREAK.sub(" ", prompt).lower().split())
    return any(word not in told.loose | told.cuts for word in words)


def reads_as_english(text: str) -> bool:
    """Whether at least half of the letters are plain Latin ones."""
    letters = [c for c in text if c.isalpha()]
    return sum(c.isascii() for c in letters) * 2 >= len(letters) > 0


def _cut(words: list[str], told: Lists) -> Iterator[list[str]]:
    run: list[str] = []
    plain = [word.strip(_EDGE).lower() for word in words]
    for word, mine, following in zip(words, plain, [*plain, ""][1:], strict=True):
        acting = mine.endswith("ing") and len(mine) > 4 and mine not in told.things
        has_object = following != "" and following not in told.cuts  # "man smoking", but "man" and "walking a dog"
        if mine in told.cuts or (acting and has_object and _trim(run, told.loose)):
            yield run
            run = []
        if mine not in told.cuts:
            run.append(word)
    yield run


def _seen(words: list[str], told: Lists) -> list[str]:
    """The words if a still can show them; of "a film still of a detective" the detective; otherwise none."""
    if not _speaks_of(words, told.unseen):
        return words
    at = words.index("of") if "of" in words else len(words)
    head, rest = words[:at], words[at + 1 :]
    return _trim(rest, told.loose) if _speaks_of(head, told.unseen) and not _speaks_of(rest, told.unseen) else []


def _trim(words: list[str], loose: Iterable[str]) -> list[str]:
    kept = _bare(words)
    while kept and kept[0].lower() in loose:
        kept = kept[1:]
    while kept and kept[-1].lower() in loose:
        kept = kept[:-1]
    return kept


def _bare(words: list[str]) -> list[str]:
    return [bare for word in words if (bare := word.strip(_EDGE))]


def _speaks_of(words: list[str], unseen: Iterable[str]) -> bool:
    text = f" {' '.join(words).lower()} "
    return any(f" {word} " in text for word in unseen) or not any(c.isalpha() for c in text)


def _stem(word: str) -> str:
    return word.strip(_EDGE + ".,;:!?").lower().removesuffix("s")
