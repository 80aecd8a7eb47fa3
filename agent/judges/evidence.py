"""The evidence judge: answers a check from what was measured, by a fitted rule, else a documented curve, or not at all.

No model, no download, the same answer every time. It never sees a picture: it reads the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalverse.agent.facts import UNKNOWN
from evalverse.agent.judges.base import Bench, Case, Judge, Reflection, Request, Ruling
from evalverse.agent.judges.documented import Curves, proxies
from evalverse.agent.judges.fitted import Calibration, Fitted, interval
from evalverse.agent.judges.rule import Decision, Passed, Rule, Share, overrules
from evalverse.report.model import Answer, Finding, Interval, State, Step
from evalverse.taxonomy import Check, Dimension, SubDimension
from evalverse.tools.evidence import Evidence

WEIGHT = ((0.75, "This decides the answer."), (0.4, "This weighs heavily."), (0.1, "This adds to it."))
"""From which share of all that the answer loses on, and how it is said: in words, since it is no reading."""
SHOWN = 4
"""Readings that are told, at most."""


class EvidenceJudge(Judge):
    """The offline default. Without a calibration it knows documented curves only."""

    id = "evidence"

    def __init__(self, fitted: Calibration | None = None) -> None:
        self._fitted = fitted
        self.calibration = fitted.id if fitted else "documented curves, not fitted"

    def gate(self, case: Case, candidates: Sequence[SubDimension]) -> list[Ruling]:
        """It cannot tell story from noise, so it lets through what the facts let through."""
        return [Ruling(sub.path, True, "nothing that was probed speaks against it") for sub in candidates]

    def choose(self, case: Case, inspected: Sequence[SubDimension], offered: Sequence[str]) -> list[Request]:
        """Every operator that a rule of an inspected check reads."""
        read = {name for sub in inspected for c in sub.checks for rule in self._rules(c) for name in rule.operators}
        return [Request(name, "a check is answered from its readings") for name in offered if name in read]

    def answer(self, case: Case, dimension: Dimension, checks: Sequence[Check], bench: Bench) -> list[Answer]:
        return [self._answer(case, check) for check in checks]

    def spread(self, path: str, score: float) -> Interval | None:
        found = self._fitted.verdicts.get(path) if self._fitted else None
        return interval(found.bands, score) if found else None

    def reflect(self, case: Case, answers: Sequence[Answer]) -> Reflection:
        """Nothing to correct: its answers are a function of the ledger."""
        return Reflection()

    def explain(self, case: Case, findings: Sequence[Finding]) -> list[Finding]:
        return list(findings)

    def usage(self) -> dict[str, float]:
        return {}

    def _rules(self, check: Check) -> Iterator[Rule]:
        """The better one first; none where measured readings were found to tell nothing."""
        if self._fitted and check.path in self._fitted.checks:
            yield Fitted(self._fitted.checks[check.path], self._fitted.operators)
        if check.path in proxies() and not (self._fitted and check.path in self._fitted.silent):
            yield Curves(proxies()[check.path])

    def _answer(self, case: Case, check: Check) -> Answer:
        unknown = [need for need in check.needs if case.facts.has(need) is None]
        passed: list[Passed] = []
        decided: Decision | None = None
        for rule in self._rules(check):
            if unknown:
                return self._cannot(check, f"whether {UNKNOWN[unknown[0]]} is not known")
            decision = rule.decide(case)
            if not isinstance(decision, Decision):
                passed += [decision] if decided is None else []
            elif decided is None or overrules(decision.value, decided.value):
                decided = decision
        if decided is not None:
            return self._decided(case, check, decided, passed)
        silent = self._fitted.silent.get(check.path) if self._fitted else None
        nothing = f"in the laboratory {silent}" if silent else "no measurement speaks to it"
        return self._cannot(
            check, "; ".join(p.why for p in passed) or f"{nothing}; a vision-language model can judge it"
        )

    def _decided(self, case: Case, check: Check, decision: Decision, passed: Sequence[Passed]) -> Answer:
        """``passed``: why better rules were not used."""
        value, shares = decision.value, decision.shares
        anchor = check.anchors.none if value < 0.25 else check.anchors.half if value < 0.75 else check.anchors.full
        telling = [s for s in shares if s.lost > 0] if decision.weighed and value < 0.75 else shares
        place = shares[0].place(case) if value < 0.75 else None
        steps = _steps(telling, 1 - value if decision.weighed else 0.0, place)
        because = f" ({'; '.join(p.why for p in passed)})" if passed else ""
        told = f"Held against {decision.by}{because}, that comes closest to: {anchor}"
        steps.append(Step(text=told, evidence=(shares[0].evidence.id, *(i for p in passed for i in p.evidence))))
        return Answer(
            check=check.path,
            state=State.SCORED,
            value=round(value, 4),
            interval=decision.interval,
            steps=tuple(steps),
            span=place.span if place else None,
            judge=self.id,
        )

    def _cannot(self, check: Check, why: str) -> Answer:
        return Answer(check=check.path, state=State.NOT_ASSESSABLE, why=why, judge=self.id)


def _steps(shares: Sequence[Share], lost: float, place: Evidence | None) -> list[Step]:
    """The readings in words, where several were weighed with how much of all that was ``lost`` is due to each, and
    the ``place`` of the worst. What is said in the same words, of a clip and of its one shot, is said once."""
    said: dict[str, list[Share]] = {}
    for share in shares:
        said.setdefault(_reading(share.evidence), []).append(share)
    told = [_step(reading, group, lost, place) for reading, group in list(said.items())[:SHOWN]]
    if place is not None and place.words and all(place.id not in step.evidence for step in told):
        told.append(Step(text=place.words, evidence=(place.id,)))
    return told


def _step(reading: str, shares: Sequence[Share], lost: float, place: Evidence | None) -> Step:
    part = sum(share.lost for share in shares) / lost if lost > 0.1 else 0.0
    weight = next((words for least, words in WEIGHT if part >= least), "")
    shown = place if place is not None and place.words == reading else shares[0].evidence
    return Step(text=f"{reading} {weight}".strip(), evidence=(shown.id,))


def _reading(evidence: Evidence) -> str:
    return evidence.words or f"{evidence.title}: {evidence.value_text()}."
