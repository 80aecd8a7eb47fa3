"""Each check judged on sources that its model never saw: answers of the model, of one reading, and of the curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalverse.agent.judges.documented import Proxy, proxies
from evalverse.calibration.fit.additive import best, candidates, fit
from evalverse.calibration.fit.data import Mask, Table, Vector, applicable
from evalverse.calibration.fit.kinds import Kinds, fit_kinds
from evalverse.calibration.fit.measure import quantile
from evalverse.calibration.fit.sample import Sample
from evalverse.taxonomy import Check

FALSE_ALARMS = 0.05
"""Share of clean clips of other sources that may be answered below one half."""
FOLDS = 6
"""Parts that the sources are divided into; each is answered by what the others made."""


@dataclass(frozen=True)
class Scale:
    """From log-odds to the answer: 1 - sigmoid(slope * odds + shift)."""

    slope: float
    shift: float

    def answer(self, odds: Vector) -> Vector:
        return np.asarray(0.5 * (1 - np.tanh((self.slope * odds + self.shift) / 2)))


@dataclass(frozen=True)
class Held:
    """One check on the M clips of its sample."""

    check: Check
    sample: Sample
    at: NDArray[np.int64]
    """(M,) where in the table each clip stands."""
    odds: Vector
    """(M,) log-odds of the model, made of other sources; nan where too little was measured."""
    answer: Vector
    """(M,) the same on a scale that was fitted to the odds of other sources."""
    single: Vector
    """(M,) of a model of one reading, the best one on the other sources."""
    curve: Vector
    """(M,) of the documented curves; nan where there are none or they could not read."""
    model: Kinds
    """Fitted to all sources."""
    scale: Scale
    beside: Beside


@dataclass(frozen=True)
class Beside:
    """K clips that had no part in the fit: with a fault of the same sub-dimension, so nothing certain is known of the
    check. A judge answers it all the same.
    """

    at: NDArray[np.int64]
    """(K,) where in the table each clip stands."""
    answer: Vector
    """(K,) by what the other sources made; nan where too little was measured."""
    curve: Vector


def hold(table: Table, check: Check) -> Held | None:
    """The check on held-out sources; None when fewer than two sources bear plain faults of it, or nothing was read."""
    truth, applies = table.truth(check), table.mask(lambda c: applicable(c, check))
    rows, unsure = np.flatnonzero(~np.isnan(truth)), np.flatnonzero(applies & np.isnan(truth))
    names = candidates(check.operators, {reading for i in rows for reading in table.clips[i].features})
    columns = {name: table.column(name) for name in names}

    def some(at: NDArray[np.int64]) -> Sample:
        return Sample(tuple(table.clips[i] for i in at), truth[at], {name: c[at] for name, c in columns.items()})

    sample, others = some(rows), some(unsure)
    if not names or len(set(sample.sources[sample.plain])) < 2 or len(set(sample.sources[sample.clean])) < 3:
        return None
    curves = proxies().get(check.path, ())
    odds, single, beside = (np.full(count, np.nan) for count in (len(rows), len(rows), len(unsure)))
    folds = _folds(sample)
    near = [np.isin(others.sources, sample.sources[out]) for out in folds]
    for out, mine in zip(folds, near, strict=True):
        there, here = sample.some(~out), sample.some(out)
        if not there.plain.any() or not there.clean.any():
            continue
        model = fit_kinds(there, curves)
        odds[out], beside[mine] = model.odds(here), model.odds(others.some(mine))
        if name := best(there):
            single[out] = fit(replace(there, columns={name: there.columns[name]})).odds(here)
    return Held(
        check=check,
        sample=sample,
        at=rows,
        odds=odds,
        answer=_crossed(odds, sample, folds),
        single=_crossed(single, sample, folds),
        curve=curved(curves, sample.columns, len(rows)),
        model=fit_kinds(sample, curves),
        scale=scaled(odds, sample),
        beside=Beside(
            at=unsure,
            answer=_answered(beside, near, odds, sample, folds),
            curve=curved(curves, others.columns, len(unsure)),
        ),
    )


def curved(curves: Sequence[Proxy], columns: Mapping[str, Vector], count: int) -> Vector:
    """(count,) what the documented curves answer: the lowest of those that could be read; nan where none could."""
    answers = np.full((len(curves) + 1, count), np.nan)
    for row, curve in enumerate(curves):
        values = columns.get(curve.measure, np.full(count, np.nan))
        answers[row] = [np.nan if np.isnan(v) else curve.answer(float(v)) for v in values]
    return np.where(np.isnan(answers).all(axis=0), np.nan, np.nan_to_num(answers, nan=np.inf).min(axis=0))


def scaled(odds: Vector, sample: Sample) -> Scale:
    """Platt's two numbers on held-out odds (the truth as a share), then moved so that clean clips keep the bound, with
    much to spare: clips of one source are alike, and the next source is another one.
    """
    from scipy.optimize import minimize

    there = ~np.isnan(odds)
    if not there.any():
        return Scale(1.0, 0.0)
    z, fault, weight = odds[there], 1 - sample.truth[there], sample.weight[there] / sample.weight[there].sum()

    def loss(p: Vector) -> tuple[float, Vector]:
        u = p[0] * z + p[1]
        off = weight * (0.5 * (1 + np.tanh(u / 2)) - fault)
        value = float(weight @ (np.logaddexp(0, u) - fault * u) + 0.01 * (p[0] - 1) ** 2)
        return value, np.array([off @ z + 0.02 * (p[0] - 1), off.sum()])

    bounds = [(0, 3), (None, None)]
    slope, shift = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds).x
    clean = there & sample.clean
    alarm = quantile(slope * odds[clean] + shift, sample.weight[clean], 1 - FALSE_ALARMS / 5)
    return Scale(float(slope), float(shift - max(0.0, alarm)))


def _crossed(odds: Vector, sample: Sample, folds: Sequence[Mask]) -> Vector:
    """(M,) answers, each by a scale that the clip's own source had no part in."""
    return _answered(odds, folds, odds, sample, folds)


def _answered(of: Vector, mine: Sequence[Mask], odds: Vector, sample: Sample, folds: Sequence[Mask]) -> Vector:
    """Answers to the odds ``of`` clips; those of ``mine`` by a scale made of the ``odds`` outside the same fold."""
    found = np.full(len(of), np.nan)
    for here, out in zip(mine, folds, strict=True):
        if here.any():
            found[here] = scaled(odds[~out], sample.some(~out)).answer(of[here])
    return found


def _folds(sample: Sample) -> list[Mask]:
    """Masks of what is left out in turn: whole sources, those with faults of the check spread evenly."""
    sources = sample.sources
    names = sorted(set(sources), key=lambda name: (-int((sample.plain & (sources == name)).sum()), name))
    return [mask for k in range(FOLDS) if (mask := np.isin(sources, names[k::FOLDS])).any()]
