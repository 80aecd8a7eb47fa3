"""A take: clean footage in a form that costs no memory, and the few ways to put takes together.

Pictures are not held but made anew at each run through the take, so a fault is one more step of a pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
Samples = NDArray[np.float32]
Pictures = Callable[[], Iterator[RGB]]

INAUDIBLE = 10 ** (-55 / 20)
"""RMS of a sound that nobody hears at a level at which film is heard: faults in it would be of no account."""

JOIN_SECONDS = 0.01
"""Length of the dip where two pieces of sound meet, so that the join itself does not click."""


class Trait(StrEnum):
    """What is known of a take's content beyond its streams."""

    SPEECH = "speech"
    SCORE = "cut to music"
    """Its only sound is music, and its cuts lie on the beats."""


@dataclass(frozen=True)
class Take:
    """Footage at a constant rate.

    ``pictures()`` begins the run of ``length`` pictures anew, each (height, width, 3) uint8 RGB, to be treated as
    read-only. ``cuts`` are the 0-based first frames of all shots but the first. ``sound`` is (N, C) float32 in
    [-1, 1], sample 0 heard with frame 0. ``spare`` is other footage of the same size and rate, for faults that need
    somebody or something from elsewhere. ``truth`` is what a fault really did, beyond strength and span.
    """

    rate: Fraction
    width: int
    height: int
    length: int
    pictures: Pictures = field(repr=False)
    cuts: tuple[int, ...] = ()
    sound: Samples | None = field(default=None, repr=False)
    sound_rate: int = 48000
    traits: frozenset[Trait] = frozenset()
    spare: Take | None = field(default=None, repr=False)
    truth: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return float(self.length / self.rate)

    @property
    def audible(self) -> bool:
        """Whether there is sound above :data:`INAUDIBLE`."""
        if self.sound is None or len(self.sound) == 0:
            return False
        return float(np.sqrt(np.mean(np.square(self.sound, dtype=np.float64)))) > INAUDIBLE

    @property
    def shots(self) -> list[range]:
        """The frames of each shot."""
        edges = (0, *self.cuts, self.length)
        return [range(a, b) for a, b in pairwise(edges)]

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[tuple[float, RGB]]:
        """(seconds, picture) of the frames ``first`` to ``stop``."""
        for index, rgb in enumerate(islice(self.pictures(), first, stop), first):
            yield float(index / self.rate), rgb

    def still(self, index: int) -> RGB:
        """One picture, by reading on to it."""
        return next(islice(self.pictures(), min(max(index, 0), self.length - 1), None))

    def sample(self, frame: float) -> int:
        """The sample that is heard when ``frame`` (0-based, may be fractional) begins."""
        return round(frame / float(self.rate) * self.sound_rate)

    def told(self, **truth: Any) -> Take:
        """The same take that tells more of the truth."""
        return replace(self, truth={**self.truth, **truth})


def assemble(take: Take, pieces: Sequence[range]) -> Take:
    """The ``pieces`` (ranges of frames) of ``take`` one after the other, picture and sound, as an editor joins them.

    A join between neighbouring frames is no cut.
    """
    pieces = [p for p in pieces if len(p)]
    if not pieces:
        raise ValueError("a take needs at least one frame")

    def pictures() -> Iterator[RGB]:
        return read(take, (index for piece in pieces for index in piece))

    cuts: list[int] = []
    at = 0
    for number, piece in enumerate(pieces):
        if number and (piece.start != pieces[number - 1].stop or piece.start in take.cuts):
            cuts.append(at)
        cuts += [at + cut - piece.start for cut in take.cuts if piece.start < cut < piece.stop]
        at += len(piece)
    sound = None
    if take.sound is not None:
        sound = splice([take.sound[take.sample(p.start) : take.sample(p.stop)] for p in pieces], take.sound_rate)
    return replace(take, length=at, pictures=pictures, cuts=tuple(cuts), sound=sound)


def read(take: Take, indices: Iterable[int]) -> Iterator[RGB]:
    """The pictures at ``indices`` in that order; going back begins the take anew."""
    run, at, rgb = take.pictures(), -1, None
    for index in indices:
        if index < at or rgb is None:
            run, at = take.pictures(), -1
        while at < index:
            rgb, at = next(run), at + 1
        assert rgb is not None
        yield rgb


def splice(pieces: Sequence[Samples], rate: int) -> Samples:
    """Sounds one after the other, (N, C); each join dips for :data:`JOIN_SECONDS`; no length is lost."""
    joined = np.concatenate(pieces) if pieces else np.zeros((0, 1), np.float32)
    half, at = round(JOIN_SECONDS * rate / 2), 0
    for piece in pieces[:-1]:
        at += len(piece)
        dip = np.abs(np.linspace(-1, 1, 2 * half, dtype=np.float32))[:, None]
        window = joined[max(0, at - half) : at + half]
        window *= dip[-len(window) :] if at < half else dip[: len(window)]
    return joined


def conform(other: Take, like: Take) -> Take:
    """``other`` in the size, rate and length of ``like``: scaled to fill, cropped at the centre, repeated if short."""

    def pictures() -> Iterator[RGB]:
        import cv2

        scale = max(like.width / other.width, like.height / other.height)
        size = max(like.width, round(other.width * scale)), max(like.height, round(other.height * scale))
        left, top = (size[0] - like.width) // 2, (size[1] - like.height) // 2
        at = (int(k * other.rate / like.rate) % other.length for k in range(like.length))
        for rgb in read(other, at):
            whole = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
            yield np.ascontiguousarray(whole[top : top + like.height, left : left + like.width])

    cuts = tuple(k for c in other.cuts if 0 < (k := round(c * like.rate / other.rate)) < like.length)
    return replace(
        other,
        rate=like.rate,
        width=like.width,
        height=like.height,
        length=like.length,
        pictures=pictures,
        cuts=cuts,
        spare=None,
    )
