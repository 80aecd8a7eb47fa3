"""How far a judge's verdicts agree with ratings: per sub-dimension and per aspect, overall and within groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from evalverse.agent.credibility import Credibility, Statistic
from evalverse.calibration.credibility.number import Number, plain
from evalverse.calibration.credibility.rank import (
    Estimate,
    Labels,
    Values,
    alpha,
    correlation,
    over_groups,
    pairwise,
    ranks,
    spearman,
    within,
)
from evalverse.calibration.credibility.ratings import Ratings
from evalverse.taxonomy import load

FEWEST = 12
"""Scored clips below which nothing is said."""
WHOLE = "whole"
"""What the mean over all sub-dimensions is called where a path is asked for."""
DRAWS = 400
SHUFFLES = 200


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Agreement(_Strict):
    """One sub-dimension, or the mean of one aspect or of all, against one column of ratings."""

    path: str
    column: str
    scored: int = Field(description="rated clips that got a score")
    why: str = Field("", description="why nothing is said")
    srcc: Number = Number()
    plcc: Number = Number()
    srcc_within: Number = Field(Number(), description="rank correlation once the means of groups are taken out")
    pairs: float | None = Field(None, description="share of pairs ordered as rated, ties must meet ties")
    pairs_decided: float | None = Field(None, description="the same of pairs that raters do not tie")
    pairs_within: float | None = Field(None, description="the same of decided pairs within groups")


class People(_Strict):
    """How raters agree among themselves."""

    column: str
    raters: int
    alpha: float | None = Field(None, description="Krippendorff's, ordinal")
    one_against_others: float | None = Field(None, description="rank correlation, mean over raters")
    luck: float | None = Field(None, description="what the best of all rows reaches by luck, one time in twenty")


class Study(_Strict):
    """A judge against ratings."""

    judge: str
    calibration: str
    clips: int
    failed: dict[str, str] = Field(description="clip: why it was not judged")
    groups: int = Field(description="0 where no groups were named")
    people: tuple[People, ...]
    agreements: tuple[Agreement, ...]
    readings: tuple[Agreement, ...] = Field((), description="single operators against the same ratings, by measure")


def study(
    ratings: Ratings,
    scores: Mapping[str, Values],
    judge: tuple[str, str],
    failed: Mapping[str, str] | None = None,
    readings: Mapping[str, Values] | None = None,
) -> Study:
    """Compares ``scores`` by path, each (N,) with nan where there is none, with the mean ratings.

    ``judge`` is its id and calibration. ``readings`` by measure are compared alike, to see what a judge adds to them.
    """
    found, single = list[Agreement](), list[Agreement]()
    people: list[People] = []
    every = {**scores, **means(scores)}
    for column, rated in ratings.columns.items():
        truth = ratings.mean(column)
        mine = [_agreement(path, column, score, truth, ratings) for path, score in every.items()]
        told = [every[a.path] for a in mine if a.srcc.value is not None]
        people.append(_people(column, rated, truth, told, ratings))
        found += mine
        single += [_agreement(name, column, values, truth, ratings) for name, values in (readings or {}).items()]
    return Study(
        judge=judge[0],
        calibration=judge[1],
        clips=len(ratings.clips),
        failed=dict(failed or {}),
        groups=len(np.unique(ratings.group)) if ratings.grouped else 0,
        people=tuple(people),
        agreements=tuple(found),
        readings=tuple(single),
    )


def means(scores: Mapping[str, Values]) -> dict[str, Values]:
    """Mean of the scores there are, of each aspect and of the whole; nan for a clip that has none of them."""
    found = {}
    for path, begin in ((WHOLE, ""), *((aspect.path, aspect.path + "/") for aspect in load().aspects)):
        mine = [score for of, score in scores.items() if of.startswith(begin)]
        if mine:
            table = np.stack(mine, -1)
            count = np.isfinite(table).sum(1)
            found[path] = np.where(count > 0, np.nansum(table, axis=1) / np.maximum(count, 1), np.nan)
    return found


def _agreement(path: str, column: str, score: Values, truth: Values, ratings: Ratings) -> Agreement:
    known = np.flatnonzero(np.isfinite(score) & np.isfinite(truth))
    if len(known) < FEWEST:
        return Agreement(path=path, column=column, scored=len(known), why=f"fewer than {FEWEST} clips scored")
    if np.ptp(score[known]) < 1e-9:
        return Agreement(path=path, column=column, scored=len(known), why="the same score for every clip")
    score, truth, group = score[known], truth[known], ratings.group[known]
    inside = pairwise(score, truth, group) if ratings.grouped else None
    return Agreement(
        path=path,
        column=column,
        scored=len(known),
        srcc=_number(lambda s, t, _: spearman(s, t), score, truth, group),
        plcc=_number(lambda s, t, _: correlation(s, t), score, truth, group),
        srcc_within=_number(within, score, truth, group) if ratings.grouped else Number(),
        pairs=plain(pairwise(score, truth).all),
        pairs_decided=plain(pairwise(score, truth).decided),
        pairs_within=plain(inside.decided) if inside else None,
    )


def _number(how: Callable[[Values, Values, Labels], float], score: Values, truth: Values, group: Labels) -> Number:
    def drawn(chosen: NDArray[np.intp], names: Labels) -> float:
        return how(score[chosen], truth[chosen], names)

    return Number.of(Estimate(how(score, truth, group), *over_groups(drawn, group, DRAWS)))


def _people(column: str, rated: Values, truth: Values, told: list[Values], ratings: Ratings) -> People:
    several = rated.shape[1]
    return People(
        column=column,
        raters=several,
        alpha=plain(alpha(rated)) if several > 1 else None,
        one_against_others=plain(_one_against_others(rated)) if several > 1 else None,
        luck=plain(_luck(truth, told, ratings)) if told else None,
    )


def _one_against_others(rated: Values) -> float:
    """About what can be reached: each rater against the mean of the others."""
    whole = rated[np.isfinite(rated).all(1)]
    if len(whole) < FEWEST:
        return float("nan")
    found = [spearman(whole[:, k], np.delete(whole, k, axis=1).mean(1)) for k in range(rated.shape[1])]
    return float(np.mean(found))


def _luck(truth: Values, told: list[Values], ratings: Ratings) -> float:
    """95th percentile of the best absolute rank correlation of all ``told`` with ratings shuffled among all clips."""
    draw = np.random.default_rng(0)
    best = []
    known = [np.flatnonzero(np.isfinite(score) & np.isfinite(truth)) for score in told]
    placed = [ranks(score[k]) for score, k in zip(told, known, strict=True)]
    for _ in range(SHUFFLES):
        shuffled = draw.permutation(truth)
        best.append(
            max(
                abs(correlation(p[ok], ranks(shuffled[k][ok])))
                for p, k in zip(placed, known, strict=True)
                if (ok := np.isfinite(shuffled[k])).any()
            )
        )
    return float(np.percentile(best, 95))


def credibility_of(found: Study, about: Mapping[str, str], truth: str) -> list[Credibility]:
    """Rows for the columns that ``about`` ties to a sub-dimension: within groups where there are groups."""
    rows = []
    for agreement in found.agreements:
        told = agreement.srcc_within if found.groups else agreement.srcc
        if about.get(agreement.column) != agreement.path or told.value is None:
            continue
        if told.low is None or told.high is None:
            continue
        rows.append(
            Credibility(
                sub_dimension=agreement.path,
                judge=found.judge,
                calibration=found.calibration,
                truth=truth,
                statistic=Statistic.SRCC,
                value=told.value,
                low=told.low,
                high=told.high,
                n_clips=agreement.scored,
                n_sources=found.groups or agreement.scored,
                about=agreement.column,
            )
        )
    return rows
