"""Talking heads: the stretches of face tracks whose lips can be read, and how well each fits the voice at any lag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Span
from evalverse.tools.lipsync.features import RATE, Features, mouth, steps_of
from evalverse.tools.lipsync.lag import Array, Chance, Curve, chance, products, summed
from evalverse.tools.lipsync.model import LipModel
from evalverse.tools.people.faces import FaceTrack, aligned, pose

Mask = NDArray[np.bool_]

GAP = 0.2
"""Seconds for which a lost face is bridged."""
SMALLEST = 36.0
"""Pixels of face height (hairline to chin, where it was searched) below which lips cannot be read."""
TURNED = 50.0
"""Degrees of yaw or pitch from which on half of the mouth is hidden."""
ILL_FITTING = 0.05
"""Error of the rigid landmarks, in eye distances, from which on the mesh does not lie on a face of flesh.

Real heads stay under 0.035; drawn and masked faces on which the mesh fails come out above 0.06."""
AROUND = 0.3
"""Seconds before and after speech in which lips still belong to it."""
SHORTEST = 1.0
"""Seconds of speech with a readable mouth below which a stretch is left out."""
ACTIVE = 0.12
"""Eye distances per second at which the lips open and close (RMS over half a second) when they move to speak.

Talking mouths stay above it for 95 % of the time, resting ones rarely come to 0.05."""


@dataclass(frozen=True)
class Head:
    """A stretch of one track on the common clock: T steps from step ``first`` on."""

    track: int
    shot: int
    first: int
    lips: Features
    readable: Mask
    place: float
    """Mean horizontal place in the picture, in picture heights."""

    @property
    def steps(self) -> NDArray[np.int64]:
        return self.first + np.arange(len(self.lips))

    @cached_property
    def opening(self) -> Curve:
        """(T,) mean opening of inner and outer lips, eye distances."""
        return np.asarray(self.lips[:, [0, 3]].mean(axis=1), float)

    @cached_property
    def active(self) -> Mask:
        """(T,) whether the lips move as in speech."""
        from scipy.ndimage import uniform_filter1d

        speed = np.gradient(uniform_filter1d(self.opening, 5)) * RATE if len(self.opening) > 1 else np.zeros(1)
        return np.asarray(np.sqrt(uniform_filter1d(speed**2, RATE // 2)) > ACTIVE)


def heads(tracks: Sequence[FaceTrack], height: int) -> tuple[list[Head], str]:
    """The stretches that can be read, and what is wrong with most of the others.

    Args:
        height: of the pictures in which the tracks were found, pixels.
    """
    found: list[Head] = []
    lost = {"the face is too small to read its lips": 0, "the face is turned away": 0, "no face that the mesh fits": 0}
    for number, track in enumerate(tracks):
        for part in _stretches(track):
            straight, turn, error = aligned(part.points)
            small = part.heights * height < SMALLEST
            away = np.abs(pose(turn)[:, :2]).max(axis=1) > TURNED
            ill = error > ILL_FITTING
            for reason, bad in zip(lost, (small, away, ill), strict=True):
                lost[reason] += int(bad.sum())
            steps = steps_of(part.t[0], part.t[-1])
            good = np.interp(steps / RATE, part.t, (~(small | away | ill)).astype(float)) > 0.5
            if good.sum() < SHORTEST * RATE:
                continue
            seen = mouth(straight)
            lips = np.stack([np.interp(steps / RATE, part.t, column) for column in seen.T], axis=1)
            place = float(part.centres[:, 0].mean())
            found.append(Head(number, part.shot, int(steps[0]), lips.astype(np.float32), good, place))
    worst = max(lost, key=lambda reason: lost[reason])
    return found, worst if lost[worst] else "faces are seen for moments only"


def _stretches(track: FaceTrack) -> list[FaceTrack]:
    """The parts of a track without a gap, of two pictures at least."""
    cuts = np.flatnonzero(np.diff(track.t) > GAP) + 1
    parts = zip(np.split(track.t, cuts), np.split(track.points, cuts), strict=True)
    return [FaceTrack(track.shot, t, points) for t, points in parts if len(t) > 1]


@dataclass(frozen=True)
class Voice:
    """The voice of a clip: N steps from step ``first`` on, embedded; where there is speech, and close to speech."""

    first: int
    embedded: Array
    spoken: Mask
    near: Mask


def voice_of(features: Features, first: int, spans: Sequence[Span], model: LipModel) -> Voice:
    """Embeds (N, 26) sound features, seen against the level of the speech in them."""
    at = (first + np.arange(len(features))) / RATE
    spoken, near = np.zeros(len(at), bool), np.zeros(len(at), bool)
    for span in spans:
        spoken |= (at >= span.start) & (at < span.end)
        near |= (at >= span.start - AROUND) & (at < span.end + AROUND)
    return Voice(first, model.sound(features, near), spoken, near)


@dataclass
class Fit:
    """How well one or more heads fit the voice: score per lag (2 reach + 1,), its chance level, seconds of material."""

    shot: int
    track: int
    score: Curve
    chance: Chance | None
    seconds: float
    parts: list[Part] = field(default_factory=list)

    def height(self) -> float:
        """Standard deviations of the best lag above chance."""
        return self.chance.height(float(self.score.max())) if self.chance else 0.0

    def __add__(self, other: Fit) -> Fit:
        both = self.chance + other.chance if self.chance and other.chance else None
        shot, track = (self.shot, self.track) if self.seconds >= other.seconds else (other.shot, other.track)
        parts = [*self.parts, *other.parts]
        return Fit(shot, track, self.score + other.score, both, self.seconds + other.seconds, parts)


@dataclass(frozen=True)
class Part:
    """One head against the voice: products (T, lags), where there is voice, and the weight (T,) of each step.

    ``lips_power`` (T,) and ``voice_power`` (T, lags) are the squared lengths of what was multiplied.
    """

    head: Head
    products: Array
    there: Mask
    weight: Curve
    lips_power: Curve
    voice_power: Curve

    def window(self, start: float, end: float) -> Curve | None:
        """Score per lag of what lies within [start, end) seconds; None for less than half a window of material."""
        at = self.head.steps / RATE
        weight = self.weight * ((at >= start) & (at < end))
        if weight.sum() < 0.5 * (end - start) * RATE:
            return None
        return summed(self.products, self.there, weight)


def fits(found: Sequence[Head], voice: Voice, model: LipModel, reach: int) -> list[Fit]:
    """Every track of every shot against the voice, where it speaks and the lips can be read."""
    by_track: dict[int, Fit] = {}
    power = (voice.embedded**2).sum(axis=1)
    for head in found:
        at = head.steps - voice.first
        inside = (at >= 0) & (at < len(voice.near))
        heard = np.zeros(len(at), bool)
        heard[inside] = voice.near[at[inside]]
        weight = (head.readable & heard).astype(float)
        if weight.sum() < SHORTEST * RATE:
            continue
        lips = model.mouth(head.lips, head.readable & heard) * weight[:, None].astype(np.float32)
        first = head.first - voice.first
        product, there = products(lips, voice.embedded, first, reach)
        level = chance(lips, voice.embedded, voice.near, first, weight, reach)
        lags = np.clip(first + np.arange(len(lips))[:, None] + np.arange(-reach, reach + 1), 0, len(power) - 1)
        part = Part(head, product, there, weight, (lips**2).sum(axis=1), power[lags] * there)
        fit = Fit(head.shot, head.track, summed(product, there, weight), level, weight.sum() / RATE, [part])
        by_track[head.track] = by_track[head.track] + fit if head.track in by_track else fit
    return list(by_track.values())


def speakers(found: Sequence[Fit]) -> list[Fit]:
    """Of the tracks of each shot the one whose lips fit the voice best, and any other that stands out by itself too.

    Two people who speak in turn both fit worse over the whole of their shot than one who speaks alone.
    """
    kept: list[Fit] = []
    for shot in sorted({fit.shot for fit in found}):
        here = sorted((fit for fit in found if fit.shot == shot), key=lambda fit: -fit.height())
        kept += [fit for i, fit in enumerate(here) if i == 0 or fit.height() > STANDS_OUT]
    return kept


STANDS_OUT = 4.5
"""Standard deviations above chance from which on a second track of a shot counts as a speaker."""
