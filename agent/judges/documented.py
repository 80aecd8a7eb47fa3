"""Documented curves: (reading, answer) points that rest on a standard, a paper or a look at footage. Nothing is fitted.

A check with several curves is as good as its weakest one: each is a necessary condition. Readings of single shots give
the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from evalverse.agent.judges.base import Case
from evalverse.agent.judges.rule import Decision, Passed, Points, Share, along, unread
from evalverse.report.model import Interval
from evalverse.tools.evidence import Evidence, Scope


class Proxy(BaseModel):
    """How one reading speaks to one check."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: str = Field(description="operator.measure")
    curve: Points = Field(
        min_length=2, description="(value, answer) points, value ascending; straight lines between, flat outside"
    )
    because: str = Field(min_length=10, description="where the points come from")
    standard: bool = Field(False, description="whether the points are a published standard, which no fit replaces")

    @model_validator(mode="after")
    def _ascending(self) -> Proxy:
        values = [v for v, _ in self.curve]
        if values != sorted(set(values)) or any(not 0 <= a <= 1 for _, a in self.curve):
            raise ValueError(f"{self.measure}: values must ascend and answers lie in 0..1")
        return self

    def answer(self, value: float) -> float:
        """The answer in 0..1 that the curve gives for a reading."""
        return along(self.curve, value)

    @property
    def costs(self) -> Points:
        return tuple((v, 1 - a) for v, a in self.curve)


@cache
def proxies() -> dict[str, tuple[Proxy, ...]]:
    """All documented curves by check path, from curves/*.yaml."""
    folder = files("evalverse.agent.judges").joinpath("curves")
    found: dict[str, tuple[Proxy, ...]] = {}
    reader = TypeAdapter(dict[str, tuple[Proxy, ...]])
    for source in sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name):
        found |= reader.validate_python(
            yaml.load(source.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
        )
    return found


@dataclass(frozen=True)
class Curves:
    """The rule that the documented curves of one check make together."""

    proxies: tuple[Proxy, ...]

    @property
    def operators(self) -> Sequence[str]:
        return [p.measure.split(".")[0] for p in self.proxies]

    def decide(self, case: Case) -> Decision | Passed:
        shares: list[Share] = []
        intervals: list[Interval] = []
        missing: list[str] = []
        for proxy in self.proxies:
            rows = case.readings(proxy.measure)
            whole = next((e for e in rows if e.scope is Scope.CLIP and e.value is not None), None)
            if whole is None or whole.value is None:
                missing.append(proxy.measure)
                continue
            shares.append(Share(whole, 1 - proxy.answer(whole.value), proxy.costs))
            intervals.append(_interval(proxy, whole, rows))
        if not shares:
            return unread(case, missing)
        worst = max(range(len(shares)), key=lambda n: shares[n].lost)
        dearest = sorted(shares, key=lambda s: -s.lost)
        by = f"the documented curve for {shares[worst].evidence.title.lower()}"
        return Decision(1 - shares[worst].lost, intervals[worst], tuple(dearest), by)


def _interval(proxy: Proxy, whole: Evidence, rows: Sequence[Evidence]) -> Interval:
    """From the worst to the best shot, widened by what the operator doubts of its own reading."""
    values = [e.value for e in rows if e.value is not None and e.scope in (Scope.CLIP, Scope.SHOT)]
    answers = [proxy.answer(v) for v in values]
    doubt = (1 - whole.confidence) / 2
    return Interval(low=round(max(0.0, min(answers) - doubt), 4), high=round(min(1.0, max(answers) + doubt), 4))
