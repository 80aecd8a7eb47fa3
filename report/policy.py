"""A policy: what a clip must reach to be let through. For scripts that generate, and for QA desks.

    pass_mark: 0.5
    thresholds: {cinematography/lens/exposure: 0.6, cut-motivation: 0.5}
    must_pass: [lip-sync]
    max_findings: {critical: 0, major: 2}
    not_applicable: pass

A sub-dimension is named by its path or by a tail of it that no other shares. A threshold binds a verdict that has a
score; whoever wants a missing score to count names the sub-dimension in ``must_pass``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evalverse.errors import BriefError, UnknownName
from evalverse.report import names, outline
from evalverse.report.model import Report, Severity, State, Verdict
from evalverse.report.text import count

Score = Annotated[float, Field(ge=0, le=1)]


class Policy(BaseModel):
    """What must hold. All fields are optional; the empty policy refuses a critical problem and a third major one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pass_mark: Score = Field(0.5, description="what the sub-dimensions of must_pass must reach")
    thresholds: dict[str, Score] = Field(default_factory=dict, description="path or tail: least score, where scored")
    must_pass: tuple[str, ...] = Field(
        (), description="paths or tails that must have a score, of the pass mark or more"
    )
    max_findings: dict[Severity, Annotated[int, Field(ge=0)]] = Field(
        default_factory=lambda: {Severity.CRITICAL: 0, Severity.MAJOR: 2}, description="problems that are let through"
    )
    not_applicable: Literal["pass", "fail"] = Field("pass", description="what must_pass makes of such a verdict")

    @classmethod
    def read(cls, path: str | Path) -> Policy:
        """A policy from a YAML (or JSON) file.

        Raises:
            BriefError: the file is missing, does not parse, has a key or value that does not belong, or names a
                sub-dimension that the packaged taxonomies do not know.
        """
        path = Path(path)
        try:
            raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise BriefError(f"{path}: the policy cannot be read: {error}") from error
        try:
            policy = cls.model_validate({} if raw is None else raw)
        except ValidationError as error:
            lines = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise BriefError(f"{path}: {lines} (allowed keys: {', '.join(cls.model_fields)})") from error
        policy.resolve(names.subdimensions())
        return policy

    def resolve(self, known: Iterable[str]) -> dict[str, str]:
        """The full path of every name in the policy. Raises BriefError for one that is unknown or not unique."""
        paths = sorted(set(known))
        return {given: _resolve(given, paths) for given in (*self.thresholds, *self.must_pass)}


@dataclass(frozen=True)
class Failure:
    """One reason not to let a clip through: the path of a sub-dimension or the word for a severity, and why."""

    path: str
    why: str


def judge_policy(policy: Policy, report: Report) -> list[Failure]:
    """Why ``report`` does not meet ``policy``; empty if it does.

    Raises:
        BriefError: the policy names a sub-dimension that neither the report nor the packaged taxonomies know.
    """
    verdicts = {v.path: v for v in report.verdicts}
    full = policy.resolve({*verdicts, *names.subdimensions()})
    failures: dict[str, Failure] = {}
    for given in policy.must_pass:
        why = _must_pass(policy, verdicts.get(full[given]))
        if why:
            failures[full[given]] = Failure(full[given], why)
    for given, least in policy.thresholds.items():
        verdict = verdicts.get(full[given])
        if verdict is not None and verdict.score is not None and verdict.score < least:
            failures.setdefault(full[given], Failure(full[given], _below(verdict.score, least)))
    found = outline.by_severity(report)
    return list(failures.values()) + [
        Failure(severity.value, f"{count(found[severity], f'{severity.value} problem')}, at most {most} let through")
        for severity, most in policy.max_findings.items()
        if found.get(severity, 0) > most
    ]


def _must_pass(policy: Policy, verdict: Verdict | None) -> str | None:
    """Why a verdict that must pass does not, or None."""
    if verdict is None:
        return "must pass, but was not inspected in this run"
    if verdict.state is State.NOT_APPLICABLE:
        return f"must pass, but is not applicable: {verdict.why}" if policy.not_applicable == "fail" else None
    if verdict.score is None:
        return f"must pass, but is not assessable: {verdict.why}"
    return _below(verdict.score, policy.pass_mark) if verdict.score < policy.pass_mark else None


def _below(score: float, least: float) -> str:
    return f"scored {score:.3f}, at least {least:g} is asked"


def _resolve(given: str, paths: list[str]) -> str:
    if given in paths:
        return given
    found = [path for path in paths if path.endswith(f"/{given}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise BriefError(f"the policy names {given!r}, which could be {' or '.join(found)}; give more of the path")
    tails = {path.rsplit("/", n)[-1] if n == 0 else "/".join(path.split("/")[-n:]) for path in paths for n in (1, 2, 3)}
    raise BriefError(f"policy: {UnknownName('sub-dimension', given, sorted(tails))}")
