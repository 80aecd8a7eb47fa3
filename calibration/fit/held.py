"""Each check judged on sources that its model never saw: answers of the model, of one reading, and of the curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.agent.judges.documented import Proxy, proxies
from evalverse.calibration.fit.additive import Additive, candidates, fit
from evalverse.calibration.fit.data import Mask, Seen, Table, Vector
from evalverse.calibration.fit.measure import auroc, quantile
from evalverse.taxonomy import Check

FALSE_ALARMS = 0.05
"""Share of clean clips of other sources that may be answered below one half."""
FOLDS = 6
"""Parts that the sources are divided into; each is answered by what the others made."""
FAINT = 0.5
"""Weight of a faint fault beside a plain one."""


@dataclass(frozen=True)
class Scale:
    """From log-odds to the answer: 1 - sigmoid(slope * odds + shift)."""

    slope: float
    shift: float

    def answer(self, odds: Vector) -> Vector:
        return np.asarray(0.5 * (1 - np.tanh((self.slope * odds + self.shift) / 2)))


@dataclass(frozen=True)
class Held:
    """One check on the M clips that it applies to, of S sources; every score of a clip comes from the other sources."""

    check: Check
    clips: tuple[Seen, ...]
    at: NDArray[np.int64]
    """(M,) where in the table each clip stands."""
    truth: Vector
    weight: Vector
    answer: Vector
    """(M,) of the additive model, nan where too little was measured."""
    single: Vector
    """(M,) of a model of one reading, the best one on the other sources."""
    curve: Vector
    """(M,) of the documented curves; nan where there are none or they could not read."""
    model: Additive
    """Fitted to all sources."""
    scale: Scale

    sources: NDArray[np.str_]
    clean: Mask
    plain: Mask
    """(M,) clips with a fault of this check that a reviewer notes unprompted."""


def hold(table: Table, check: Check) -> Held | None:
    """The check on held-out sources; None when no plain fault of it was measured, or no reading speaks to it."""
    truth = table.truth(check)
    rows = np.flatnonzero(~np.isnan(truth))
    clips, truth = tuple(table.clips[i] for i in rows), truth[rows]
    names = candidates(check.operators, {k for c in clips for k in c.features})
    columns = {name: table.column(name)[rows] for name in names}
    clean = np.array([c.clean for c in clips], bool)
    plain = np.array([c.plain for c in clips], bool) & (truth < 1)
    sources = np.array([c.row.source for c in clips])
    if not names or len(set(sources[plain])) < 2 or len(set(sources[clean])) < 3:
        return None
    weight = weights(clips, truth)
    odds, single = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    folds = _folds(sources, plain)
    for out in folds:
        within = ~out
        if not (plain & within).any() or not (clean & within).any():
            continue
        odds[out] = _fitted(columns, clips, truth, within).odds(_some(columns, out), int(out.sum()))
        best = _best(columns, weight, plain, clean | (truth == 1), within)
        if best:
            alone = {best: columns[best]}
            single[out] = _fitted(alone, clips, truth, within).odds(_some(alone, out), int(out.sum()))
    return Held(
        check=check,
        clips=clips,
        at=rows,
        truth=truth,
        weight=weight,
        answer=_crossed(odds, truth, weight, clean, folds),
        single=_crossed(single, truth, weight, clean, folds),
        curve=curved(proxies().get(check.path, ()), columns, len(rows)),
        model=fit(columns, truth, weight, clean),
        scale=scaled(odds, truth, weight, clean),
        sources=sources,
        clean=clean,
        plain=plain,
    )


def weights(clips: Sequence[Seen], truth: Vector) -> Vector:
    """(M,) own faults, clean clips and clips with other faults weigh a third each; within a third, each family of
    faults and each source weighs as much as the next, and a faint fault half of a plain one.
    """
    own, clean = truth < 1, np.array([c.clean for c in clips], bool)
    faint = own & ~np.array([c.plain for c in clips], bool)
    groups = [c.row.family if mine else c.row.source for c, mine in zip(clips, own, strict=True)]
    found = np.zeros(len(clips))
    for third in (own, clean, ~own & ~clean):
        names = {group for group, mine in zip(groups, third, strict=True) if mine}
        for name in names:
            share = np.where(third & np.array([g == name for g in groups], bool), np.where(faint, FAINT, 1.0), 0.0)
            found += share / share.sum() / len(names)
    return found / found.sum()


def curved(curves: Sequence[Proxy], columns: dict[str, Vector], count: int) -> Vector:
    """(count,) what the documented curves answer: the lowest of those that could be read; nan where none could."""
    answers = np.full((len(curves) + 1, count), np.nan)
    for row, curve in enumerate(curves):
        values = columns.get(curve.measure, np.full(count, np.nan))
        answers[row] = [np.nan if np.isnan(v) else curve.answer(float(v)) for v in values]
    return np.where(np.isnan(answers).all(axis=0), np.nan, np.nanmin(np.nan_to_num(answers, nan=np.inf), axis=0))


def scaled(odds: Vector, truth: Vector, weight: Vector, clean: Mask) -> Scale:
    """Platt's two numbers on held-out odds (the truth as a share), then moved so that clean clips keep the bound."""
    from scipy.optimize import minimize

    there = ~np.isnan(odds)
    if not there.any():
        return Scale(1.0, 0.0)
    z, fault, w = odds[there], 1 - truth[there], weight[there] / weight[there].sum()

    def loss(p: Vector) -> tuple[float, Vector]:
        u = p[0] * z + p[1]
        off = w * (0.5 * (1 + np.tanh(u / 2)) - fault)
        value = float(w @ (np.logaddexp(0, u) - fault * u) + 0.01 * (p[0] - 1) ** 2)
        return value, np.array([off @ z + 0.02 * (p[0] - 1), off.sum()])

    bounds = [(0, 3), (None, None)]
    slope, shift = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds).x
    alarm = quantile(slope * odds[there & clean] + shift, weight[there & clean], 1 - FALSE_ALARMS)
    return Scale(float(slope), float(shift - max(0.0, alarm)))


def _crossed(odds: Vector, truth: Vector, weight: Vector, clean: Mask, folds: Sequence[Mask]) -> Vector:
    """(M,) answers, each by a scale that the clip's own source had no part in."""
    found = np.full(len(odds), np.nan)
    for out in folds:
        found[out] = scaled(odds[~out], truth[~out], weight[~out], clean[~out]).answer(odds[out])
    return found


def _folds(sources: NDArray[np.str_], plain: Mask) -> list[Mask]:
    """Masks of what is left out in turn: whole sources, those with faults of the check spread evenly."""
    names = sorted(set(sources), key=lambda name: (-int((plain & (sources == name)).sum()), name))
    return [mask for k in range(FOLDS) if (mask := np.isin(sources, names[k::FOLDS])).any()]


def _some(columns: dict[str, Vector], chosen: Mask) -> dict[str, Vector]:
    return {name: values[chosen] for name, values in columns.items()}


def _fitted(columns: dict[str, Vector], clips: Sequence[Seen], truth: Vector, within: Mask) -> Additive:
    """The model of some of the clips, weighed among themselves: what is left out must not shift the balance."""
    some = [c for c, mine in zip(clips, within, strict=True) if mine]
    clean = np.array([c.clean for c in some], bool)
    return fit(_some(columns, within), truth[within], weights(some, truth[within]), clean)


def _best(columns: dict[str, Vector], weight: Vector, bad: Mask, good: Mask, within: Mask) -> str | None:
    """The reading that tells bad from good best, either way, among those that most of the bad ones have."""
    found: list[tuple[float, str]] = []
    for name, values in columns.items():
        there = within & ~np.isnan(values)
        if (there & bad).sum() < 0.5 * (within & bad).sum() or not (there & good).any():
            continue
        area = auroc(values[there & bad], values[there & good], weight[there & bad], weight[there & good])
        found.append((max(area, 1 - area), name))
    return max(found)[1] if found else None
