"""The plan: which sub-dimensions are inspected, by which checks and operators, and why the others are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from evalverse.agent.budget import Budget
from evalverse.agent.facts import Facts
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
    """The operators that speak to ``checks`` and can work on this clip, with the number of checks each."""
    known = operators()
    count: Counter[str] = Counter(name for check in checks for name in check.operators)
    return {
        name: count[name]
        for name, kind in known.items()
        if count[name] and (facts.picture or not kind.needs.picture) and (facts.sound or not kind.needs.sound)
    }


def afford(counts: dict[str, int], facts: Facts, budget: Budget) -> tuple[Chosen, ...]:
    """Operators under the budget of seconds: those first that speak to most checks per second."""
    chosen: list[Chosen] = []
    spent, taken = 0.0, set[str]()
    base = [n for n in ALWAYS if n in operators() and (facts.picture or not operator(n).needs.picture)]
    rest = sorted((n for n in counts if n not in base), key=lambda n: (-counts[n] / max(operator(n).cost, 0.01), n))
    for name in (*base, *rest):
        pulls = [n for n in (*depends(operator(name)), name) if n not in taken]
        cost = sum(estimate(n, facts) for n in pulls)
        told = f"speaks to {counts[name]} checks" if counts.get(name) else "every critique needs it"
        if name in base or budget.seconds is None or spent + cost <= budget.seconds:
            spent += cost
            taken.update(pulls)
            chosen.append(Chosen(name=name, why=told, seconds=round(cost, 3)))
        else:
            why = f"{told}, but its estimated {cost:.1f} s would pass the budget of {budget.seconds:g} s"
            chosen.append(Chosen(name=name, why=why, seconds=round(cost, 3), run=False))
    return tuple(chosen)


def foresee(taxonomy: Taxonomy, facts: Facts, budget: Budget, only: Sequence[str] | None = None) -> tuple[str, ...]:
    """Operators that any plan on these facts will want: the survey runs them on the decode that finds the shots."""
    checks = [
        check
        for sub in taxonomy.subdimensions()
        if only is None or sub.path in only
        for check in sub.checks
        if facts.against(check) is None
    ]
    return tuple(c.name for c in afford(wanted(checks, facts), facts, budget) if c.run)
