"""A check's model: one additive model per kind of fault that can break the check, of which the worst decides.

A contour can be broken by halos, by stair steps or by colour that bleeds, and each shows in another reading. A single
sum over all readings would have to excuse each by the two others; kinds keep them apart, and the answer can say which
one the clip looks like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evalverse.agent.judges.documented import Proxy
from evalverse.agent.judges.fitted import ENOUGH, Line
from evalverse.calibration.fit.additive import Additive, fit
from evalverse.calibration.fit.data import Mask, Vector
from evalverse.calibration.fit.sample import Sample


@dataclass(frozen=True)
class Kinds:
    """The whole model of one check: families of faults, and what tells them."""

    each: tuple[tuple[tuple[str, ...], Additive], ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for _, model in self.each for line in model.lines)

    def odds(self, sample: Sample) -> Vector:
        """(M,) log-odds of the worst kind; nan where less than half of the kinds could be read."""
        if not self.each:
            return np.full(len(sample.truth), np.nan)
        found = np.stack([model.odds(sample) for _, model in self.each])
        read = ~np.isnan(found)
        worst = np.where(read, found, -np.inf).max(axis=0)
        return np.where(read.mean(axis=0) >= ENOUGH - 1e-9, worst, np.nan)


def fit_kinds(sample: Sample, curves: Sequence[Proxy] = ()) -> Kinds:
    """The model that explains the truth of ``sample``; kinds that no reading speaks for are left out."""
    fitted = (
        (tuple(sorted(set(sample.families[mine].tolist()))), fit(sample.some(mine | ~sample.own), curves))
        for mine in _kinds(sample)
    )
    return Kinds(tuple((faults, model) for faults, model in fitted if model.lines))


def _kinds(sample: Sample) -> Iterator[Mask]:
    """(M,) own faults of each kind: a family that enough sources bear is one, all others together are another."""
    names = [str(sample.families[mine][0]) for mine in sample.apart]
    for name in names:
        yield sample.own & (sample.families == name)
    rest = sample.own & ~np.isin(sample.families, names)
    if len(set(sample.sources[rest & sample.plain])) > 1 or not names:
        yield rest
