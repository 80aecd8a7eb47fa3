"""Hiss: noise that stands still under all that sounds, heard where voices and most things leave room for it.

Air, rooms and streets fall off with frequency, so that little of them is left above 5 kHz; the noise of amplifiers,
coarse converters and generated sound does not. What it does not know: rain, surf and steam hiss rightly.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._bands import RATE, band_powers
from evalverse.tools.sound._wave import decibels, lacking

FRAME, HOP = 512, 256
PROGRAMME, TOP = (200.0, 4000.0), (5500.0, 7500.0)
"""Hz: what is listened to, and where hiss is left alone with little else."""
STILL = 5
"""Percentile over time of the level that steady noise cannot exceed."""
RISES = 3.0
"""dB by which the louder half of the time must rise above the softest twentieth: else noise is all that sounds."""
SOFTEST = -55.0
"""dBFS of a programme that is meant to be heard: under speech at broadcast level (-23) that is barely a whisper."""
HEARD = -44.0
"""dB beside the programme from which on it is put in words."""
ENOUGH = 1.0


@register
class Hiss(Operator):
    """Level of steady noise in the treble."""

    name, version, title = "hiss", "1", "Hiss"
    needs = Needs(sound=True)
    cost = 0.1
    measures = (
        Measure(
            name="level",
            title="Hiss",
            unit="dB",
            direction=Direction.LOWER,
            definition="The most that steady noise can hold from 5.5 to 7.5 kHz (5th percentile of the level over "
            "time, in windows of 32 ms), beside the mean level from 200 to 4000 Hz in the louder half of the time.",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why = lacking(sound, ENOUGH)
        if self._why is None and sound.rate < 2 * TOP[1]:
            self._why = f"the sound is sampled at {sound.rate} Hz and ends below {number(TOP[1] / 1000)} kHz"
        if self._why is None:
            self._power = band_powers(sound.mono(RATE), FRAME, HOP, (PROGRAMME, TOP))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        programme, treble = self._power
        loud = float(decibels(programme[programme >= np.median(programme)].mean()))
        if loud < SOFTEST:
            yield self.could_not("level", f"all that sounds is soft, {number(loud)} dBFS, and may be nothing but noise")
            return
        if loud - float(decibels(np.percentile(programme, STILL))) < RISES:
            yield self.could_not("level", "nothing rises above a steady sound, so it may be what is meant to be heard")
            return
        level = float(decibels(np.percentile(treble, STILL))) - loud
        words = f"A steady noise lies under the sound, {number(-level)} dB below it in the treble."
        yield self.found("level", level, words=words if level > HEARD else "No steady hiss is heard.")
