"""Sub-dimensions on held-out sources: the score that the judge would give, what is true, and how far apart they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evalverse.agent.judges.documented import proxies
from evalverse.agent.judges.fitted import Spread
from evalverse.calibration.fit.choose import Choice
from evalverse.calibration.fit.conform import bands, coverage
from evalverse.calibration.fit.data import Mask, Table, Vector, applicable
from evalverse.calibration.fit.held import curved
from evalverse.calibration.fit.measure import auroc
from evalverse.calibration.fit.sample import weights
from evalverse.taxonomy import Check, SubDimension


@dataclass(frozen=True)
class Scored:
    """One sub-dimension on all N clips of the table."""

    sub: SubDimension
    score: Vector
    """(N,) mean of the answers, nan where there is none."""
    truth: Vector
    """(N,) mean of what is true of the answered checks."""

    @property
    def there(self) -> Mask:
        return np.asarray(~np.isnan(self.score))


def scored(table: Table, sub: SubDimension, choices: Mapping[str, Choice]) -> Scored | None:
    """The sub-dimension scored as the agent would; None when the laboratory has no fault of an answered check."""
    answers = np.stack([answered(table, check, choices.get(check.path)) for check in sub.checks])
    # a fault that names another check of the sub-dimension is taken to leave this one whole
    truths = np.stack([np.nan_to_num(table.truth(check), nan=1.0) for check in sub.checks])
    given = ~np.isnan(answers)
    count = given.sum(axis=0)
    score = np.where(count > 0, np.where(given, answers, 0).sum(axis=0) / np.maximum(count, 1), np.nan)
    truth = np.where(count > 0, np.where(given, truths, 0).sum(axis=0) / np.maximum(count, 1), np.nan)
    return Scored(sub, score, truth) if (truth < 1).any() else None


def answered(table: Table, check: Check, choice: Choice | None) -> Vector:
    """(N,) answers to one check, of its fit on held-out sources or of its curves; nan where there is none."""
    found = np.full(len(table.clips), np.nan)
    if choice is not None:
        found[choice.held.at] = choice.answer
        found[choice.held.beside.at] = choice.beside
        return found
    curves = proxies().get(check.path, ())
    columns = {curve.measure: table.column(curve.measure) for curve in curves}
    applies = table.mask(lambda c: applicable(c, check))
    return np.where(applies, curved(curves, columns, len(found)), np.nan)


def spread(table: Table, of: Scored) -> Spread:
    """The conformal bands of its scores."""
    rows = np.flatnonzero(of.there)
    clips = [table.clips[i] for i in rows]
    score, truth = of.score[rows], of.truth[rows]
    weight, sources = weights(clips, truth), table.sources[rows]
    return Spread(
        bands=bands(score, truth, weight, sources),
        coverage=round(coverage(score, truth, weight, sources), 4),
        clips=len(clips),
        sources=len(set(sources)),
    )


def separations(table: Table, of: Scored) -> dict[str, float]:
    """Area under ROC of scores, own faults of each level against clean clips; nan without any."""
    clean, own = table.mask(lambda c: c.clean) & of.there, (of.truth < 1) & of.there
    levels = np.array([c.row.level or "" for c in table.clips])
    return {
        level: auroc(-of.score[own & (levels == level)], -of.score[clean]) for level in ("faint", "medium", "strong")
    }


def moved(table: Table, all_scored: Mapping[str, Scored], by: float) -> float:
    """Share of pairs (faulted clip, unrelated sub-dimension) whose score differs from the clean clip's by more."""
    where = {c.row.clip: i for i, c in enumerate(table.clips)}
    pairs = [(i, where[c.row.clean]) for i, c in enumerate(table.clips) if not c.clean and c.row.clean in where]
    far = total = 0
    for path, of in all_scored.items():
        for i, clean in pairs:
            related = any(check.startswith(path + "/") for check in table.clips[i].row.checks)
            if not related and of.there[i] and of.there[clean]:
                total += 1
                far += abs(of.score[i] - of.score[clean]) > by
    return far / total if total else float("nan")
