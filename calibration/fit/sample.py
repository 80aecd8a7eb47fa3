"""The clips that one check applies to, with what is true of it and what was read on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evalverse.calibration.fit.data import Mask, Seen, Vector

FAINT = 0.5
"""Weight of a faint fault beside a plain one."""
SOURCES = 3
"""Sources that must bear faults before anything is said of them."""


@dataclass(frozen=True)
class Sample:
    """M clips."""

    clips: tuple[Seen, ...]
    truth: Vector
    """(M,) of the check, in 0..1."""
    columns: Mapping[str, Vector]
    """(M,) by reading; nan where it could not be measured."""

    def some(self, chosen: Mask) -> Sample:
        """The sample of some of the clips; weights follow, so that what is left out does not shift the balance."""
        clips = tuple(c for c, mine in zip(self.clips, chosen, strict=True) if mine)
        return Sample(clips, self.truth[chosen], {name: values[chosen] for name, values in self.columns.items()})

    def bad(self, reading: str, sign: int) -> Vector:
        """(M,) a reading so that more is worse; -inf where a clip was measured and has no such moment, nan where it
        was not measured.
        """
        values = sign * self.columns[reading]
        measure, _, end = reading.partition("@")
        if not end.startswith("moment") or measure not in self.columns:
            return values
        return np.where(np.isnan(values) & ~np.isnan(self.columns[measure]), -np.inf, values)

    @cached_property
    def sources(self) -> NDArray[np.str_]:
        return np.array([c.row.source for c in self.clips])

    @cached_property
    def clean(self) -> Mask:
        return np.array([c.clean for c in self.clips], bool)

    @cached_property
    def own(self) -> Mask:
        """(M,) clips with a fault of the check."""
        return np.asarray(self.truth < 1)

    @cached_property
    def plain(self) -> Mask:
        """(M,) clips with a fault of the check that a reviewer notes unprompted."""
        return np.asarray(self.own & np.array([c.plain for c in self.clips], bool))

    @cached_property
    def families(self) -> NDArray[np.str_]:
        return np.array([c.row.family or "" for c in self.clips])

    @cached_property
    def apart(self) -> tuple[Mask, ...]:
        """(M,) plain faults of each family that SOURCES sources bear, so that it may be looked at by itself."""
        each = (self.plain & (self.families == family) for family in sorted(set(self.families[self.plain])))
        return tuple(mine for mine in each if len(set(self.sources[mine])) >= SOURCES)

    @cached_property
    def partner(self) -> NDArray[np.int64]:
        """(M,) where the clean counterpart of each clip stands; -1 where it is missing."""
        where = {c.row.clip: i for i, c in enumerate(self.clips) if c.clean}
        return np.array([where.get(c.row.clean, -1) for c in self.clips], np.int64)

    @cached_property
    def weight(self) -> Vector:
        """(M,) own faults, clean clips and clips with other faults weigh a third each; within a third, each family of
        faults and each source weighs as much as the next, and a faint fault half of a plain one.
        """
        return weights(self.clips, self.truth)


def weights(clips: Sequence[Seen], truth: Vector) -> Vector:
    """See :attr:`Sample.weight`."""
    own, clean = truth < 1, np.array([c.clean for c in clips], bool)
    faint = own & ~np.array([c.plain for c in clips], bool)
    groups = np.array([c.row.family if mine else c.row.source for c, mine in zip(clips, own, strict=True)])
    found = np.zeros(len(clips))
    for third in (own, clean, ~own & ~clean):
        names = set(groups[third])
        for name in names:
            share = np.where(third & (groups == name), np.where(faint, FAINT, 1.0), 0.0)
            found += share / share.sum() / len(names)
    return np.asarray(found / found.sum())
