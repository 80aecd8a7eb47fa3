"""Coverage: which checks have operators that speak to them, and which of these can be answered without a model.

What a judge can answer from readings alone is told from outside: the taxonomy knows checks, not judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from evalverse.taxonomy.models import Aspect, Check, Dimension, Node, SubDimension, Taxonomy

MODEL = "vision-language model"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Covered(_Strict):
    """One check: the operators that speak to it, and the readings that a judge without eyes answers it from."""

    path: str
    operators: tuple[str, ...]
    readings: tuple[str, ...] = ()
    """As operator.measure."""
    rule: str | None = None
    """What turns them into an answer; None: only a vision-language model (or a person) can answer."""

    @property
    def answerable(self) -> bool:
        return self.rule is not None


class CoveredSub(_Strict):
    """One sub-dimension with its checks."""

    path: str
    checks: tuple[Covered, ...]

    @property
    def total(self) -> tuple[int, int, int]:
        """Number of checks, of those with operators, and of those that can be answered from readings alone."""
        return (
            len(self.checks),
            sum(bool(check.operators) for check in self.checks),
            sum(check.answerable for check in self.checks),
        )


def coverage(node: Taxonomy | Node, rules: Mapping[str, tuple[str, Iterable[str]]]) -> tuple[CoveredSub, ...]:
    """The coverage of a tree or a part of it.

    Args:
        node: the tree, an aspect, a dimension, a sub-dimension or a single check.
        rules: by check path, what a judge without eyes answers it by, and the measures that this reads.
    """

    def covered(check: Check) -> Covered:
        rule, readings = rules.get(check.path, (None, ()))
        return Covered(path=check.path, operators=check.operators, readings=tuple(dict.fromkeys(readings)), rule=rule)

    return tuple(CoveredSub(path=path, checks=tuple(map(covered, checks))) for path, checks in _subdimensions(node))


def as_lines(subs: Sequence[CoveredSub]) -> str:
    """Every sub-dimension with its totals, every check with its operators and who can answer it; the sum below."""
    return "\n".join(_lines(subs))


def as_data(subs: Sequence[CoveredSub]) -> dict[str, object]:
    """The same for JSON."""
    return {
        "subdimensions": [
            {"path": sub.path, **_named(sub.total), "checks": [_check(check) for check in sub.checks]} for sub in subs
        ],
        "total": _named(_sum(subs)),
    }


def _subdimensions(node: Taxonomy | Node) -> Iterator[tuple[str, Sequence[Check]]]:
    match node:
        case Taxonomy():
            subs: Iterable[SubDimension] = node.subdimensions()
        case Aspect():
            subs = (sub for dimension in node.dimensions for sub in dimension.subdimensions)
        case Dimension():
            subs = node.subdimensions
        case SubDimension():
            subs = (node,)
        case Check():
            yield node.path.rsplit("/", 1)[0], (node,)
            return
    yield from ((sub.path, sub.checks) for sub in subs)


def _lines(subs: Sequence[CoveredSub]) -> Iterator[str]:
    for sub in subs:
        yield f"{sub.path}: {_told(sub.total)}"
        wide = max(len(check.path.rsplit("/", 1)[1]) for check in sub.checks)
        for check in sub.checks:
            who = f"{check.rule} of {', '.join(check.readings)}" if check.answerable else MODEL
            by = ", ".join(check.operators) or "no operator"
            yield f"  {check.path.rsplit('/', 1)[1]:<{wide}}  {by}  ->  {who}"
    yield ""
    yield f"in all: {_told(_sum(subs))}"


def _check(check: Covered) -> dict[str, object]:
    return {**check.model_dump(), "answerable": check.answerable, "needs_model": not check.answerable}


def _sum(subs: Sequence[CoveredSub]) -> tuple[int, int, int]:
    totals = [sub.total for sub in subs]
    return sum(t[0] for t in totals), sum(t[1] for t in totals), sum(t[2] for t in totals)


def _named(total: tuple[int, int, int]) -> dict[str, int]:
    return dict(zip(("total", "with_operators", "answerable"), total, strict=True))


def _told(total: tuple[int, int, int]) -> str:
    every, measured, answered = total
    return (
        f"{every} check{'s' * (every != 1)}, {measured} with operators, {answered} answered from readings, "
        f"{every - answered} need{'s' * (every - answered == 1)} a {MODEL}"
    )
