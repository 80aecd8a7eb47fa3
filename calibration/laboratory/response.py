"""How a judge's sub-dimensions respond to faults: to their own (sensitivity) and to the others (specificity)."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from evalverse.calibration.credibility.number import Number
from evalverse.calibration.credibility.rank import (
    FEWEST_GROUPS,
    Estimate,
    Labels,
    Values,
    interval,
    over_groups,
    spearman,
)
from evalverse.calibration.faults.fault import faults
from evalverse.calibration.laboratory.scores import Scores

DRAWS = 400
TIE = 1e-6
"""Scores no further apart are alike."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(_Strict):
    """A sub-dimension at one strength of its own faults."""

    level: str
    clips: int
    assessed: float = Field(description="share of the clips that got a score")
    auc: Number = Field(description="area under ROC of the scores of faulted against clean clips")
    paired: Number = Field(description="share that scores below its own clean clip, ties half: other footage left out")
    drop: float | None = Field(description="mean fall of the score from the clean counterpart")
    middle: tuple[float, float, float] | None = Field(description="lower quartile, median and upper quartile of scores")


class Response(_Strict):
    """A sub-dimension and its own faults."""

    path: str
    families: tuple[str, ...]
    clips: int = Field(description="faulted clips")
    sources: int
    clean_clips: int = Field(description="clean clips with a score")
    clean_assessed: float = Field(description="share of clean clips with a score")
    clean_middle: tuple[float, float, float] | None
    spread: float = Field(description="standard deviation of the scores of clean clips, at least 0.05")
    usual: float = Field(description="95th percentile of differences between clean clips, at least 0.1")
    levels: tuple[Level, ...]
    spearman: Number = Field(description="rank correlation of strength with the fall of the score; clean clips at 0")
    noticed: str | None = Field(description="weakest level that lowers the score by more than spread in most sources")

    def at(self, level: str) -> Level:
        return next(found for found in self.levels if found.level == level)


class Family(_Strict):
    """A family of faults and who notices it."""

    name: str
    group: str = Field(description="what the fault is about: exposure, motion ...; its medium for an unknown family")
    own: tuple[str, ...] = Field(description="sub-dimensions that should react")
    rightness: tuple[str, ...] = Field(description="its checks in the rightness tree, which are not judged here")
    sources: int
    assessed: bool = Field(description="whether any of its own sub-dimensions was scored at all")
    noticed: str | None = Field(description="weakest level at which one of its own sub-dimensions reacts")
    by: tuple[str, ...] = Field((), description="its own sub-dimensions that react at the strongest level")
    others: tuple[str, ...] = Field((), description="sub-dimensions not its own that react at the strongest level")
    drops: dict[str, tuple[float | None, ...]] = Field(description="sub-dimension: mean fall at each level")


class Unrelated(_Strict):
    """How often sub-dimensions moved that a fault is not about."""

    level: str
    pairs: int = Field(description="(faulted clip, unrelated sub-dimension) with a score before and after")
    moved: float | None = Field(description="share that changed by more than clean clips usually differ")
    moved_plainly: float | None = Field(description="share that changed by more than 0.1")


def responses(scores: Scores) -> list[Response]:
    """One per sub-dimension that has faults of its own, in the tree's order."""
    return [_response(scores, s) for s in range(len(scores.paths)) if scores.own[:, s].any()]


def _response(scores: Scores, s: int) -> Response:
    own, clean = np.flatnonzero(scores.own[:, s]), scores.before[:, s]
    read = np.isfinite(clean)
    return Response(
        path=scores.paths[s],
        families=tuple(sorted({scores.faulted[f].family or "" for f in own})),
        clips=len(own),
        sources=len(np.unique(scores.source[own])),
        clean_clips=int(read.sum()),
        clean_assessed=round(float(read.mean()), 4),
        clean_middle=_middle(clean),
        spread=round(float(scores.spread[s]), 4),
        usual=round(float(scores.usual[s]), 4),
        levels=tuple(_level(scores, s, level) for level in scores.levels),
        spearman=Number.of(_spearman(scores, s, own)),
        noticed=noticed(scores, own, s),
    )


def _level(scores: Scores, s: int, level: str) -> Level:
    rows = np.flatnonzero(scores.own[:, s] & (scores.level == level))
    after, drop = scores.after[rows, s], scores.drop[rows, s]
    fell = drop[np.isfinite(drop)]
    return Level(
        level=level,
        clips=len(rows),
        assessed=round(float(np.isfinite(after).mean()), 4) if len(rows) else 0.0,
        auc=Number.of(_auc(after, scores.source[rows], scores.before[:, s], scores.clean_source)),
        paired=Number.of(_paired(drop, scores.source[rows])),
        drop=round(float(fell.mean()), 4) if len(fell) else None,
        middle=_middle(after),
    )


def _paired(drop: Values, source: Labels) -> Estimate:
    """How often a score falls, with its interval over sources; .5 is chance."""
    known = np.isfinite(drop)
    falls, source = 0.5 + 0.5 * np.sign(np.where(np.abs(drop) < TIE, 0, drop))[known], source[known]
    if not len(falls):
        return Estimate(float("nan"))
    return Estimate(float(falls.mean()), *over_groups(lambda chosen, _: float(falls[chosen].mean()), source, DRAWS))


def _middle(values: Values) -> tuple[float, float, float] | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, mid, high = (round(float(v), 4) for v in np.percentile(known, [25, 50, 75]))
    return low, mid, high


def _auc(after: Values, source: Labels, before: Values, clean_source: Labels) -> Estimate:
    """Area under ROC with its interval: sources are drawn, and with each its faulted and its clean clips."""
    known, clean = np.isfinite(after), np.isfinite(before)
    after, source, before, clean_source = after[known], source[known], before[clean], clean_source[clean]
    if not len(after) or not len(before):
        return Estimate(float("nan"))
    names = np.unique(np.concatenate([source, clean_source]))
    mine = (source[:, None] == names).astype(np.float64)
    theirs = (clean_source[:, None] == names).astype(np.float64)
    wins = (after[:, None] < before[None, :]) + 0.5 * (after[:, None] == before[None, :])
    won, pairs = mine.T @ wins @ theirs, mine.T @ np.ones_like(wins) @ theirs
    value = float(won.sum() / pairs.sum())
    if len(np.unique(source)) < FEWEST_GROUPS:
        return Estimate(value)
    drawn = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), DRAWS)
    above = np.einsum("di,ij,dj->d", drawn, won, drawn)
    below = np.einsum("di,ij,dj->d", drawn, pairs, drawn)
    return Estimate(value, *interval(np.divide(above, below, out=np.full(DRAWS, np.nan), where=below > 0)))


def _spearman(scores: Scores, s: int, own: NDArray[np.intp]) -> Estimate:
    own = own[np.isfinite(scores.drop[own, s])]
    clean = np.unique(scores.counterpart[own])
    strength = np.concatenate([[scores.faulted[f].strength for f in own], np.zeros(len(clean))])
    drop = np.concatenate([scores.drop[own, s], np.zeros(len(clean))])
    source = np.concatenate([scores.source[own], scores.clean_source[clean]])

    def drawn(chosen: NDArray[np.intp], _: Labels) -> float:
        return spearman(strength[chosen], drop[chosen])

    if not len(own):
        return Estimate(float("nan"))
    return Estimate(spearman(strength, drop), *over_groups(drawn, source, DRAWS))


def noticed(scores: Scores, rows: NDArray[np.intp], s: int) -> str | None:
    """The weakest level at which ``rows`` lower the score by more than clean clips spread, in most sources."""
    return next((level for level in scores.levels if reacts(scores, rows, s, level)), None)


def reacts(scores: Scores, rows: NDArray[np.intp], s: int, level: str) -> bool:
    """Whether the mean fall of a source passes the spread of clean clips in more than half of the sources."""
    rows = rows[(scores.level[rows] == level) & np.isfinite(scores.drop[rows, s])]
    sources = np.unique(scores.source[rows])
    falls = [scores.drop[rows[scores.source[rows] == name], s].mean() for name in sources]
    return bool(len(falls)) and bool(np.mean(np.array(falls) > scores.spread[s]) > 0.5)


def families(scores: Scores) -> list[Family]:
    """One per family, by group and name."""
    found = [_family(scores, name) for name in sorted({row.family or "" for row in scores.faulted})]
    return sorted(found, key=lambda family: (family.group, family.name))


def _family(scores: Scores, name: str) -> Family:
    rows = np.array([f for f, row in enumerate(scores.faulted) if row.family == name], np.intp)
    own = np.flatnonzero(scores.own[rows[0]]).tolist()
    strongest = [level for level in scores.levels if (scores.level[rows] == level).any()][-1]
    first = [level for s in own if (level := noticed(scores, rows, s))]
    checks = scores.faulted[rows[0]].checks
    film = {scores.paths[s] for s in own}
    known, medium = faults().get(name), scores.faulted[rows[0]].medium
    return Family(
        name=name,
        group=known.group if known else str(medium or "other"),
        own=tuple(scores.paths[s] for s in own),
        rightness=tuple(check for check in checks if check.rsplit("/", 1)[0] not in film),
        sources=len(np.unique(scores.source[rows])),
        assessed=bool(np.isfinite(scores.drop[rows][:, own]).any()),
        noticed=min(first, key=scores.levels.index) if first else None,
        by=tuple(scores.paths[s] for s in own if reacts(scores, rows, s, strongest)),
        others=tuple(
            path for s, path in enumerate(scores.paths) if s not in own and reacts(scores, rows, s, strongest)
        ),
        drops={
            path: tuple(_mean(scores.drop[rows[scores.level[rows] == level], s]) for level in scores.levels)
            for s, path in enumerate(scores.paths)
            if np.isfinite(scores.drop[rows, s]).any()
        },
    )


def _mean(values: Values) -> float | None:
    known = values[np.isfinite(values)]
    return round(float(known.mean()), 4) if len(known) else None


def unrelated(scores: Scores) -> list[Unrelated]:
    """One per level."""
    found = []
    for level in scores.levels:
        rows = np.flatnonzero(scores.level == level)
        counted = ~scores.own[rows] & np.isfinite(scores.drop[rows])
        change = np.abs(scores.drop[rows])
        beyond = np.broadcast_to(scores.usual, change.shape)[counted]
        change = change[counted]
        found.append(
            Unrelated(
                level=level,
                pairs=len(change),
                moved=_mean((change > beyond).astype(np.float64)),
                moved_plainly=_mean((change > 0.1).astype(np.float64)),
            )
        )
    return found


def lost(scores: Scores) -> float | None:
    """Share of scores of clean clips that are gone, for whatever reason, in the faulted clip."""
    before = np.isfinite(scores.before[scores.counterpart])
    return _mean(np.isnan(scores.after[before]).astype(np.float64))


def middle_of(values: Iterable[float | None]) -> float | None:
    """The median of those that are known."""
    known = [value for value in values if value is not None]
    return round(median(known), 4) if known else None
