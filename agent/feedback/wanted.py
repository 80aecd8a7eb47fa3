"""Which sub-dimensions a caller wants, and how their scores become one number. No total without its weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evalverse.errors import UsageError
from evalverse.report.model import State, Verdict
from evalverse.taxonomy import Aspect, Check, Dimension, SubDimension, Taxonomy, find, load

Means = Literal["mean", "geometric"]

FLOOR = 0.01
"""What a score of 0 counts as in the geometric mean, so that one failure weighs heavily without hiding all others."""


class Scored(BaseModel):
    """What one clip got: a score per wanted sub-dimension, or the reason why there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: str
    scores: dict[str, float | None] = Field(description="sub-dimension: 0 (fault) to 1 (flawless), None if not judged")
    reasons: dict[str, str] = Field(default_factory=dict, description="why a score is None")
    total: float | None = Field(None, description="aggregation of the scores; None if it would hide a gap")
    aggregation: str = Field(description="how the total came about, with its weights")


class Wanted:
    """The sub-dimensions that are asked for, with weights, and how they are put together.

    Args:
        names: paths of sub-dimensions, or of dimensions and aspects, which stand for all below them; whole or their
            tail (``lens/exposure``). None or nothing: the whole tree.
        weights: by any of these names; 1 for what is not named. A weight above the sub-dimension goes to each below it.
        means: ``mean`` is the weighted arithmetic mean; ``geometric`` lets one bad score pull the total down further
            (a score of 0 counts as 0.01).
        allow_missing: put the total together from what could be judged. Without it a single gap makes it None, since
            totals over different sub-dimensions cannot be compared.

    Raises:
        UnknownName: no such path, or more than one ends so.
        UsageError: a weight is negative, not a number, or all are 0.
    """

    def __init__(
        self,
        names: Iterable[str] | None = None,
        weights: Mapping[str, float] | None = None,
        means: Means = "mean",
        *,
        allow_missing: bool = False,
    ) -> None:
        if means not in ("mean", "geometric"):
            raise UsageError(f"scores are put together by mean or geometric, not by {means!r}")
        tree = load()
        self.paths = tuple(dict.fromkeys(p for name in (names or ()) for p in _below(tree, name)))
        self.whole = not self.paths
        self.paths = self.paths or tuple(sub.path for sub in tree.subdimensions())
        self.means: Means = means
        self.allow_missing = allow_missing
        self.weights = dict.fromkeys(self.paths, 1.0)
        for name, weight in (weights or {}).items():
            if not (isinstance(weight, (int, float)) and math.isfinite(weight) and weight >= 0):
                raise UsageError(f"the weight of {name} must be a number from 0 up, not {weight!r}")
            hit = [p for p in _below(tree, name) if p in self.weights]
            if not hit:
                raise UsageError(f"there is a weight for {name}, which is not among what is wanted")
            self.weights |= dict.fromkeys(hit, float(weight))
        if not any(self.weights.values()):
            raise UsageError("all weights are 0; leave at least one above it")

    @property
    def only(self) -> list[str]:
        """For the graph's ``wanted``: empty when the whole tree is."""
        return [] if self.whole else list(self.paths)

    def score(self, clip: str, verdicts: Iterable[Verdict]) -> Scored:
        """The wanted scores out of the verdicts of a critique."""
        by_path = {v.path: v for v in verdicts}
        scores: dict[str, float | None] = {}
        reasons: dict[str, str] = {}
        for path in self.paths:
            verdict = by_path[path]
            scores[path] = verdict.score if verdict.state is State.SCORED else None
            if scores[path] is None:
                reasons[path] = f"{verdict.state}: {verdict.why}"
        return self.scored(clip, scores, reasons)

    def failed(self, clip: str, why: str) -> Scored:
        """A clip that could not be judged at all."""
        return self.scored(clip, dict.fromkeys(self.paths), dict.fromkeys(self.paths, why))

    def scored(self, clip: str, scores: Mapping[str, float | None], reasons: Mapping[str, str]) -> Scored:
        """The scores with their total."""
        counted = {p: w for p, w in self.weights.items() if w}
        given = {p: s for p, w in counted.items() if (s := scores[p]) is not None}
        gaps = len(counted) - len(given)
        total = None
        if given and (self.allow_missing or not gaps):
            total = round(combine(given, counted, self.means), 4)
        return Scored(
            clip=clip, scores=dict(scores), reasons=dict(reasons), total=total, aggregation=self._words(given, gaps)
        )

    def _words(self, given: Mapping[str, float], gaps: int) -> str:
        kind = "geometric mean" if self.means == "geometric" else "mean"
        if not given:
            return f"no {kind}: none of the wanted sub-dimensions could be judged"
        if gaps and not self.allow_missing:
            return f"no {kind}: {gaps} of {gaps + len(given)} wanted sub-dimensions could not be judged"
        parts = ", ".join(f"{p} × {self.weights[p]:g}" for p in given)
        return f"weighted {kind} of {parts}" + (f"; {gaps} more could not be judged and are left out" if gaps else "")


def combine(scores: Mapping[str, float], weights: Mapping[str, float], means: Means) -> float:
    """The weighted mean of ``scores`` (0..1, at least one with a weight above 0)."""
    whole = sum(weights[p] for p in scores)
    if means == "geometric":
        return math.exp(sum(weights[p] * math.log(max(s, FLOOR)) for p, s in scores.items()) / whole)
    return sum(weights[p] * s for p, s in scores.items()) / whole


def _below(tree: Taxonomy, name: str) -> list[str]:
    """Paths of the sub-dimensions that ``name`` stands for."""
    node = find(tree, name)
    if isinstance(node, SubDimension):
        return [node.path]
    if isinstance(node, Check):
        raise UsageError(f"{name} is a check; scores are per sub-dimension: {node.path.rsplit('/', 1)[0]}")
    if isinstance(node, Dimension):
        return [sub.path for sub in node.subdimensions]
    assert isinstance(node, Aspect)
    return [sub.path for dimension in node.dimensions for sub in dimension.subdimensions]
