"""The one protocol of faults, and how they are found.

A fault family is one small pure function on a take, registered with what a filmmaker needs to know of it:

    @fault(
        name="flicker",
        words="Brightness jumps from frame to frame.",
        medium=Medium.PICTURE,
        amount=Amount("stops", most=0.5, faint=0.03, medium=0.08, strong=0.25),
        checks=("cinematography/lens/exposure/no-flicker",),
    )
    def flicker(take: Take, job: Job) -> Take: ...

The function is handed the physical amount, a span, a place and a seed, and must touch nothing outside the span.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from math import ceil
from pkgutil import iter_modules

import numpy as np

from evalverse.calibration.faults.take import Take, Trait
from evalverse.errors import UnknownName, UsageError


class Unfit(UsageError):
    """This take cannot bear this fault; the message says why (no cut, no face, no sound ...)."""


class Medium(StrEnum):
    """What a fault may touch; ``edit`` means the order and length of picture and sound."""

    PICTURE = "picture"
    SOUND = "sound"
    EDIT = "edit"


class Needs(StrEnum):
    """What a take must have before a fault can be put into it."""

    SOUND = "audible sound"
    SPEECH = "speech"
    SCORE = "cuts that lie on the beats of its music"
    CUT = "a cut"
    INNER_SHOT = "a shot between two cuts"
    SPARE = "other footage"
    FACE = "a face"
    PERSON = "a person"


@dataclass(frozen=True)
class Amount:
    """How strong a fault is in physical terms: strength 0..1 maps linearly to 0..``most`` of ``unit``.

    ``faint`` is what a trained eye or ear finds when told to look, ``medium`` what a reviewer notes unprompted,
    ``strong`` what any viewer objects to; they are where the laboratory takes its samples.
    """

    unit: str
    most: float
    faint: float
    medium: float
    strong: float

    def __post_init__(self) -> None:
        if not 0 < self.faint < self.medium < self.strong <= self.most:
            raise ValueError(f"amounts must rise from faint to most: {self}")

    def at(self, strength: float) -> float:
        """The physical amount at ``strength``."""
        return self.most * strength

    def strengths(self) -> dict[str, float]:
        """Strength (0..1) of the three references."""
        return {level: getattr(self, level) / self.most for level in LEVELS}


LEVELS = ("faint", "medium", "strong")


@dataclass(frozen=True)
class Place:
    """A rectangle of the picture: left, top, width and height as shares of its width and height."""

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        inside = self.left >= 0 and self.top >= 0 and self.left + self.width <= 1 and self.top + self.height <= 1
        if not (inside and self.width > 0 and self.height > 0):
            raise ValueError(f"a place lies within the picture: {self}")


@dataclass(frozen=True)
class Job:
    """One order for a fault: how much, when (frames ``first`` to ``stop``), where, and the seed of all chance."""

    amount: float
    first: int
    stop: int
    place: Place | None
    seed: int

    @property
    def frames(self) -> int:
        return self.stop - self.first

    def rng(self, *key: int) -> np.random.Generator:
        """A generator of its own for each ``key``, the same at every run through the take."""
        return np.random.default_rng((self.seed, *key))


Inject = Callable[[Take, Job], Take]


@dataclass(frozen=True)
class Fault:
    """A fault family. See the module's docstring; ``share`` is how much of a take it usually fills."""

    name: str
    words: str
    medium: Medium
    amount: Amount
    checks: tuple[str, ...]
    measures: tuple[str, ...]
    needs: frozenset[Needs]
    share: float
    inject: Inject

    @property
    def group(self) -> str:
        """The file that holds it, e.g. ``exposure``."""
        return self.inject.__module__.rsplit(".", 1)[-1]

    def unfit(self, take: Take) -> str | None:
        """Why ``take`` cannot bear this fault, as far as its streams and cuts tell; None when they can."""
        lacks = {
            Needs.SOUND: not take.audible,
            Needs.SPEECH: Trait.SPEECH not in take.traits or not take.audible,
            Needs.SCORE: Trait.SCORE not in take.traits or not take.audible,
            Needs.CUT: not take.cuts,
            Needs.INNER_SHOT: len(take.cuts) < 2,
            Needs.SPARE: take.spare is None,
        }
        missing = sorted(need for need, lacking in lacks.items() if lacking and need in self.needs)
        return f"needs {' and '.join(missing)}" if missing else None

    def apply(
        self,
        take: Take,
        strength: float,
        rng: np.random.Generator,
        span: tuple[float, float] | None = None,
        place: Place | None = None,
    ) -> Take:
        """``take`` with this fault in it; the take itself at strength 0.

        Args:
            strength: 0..1, see :class:`Amount`.
            rng: one seed is drawn from it, and decides everything that is left to chance.
            span: seconds (start, end) outside which nothing is touched; the whole take by default. What follows an
                edit that changes the length moves, but stays what it is.
            place: where in the picture, for faults of a place; they find a telling one by themselves.

        Raises:
            Unfit: the take cannot bear the fault.
            ValueError: ``strength`` or ``span`` is out of range.
        """
        if not 0 <= strength <= 1:
            raise ValueError(f"strength is 0 to 1, not {strength}")
        seed = int(rng.integers(2**63))
        start, end = span or (0.0, take.seconds)
        first = max(0, ceil(start * take.rate - 1e-6))
        stop = min(take.length, ceil(end * take.rate - 1e-6))
        if first >= stop:
            raise ValueError(f"no frame of the take lies in the span {start} to {end}")
        if reason := self.unfit(take):
            raise Unfit(f"{self.name} {reason}")
        if strength == 0:
            return take
        return self.inject(take, Job(self.amount.at(strength), first, stop, place, seed))


_REGISTRY: dict[str, Fault] = {}


def fault(
    *,
    name: str,
    words: str,
    medium: Medium,
    amount: Amount,
    checks: tuple[str, ...],
    measures: tuple[str, ...] = (),
    needs: frozenset[Needs] | set[Needs] = frozenset(),
    share: float = 1.0,
) -> Callable[[Inject], Inject]:
    """Makes a fault family known under its name. Raises UsageError if two files claim one name."""

    def known(inject: Inject) -> Inject:
        if name in _REGISTRY and _REGISTRY[name].inject.__qualname__ != inject.__qualname__:
            raise UsageError(f"two faults are called {name!r}")
        _REGISTRY[name] = Fault(name, words, medium, amount, checks, measures, frozenset(needs), share, inject)
        return inject

    return known


@cache
def _scan() -> None:
    """Imports every module of this folder, so that adding a group of faults is adding one file."""
    package = import_module("evalverse.calibration.faults")
    for module in sorted(m.name for m in iter_modules(package.__path__)):
        if not module.startswith("_"):
            import_module(f"{package.__name__}.{module}")


def faults() -> dict[str, Fault]:
    """All fault families by name: picture, then edit, then sound, each by group."""
    _scan()
    order = [Medium.PICTURE, Medium.EDIT, Medium.SOUND]
    return {f.name: f for f in sorted(_REGISTRY.values(), key=lambda f: (order.index(f.medium), f.group, f.name))}


def fault_named(name: str) -> Fault:
    """One fault family by name. Raises UnknownName."""
    known = faults()
    if name not in known:
        raise UnknownName("fault", name, list(known))
    return known[name]
