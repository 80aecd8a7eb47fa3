"""The plan: which sub-dimensions are inspected, by which checks and operators, and why the others are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from evalverse.agent.budget import Budget
from evalverse.agent.depth import DEPTHS, STANDARD, Depth
from evalverse.agent.facts import TELLS, Facts
from evalverse.agent.judges.base import Request
from evalverse.report.model import State
from evalverse.taxonomy import Check, SubDimension, Taxonomy
from evalverse.tools.operator import operator, operators
from evalverse.tools.schedule import depends

ALWAYS = ("shot_cutter", "frame_sampler", "integrity")
"""What every plan measures: the report's strip, the judge's pictures, and what of the file was lost."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Planned(_Strict):
    """One sub-dimension in the plan."""

    path: str
    inspect: bool
    why: str
    state: State | None = Field(None, description="the verdict's state when it is not inspected")
    checks: tuple[str, ...] = Field((), description="paths of the checks that may apply")
    off: dict[str, str] = Field(default_factory=dict, description="check: why it does not apply")


class Chosen(_Strict):
    """One operator in the plan."""

    name: str
    why: str
    seconds: float = Field(description="estimated cost on one core")
    run: bool = True
    arguments: dict[str, Any] = Field(default_factory=dict, description="settings that the judge asked for, validated")


class Plan(_Strict):
    """All decisions before measuring. Every sub-dimension is in it, inspected or with its reason."""

    subdimensions: tuple[Planned, ...]
    operators: tuple[Chosen, ...]
    notes: tuple[str, ...] = ()

    @property
    def inspected(self) -> tuple[Planned, ...]:
        return tuple(p for p in self.subdimensions if p.inspect)


def gate(sub: SubDimension, facts: Facts) -> Planned:
    """The deterministic gate: what the facts rule out, no judge can rule in."""
    off = {check.path: why for check in sub.checks if (why := facts.against(check)) is not None}
    on = tuple(check.path for check in sub.checks if check.path not in off)
    if on:
        told = f"{len(on)} of {len(sub.checks)} checks apply"
        return Planned(path=sub.path, inspect=True, why=told, checks=on, off=off)
    why = Counter(off.values()).most_common(1)[0][0]
    return Planned(path=sub.path, inspect=False, why=why, state=State.NOT_APPLICABLE, off=off)


def estimate(name: str, facts: Facts) -> float:
    """Seconds of one core that an operator will take on this clip, by its declared cost; none if it cannot work."""
    kind = operator(name)
    return 0.0 if kind.lacks() else kind.cost * facts.seconds / 60.0


def wanted(checks: Iterable[Check], facts: Facts) -> dict[str, int]:
    """The operators that speak to ``checks`` and can work on this clip, with the number of checks each: those first
    that speak to most checks per second."""
    known = operators()
    count: Counter[str] = Counter(name for check in checks for name in check.operators)
    able = {
        name: count[name]
        for name, kind in known.items()
        if count[name] and (facts.picture or not kind.needs.picture) and (facts.sound or not kind.needs.sound)
    }
    return dict(sorted(able.items(), key=lambda item: (-item[1] / max(known[item[0]].cost, 0.01), item[0])))


def afford(
    counts: Mapping[str, int],
    facts: Facts,
    budget: Budget,
    depth: Depth = DEPTHS[STANDARD],
    asked: Mapping[str, Request] | None = None,
) -> tuple[Chosen, ...]:
    """Operators under the budget of seconds and the bound of the depth, in the order of ``counts``.

    ``asked`` is how a judge wants them run; what it wrote there has been validated.
    """
    chosen: list[Chosen] = []
    spent, taken = 0.0, set[str]()
    base = [n for n in ALWAYS if n in operators() and (facts.picture or not operator(n).needs.picture)]
    for name in dict.fromkeys((*base, *counts)):
        pulls = [n for n in (*depends(operator(name)), name) if n not in taken]
        cost = sum(estimate(n, facts) for n in pulls)
        told = f"speaks to {counts[name]} checks" if counts.get(name) else "every critique needs it"
        arguments: Mapping[str, Any] = {}
        if asked and name in asked:
            told, arguments = f"{told}; the judge: {asked[name].why}", asked[name].arguments
        against = None if name in base else _against(pulls, cost, spent, budget, depth)
        if against is None:
            spent += cost
            taken.update(pulls)
        chosen.append(
            Chosen(
                name=name,
                why=told if against is None else f"{told}, but {against}",
                seconds=round(cost, 3),
                run=against is None,
                arguments=dict(arguments),
            )
        )
    return tuple(chosen)


def _against(pulls: Sequence[str], cost: float, spent: float, budget: Budget, depth: Depth) -> str | None:
    """Why an operator is not run, with what it builds on and nobody else runs yet; None when nothing speaks against."""
    if depth.dearest is not None and (dear := max((operator(n).cost for n in pulls), default=0.0)) > depth.dearest:
        return f"{depth.name} depth takes operators of up to {depth.dearest:g} s per minute of clip, not {dear:g} s"
    if budget.seconds is not None and spent + cost > budget.seconds:
        return f"its estimated {cost:.1f} s would pass the budget of {budget.seconds:g} s"
    return None


def foresee(
    taxonomy: Taxonomy,
    facts: Facts,
    budget: Budget,
    only: Sequence[str] | None = None,
    depth: Depth = DEPTHS[STANDARD],
) -> tuple[str, ...]:
    """Operators that any plan on these facts will want, and before them those that decide whether its checks apply: the
    survey runs them on the decode that finds the shots."""
    checks = [
        check
        for sub in taxonomy.subdimensions()
        if only is None or sub.path in only
        for check in sub.checks
        if facts.against(check) is None
    ]
    counts = {**dict.fromkeys(deciding(checks, facts), 1), **wanted(checks, facts)}
    return tuple(c.name for c in afford(counts, facts, budget, depth) if c.run)


def deciding(checks: Iterable[Check], facts: Facts) -> list[str]:
    """Operators that decide whether ``checks`` apply, as far as the facts leave it open; each once."""
    names: dict[str, None] = {}
    for check in checks:
        for need in check.needs:
            if facts.has(need) is None:
                names |= dict.fromkeys(TELLS.get(need, ()))
        if check.when.moving_camera is not None and facts.moving_camera is None:
            names["camera_motion"] = None
        if check.when.moving_subject is not None and facts.moving_subject is None:
            names["subject_motion"] = None
    return list(names)
