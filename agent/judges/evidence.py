"""The evidence judge: answers a check from what was measured, by a documented curve, or says that it cannot.

No model, no download, the same answer every time. A check with several proxies is as good as its weakest one: each is
a necessary condition. Readings of single shots give the interval; the worst moment tells where to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from evalverse.agent.facts import UNKNOWN
from evalverse.agent.judges.base import Bench, Case, Judge, Reflection, Request, Ruling
from evalverse.report.model import Answer, Finding, Interval, State, Step
from evalverse.taxonomy import Check, Dimension, SubDimension
from evalverse.tools.evidence import Evidence, Scope


class Proxy(BaseModel):
    """How one reading speaks to one check."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: str = Field(description="operator.measure")
    curve: tuple[tuple[float, float], ...] = Field(
        min_length=2, description="(value, answer) points, value ascending; straight lines between, flat outside"
    )
    because: str = Field(min_length=10, description="where the points come from")

    @model_validator(mode="after")
    def _ascending(self) -> Proxy:
        values = [v for v, _ in self.curve]
        if values != sorted(set(values)) or any(not 0 <= a <= 1 for _, a in self.curve):
            raise ValueError(f"{self.measure}: values must ascend and answers lie in 0..1")
        return self

    def answer(self, value: float) -> float:
        """The answer in 0..1 that the curve gives for a reading."""
        points = self.curve
        if value <= points[0][0]:
            return points[0][1]
        for (v0, a0), (v1, a1) in pairwise(points):
            if value <= v1:
                return a0 + (a1 - a0) * (value - v0) / (v1 - v0)
        return points[-1][1]


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


class EvidenceJudge(Judge):
    """The offline default. It never sees a picture: it reads the ledger."""

    id = "evidence"
    calibration = "documented curves, not fitted"

    def gate(self, case: Case, candidates: Sequence[SubDimension]) -> list[Ruling]:
        """It cannot tell story from noise, so it lets through what the facts let through."""
        return [Ruling(sub.path, True, "nothing that was probed speaks against it") for sub in candidates]

    def choose(self, case: Case, inspected: Sequence[SubDimension], offered: Sequence[str]) -> list[Request]:
        """Every operator that has a curve for an inspected check."""
        curves = proxies()
        read = {p.measure.split(".")[0] for sub in inspected for c in sub.checks for p in curves.get(c.path, ())}
        return [Request(name, "has a documented curve for a check") for name in offered if name in read]

    def answer(self, case: Case, dimension: Dimension, checks: Sequence[Check], bench: Bench) -> list[Answer]:
        return [self._answer(case, check) for check in checks]

    def reflect(self, case: Case, answers: Sequence[Answer]) -> Reflection:
        """Nothing to correct: its answers are a function of the ledger."""
        return Reflection()

    def explain(self, case: Case, findings: Sequence[Finding]) -> list[Finding]:
        return list(findings)

    def usage(self) -> dict[str, float]:
        return {}

    def _answer(self, case: Case, check: Check) -> Answer:
        curves = proxies().get(check.path, ())
        if not curves:
            return self._cannot(check, "no measurement speaks to it; a vision-language model can judge it")
        unknown = [need for need in check.needs if case.facts.has(need) is None]
        if unknown:
            return self._cannot(check, f"whether {UNKNOWN[unknown[0]]} is not known")
        read: list[tuple[float, Interval, Proxy, Evidence, list[Evidence]]] = []
        missing: list[str] = []
        for proxy in curves:
            rows = case.readings(proxy.measure)
            whole = next((e for e in rows if e.scope is Scope.CLIP and e.value is not None), None)
            if whole is None or whole.value is None:
                missing.append(next((f"{e.title}: {e.unmeasured}" for e in rows if e.unmeasured), proxy.measure))
                continue
            read.append((proxy.answer(whole.value), _interval(proxy, whole, rows), proxy, whole, rows))
        if not read:
            return self._cannot(check, f"could not be measured ({'; '.join(missing)})")
        value, interval, curve, worst, rows = min(read, key=lambda r: r[0])
        anchor = check.anchors.none if value < 0.25 else check.anchors.half if value < 0.75 else check.anchors.full
        steps = [Step(text=e.words or f"{e.title}: {e.value_text()}.", evidence=(e.id,)) for _, _, _, e, _ in read]
        place = _place(curve, rows) if value < 0.75 else None
        if place is not None and place.words:
            steps.append(Step(text=place.words, evidence=(place.id,)))
        told = f"Read against the curve for {worst.title.lower()}, that comes closest to: {anchor}"
        steps.append(Step(text=told, evidence=(worst.id,)))
        return Answer(
            check=check.path,
            state=State.SCORED,
            value=round(value, 4),
            interval=interval,
            steps=tuple(steps),
            span=place.span if place else None,
            judge=self.id,
        )

    def _cannot(self, check: Check, why: str) -> Answer:
        return Answer(check=check.path, state=State.NOT_ASSESSABLE, why=why, judge=self.id)


def _interval(proxy: Proxy, whole: Evidence, rows: Sequence[Evidence]) -> Interval:
    """From the worst to the best shot, widened by what the operator doubts of its own reading."""
    values = [e.value for e in rows if e.value is not None and e.scope in (Scope.CLIP, Scope.SHOT)]
    answers = [proxy.answer(v) for v in values]
    doubt = (1 - whole.confidence) / 2
    return Interval(low=round(max(0.0, min(answers) - doubt), 4), high=round(min(1.0, max(answers) + doubt), 4))


def _place(proxy: Proxy, rows: Sequence[Evidence]) -> Evidence | None:
    """Where the reading is at its worst: a moment, else a shot, else nowhere in particular.

    Beyond the end of the curve all answers are alike; there the reading furthest from a good one decides.
    """
    best = max(proxy.curve, key=lambda point: point[1])[0]
    for scope in (Scope.MOMENT, Scope.SHOT):
        local = [(e.value, e) for e in rows if e.scope is scope and e.value is not None and e.span is not None]
        if local:
            return min(local, key=lambda r: (proxy.answer(r[0]), -abs(r[0] - best)))[1]
    return None
