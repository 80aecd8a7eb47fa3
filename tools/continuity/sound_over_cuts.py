"""Sound over cuts: how far level and ambience jump where the picture cuts.

Whether a jump is a fault depends on whether the story goes on in one place; the operator ``continuity`` asks that.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.continuity._joins import Value, neighbours, over_joins
from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._cuts import shots
from evalverse.tools.sound._wave import Series, decibels, lacking
from evalverse.tools.sound.ambience import HOP, RATE, band_levels, jump

SECONDS, LEAST = 0.5, 0.15
"""Seconds on either side that level is read from, and that must be there."""


def level_step(levels: Series, at: int) -> float | None:
    """Change of level in dB, all bands together, at frame ``at`` of (T, BANDS) dBFS; None with too little beside it."""
    reach = round(SECONDS / HOP)
    before, after = levels[max(0, at - 1 - reach) : max(0, at - 1)], levels[at + 1 : at + 1 + reach]
    if min(len(before), len(after)) < LEAST / HOP:
        return None
    old, new = (float(decibels(np.mean(np.sum(10 ** (side / 10), axis=1)))) for side in (before, after))
    return new - old


@register
class SoundOverCuts(Operator):
    """Steps of level and ambience at cuts."""

    name, version, title = "sound_over_cuts", "1", "Sound over cuts"
    needs = Needs(sound=True, after=("shot_cutter",))
    cost = 0.3
    measures = (
        Measure(
            name="level_step",
            title="Step of level at cuts",
            unit="dB",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest change of sound level from the half second before a cut to the half second after it.",
        ),
        Measure(
            name="ambience_step",
            title="Step of ambience at cuts",
            unit="dB",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest change of the background, the bed of the operator ``ambience``, over the neighbouring "
            "shots, without regard to how far it wavers by itself.",
        ),
    )

    _levels: Series

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, 2 * LEAST), sound.start
        if self._why is None:
            self._levels = band_levels(sound.mono(RATE))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        level: list[Value] = []
        ambience: list[Value] = []
        cut = shots(scene)
        for join in neighbours(cut):
            begin, at, end = (
                round((t - self._start) / HOP) for t in (join.old.span.start, join.seconds, join.new.span.end)
            )
            step, (bed, _) = level_step(self._levels, at), jump(self._levels, at, max(0, begin), max(0, end))
            if step is not None:
                level.append((join, abs(step), {"change": round(step, 2)}))
            if np.isfinite(bed):
                ambience.append((join, bed, {}))
        absent = "the clip has a single shot" if len(cut) < 2 else "no cut has enough sound on both sides"
        for measure, values, what in (("level_step", level, "level"), ("ambience_step", ambience, "background")):
            yield from over_joins(
                self,
                measure,
                values,
                None,
                lambda n, what=what: f"the sound's {what} changes by {n} dB.",  # type: ignore[misc]
                confidence=1.0,
                fault=np.inf,
                absent=absent,
            )
