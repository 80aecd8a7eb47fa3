"""Answers by weight: how likely a model is to say this word or that, instead of what it writes.

A model that cannot write JSON can still answer yes or no, and the probability of its next word tells how sure it is.
The same is asked in several :class:`Form` s, mirrored in pairs, so that a habit (yes to everything, always the first
option) shows as a contradiction instead of as a score. What the mirrored forms of a whole batch have in common cannot
be about the matter: it is the habit, and is taken off before anything is decided (in the spirit of Zhou et al. 2024,
"Batch Calibration"; the mirrors make the truth cancel). Every form is asked blind as well, without the clip: an answer
that stays the same does not rest on the clip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean, median
from typing import Protocol, runtime_checkable

from evalverse.agent.judges.chat import Message
from evalverse.report.model import Interval

Weights = Mapping[str, float]
"""Probability of each option as the next word, over all that the model could say: they add up to at most 1."""

MASS = 0.25
"""Below this share for all options together, the model would rather have said something else."""

LEAN = 0.2
"""Below this, the model is undecided: 0 is all options alike, 1 is certainty. A yes of 60 % leans by 0.2."""

APART = 0.4
"""Further apart than this, mirrored forms contradict each other: 0.9 for a statement and 0.5 against its opposite."""

ASTRAY = 0.5
"""The same between kinds of forms: a plain yes and the lowest anchor cannot both be meant."""

MOVED = 0.01
"""If no option moves by as much when the clip is shown, the answer does not rest on the clip."""

FEW = 4
"""So many questions are needed before half of the common habit is believed and taken off."""


@dataclass(frozen=True)
class Question:
    """What is asked, and the words that may answer it, told apart by how they begin."""

    text: str
    options: tuple[str, ...]


@runtime_checkable
class Weighs(Protocol):
    """A model that can say how likely its next word is."""

    model: str

    def weigh(self, messages: Sequence[Message], questions: Sequence[Question]) -> list[dict[str, float]]:
        """:data:`Weights` of every question's options, each question asked alone at the end of ``messages``.

        The spellings of an option (Yes, yes, with a space before) count together.

        Raises:
            JudgeUnavailable: the model cannot be reached, or its tokens do not tell the options apart.
            BudgetExhausted: the call could pass the budget.
        """


@dataclass(frozen=True)
class Form:
    """One way of asking. Forms of one ``kind`` offer the same words, which mean the opposite in every other one."""

    kind: str
    question: Question
    means: Mapping[str, float]
    """What each option says of the matter, 0 to 1."""


@dataclass(frozen=True)
class Asked:
    """One matter, all forms in which it was asked, and the weights that each got with the clip and blind."""

    forms: tuple[Form, ...]
    seen: tuple[Weights, ...]
    blind: tuple[Weights, ...]


@dataclass(frozen=True)
class Weighed:
    """What the forms came to. ``value`` is None if that is no answer; then ``why`` says so."""

    value: float | None
    interval: Interval
    why: str = ""


def weigh_up(asked: Sequence[Asked]) -> list[Weighed]:
    """One value for each matter, or the reason why there is none.

    The value is the mean over kinds of the mean over their forms; the interval runs from the lowest form to the
    highest. The habit is estimated over all of ``asked``.
    """
    common = habits(asked)
    return [_weighed(one, common) for one in asked]


def habits(asked: Sequence[Asked]) -> dict[str, dict[str, float]]:
    """By kind: how much a model likes each option over its mirror image whatever is asked, in nats; 0 without a habit.

    The median over the matters of the mean over mirrored forms, drawn towards 0 where there are few.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for one in asked:
        for kind, rows in _by_kind(one).items():
            mirror = _mirror(rows[0][0])
            for option, other in mirror.items():
                liked = fmean(log(share[option] / share[other]) / 2 for _, share in rows)
                found.setdefault(kind, {}).setdefault(option, []).append(liked)
    return {
        kind: {option: median(liked) * len(liked) / (len(liked) + FEW) for option, liked in options.items()}
        for kind, options in found.items()
    }


def _weighed(one: Asked, common: Mapping[str, Mapping[str, float]]) -> Weighed:
    kinds, lean = _read(one, common)
    values = [value for of_kind in kinds.values() for value in of_kind]
    interval = Interval(low=round(min(values), 4), high=round(max(values), 4))
    means = [fmean(of_kind) for of_kind in kinds.values()]
    why = _doubt(one, kinds, means, lean)
    return Weighed(None if why else round(fmean(means), 4), interval, why)


def _read(one: Asked, common: Mapping[str, Mapping[str, float]]) -> tuple[dict[str, list[float]], float]:
    """What each form says of the matter, by kind, and how decided they are together; without the common habit."""
    kinds: dict[str, list[float]] = {}
    leans: list[float] = []
    for kind, rows in _by_kind(one).items():
        habit = common.get(kind, {})
        together = dict.fromkeys(rows[0][0].means.values(), 0.0)
        for form, raw in rows:
            share = _shares({option: weight * exp(-habit.get(option, 0.0)) for option, weight in raw.items()})
            kinds.setdefault(kind, []).append(sum(share[option] * form.means[option] for option in share))
            for option, meaning in form.means.items():
                together[meaning] += share[option] / len(rows)
        even = 1 / len(together)
        leans.append((max(together.values()) - even) / (1 - even))
    return kinds, fmean(leans)


def _doubt(one: Asked, kinds: Mapping[str, Sequence[float]], means: Sequence[float], lean: float) -> str:
    """Why these weights are no answer; empty if they are one."""
    if fmean(sum(weights.values()) for weights in one.seen) < MASS:
        return "the model does not answer with one of the words that it was offered"
    if max(_moved(seen, blind) for seen, blind in zip(one.seen, one.blind, strict=True)) < MOVED:
        return "the model answers the same without seeing the clip"
    astray = _contradiction(one, kinds)
    if astray:
        return astray
    if max(means) - min(means) > ASTRAY:
        return "the model contradicts itself: its yes or no and the description that it chooses do not go together"
    if lean < LEAN:  # if that is because its habit was taken off, the habit is what to tell
        return _contradiction(one, _read(one, {})[0]) or "the model is undecided: its answer is close to chance"
    return ""


def _contradiction(one: Asked, kinds: Mapping[str, Sequence[float]]) -> str:
    """What the mirrored forms contradict each other in; empty if they do not."""
    for kind, values in kinds.items():
        if max(values) - min(values) <= APART:
            continue
        if any(form.kind == kind and len(form.means) > 2 for form in one.forms):
            return "the model contradicts itself: it chooses by the order of the descriptions, not by what they say"
        if min(values) < 0.5 < max(values):
            said = "yes" if values[0] > 0.5 else "no"
            return f"the model contradicts itself: it says {said} to a statement and to its opposite"
        return "the model contradicts itself: it is sure of a statement, but not that the opposite is wrong"
    return ""


def _by_kind(one: Asked) -> dict[str, list[tuple[Form, dict[str, float]]]]:
    """The forms with the shares of their options, adding up to 1."""
    found: dict[str, list[tuple[Form, dict[str, float]]]] = {}
    for form, weights in zip(one.forms, one.seen, strict=True):
        found.setdefault(form.kind, []).append((form, _shares(weights)))
    return found


def _mirror(form: Form) -> dict[str, str]:
    """For each option the one that means the opposite; itself if it stands in the middle."""
    options = sorted(form.means, key=lambda option: form.means[option])
    return dict(zip(options, reversed(options), strict=True))


def _shares(weights: Weights) -> dict[str, float]:
    floor = 1e-6  # an option that is never said
    total = sum(weights.values()) + floor * len(weights)
    return {option: (weight + floor) / total for option, weight in weights.items()}


def _moved(seen: Weights, blind: Weights) -> float:
    a, b = _shares(seen), _shares(blind)
    return max(abs(a[option] - b[option]) for option in a)
