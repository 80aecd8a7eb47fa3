"""Rhythm: how long the shots are, how the cutting speeds up and slows down, and whether motion and sound go along.

It counts; whether a rhythm suits the story it cannot know. Trends and correlations over a handful of shots are weak,
and their confidence says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.continuity._joins import MOMENTS
from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, number
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Scene, Shot, Wishes, register
from evalverse.tools.shots.shot_cutter import shots_from

Series = NDArray[np.float64]

GLIMPSE = 0.5
"""Seconds: the gist of a picture is seen in a fifth of that, but is lost again when the next follows too soon."""
LEAST, PLENTY = 5, 20
"""Shots below which no trend is told, and from which on it is fully trusted."""
OCTAVE = 1.0
"""log2 ratio of motion from which on two shots are of different liveliness."""
STILL = 0.2
"""% of picture height per second of motion that stands for stillness."""
PACES = {
    ("action", "thriller", "trailer", "music video", "chase"): (1.5, 4.0),
    ("drama", "romance", "romantic", "comedy"): (5.0, 7.0),
}
ANY = (3.0, 6.0)
"""Seconds of average shot length: of features of the 1990s at large after Bordwell 2002; the ranges of genres are an
assumption of ours. They say what is usual, not what is right."""


class RhythmSettings(OperatorSettings):
    """What the shots are compared with."""

    genre: str | None = None


def usual(genre: str) -> tuple[float, float]:
    """Seconds between which average shot lengths of a genre mostly lie."""
    low = genre.lower()
    return next((pace for names, pace in PACES.items() if any(name in low for name in names)), ANY)


def tempo(starts: Sequence[float], seconds: float, width: float) -> tuple[Series, Series]:
    """(t, cuts per minute) of cuts at ``starts`` seconds, spread by a Gaussian of ``width`` seconds.

    What would lie outside the clip is put back by dividing by the part of the kernel that lies inside.
    """
    from scipy.special import ndtr

    t = np.linspace(0, seconds, int(np.clip(seconds * 10, 20, 2000)))
    away = (t[:, None] - np.asarray(starts)[None]) / width
    rate = np.exp(-(away**2) / 2).sum(axis=1) / (width * np.sqrt(2 * np.pi))
    inside = ndtr((seconds - t) / width) - ndtr(-t / width)
    return t, 60 * rate / np.maximum(inside, 1e-6)


def rank_correlation(a: Series, b: Series) -> float | None:
    """Spearman's rho of (N,) values; None when either does not vary."""
    from scipy.stats import rankdata

    x, y = rankdata(a), rankdata(b)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


@register
class Rhythm(Operator):
    """Lengths of shots, tempo of cutting, and what goes along with it."""

    name, version, title = "rhythm", "1", "Rhythm of cutting"
    needs = Needs(after=("shot_cutter", "subject_motion", "loudness"))
    Settings = RhythmSettings
    cost = 0.1
    measures = (
        Measure(
            name="mean_length",
            title="Average shot length",
            unit="s",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Length of the clip over its number of shots. The data hold all lengths.",
            source="Salt 1974, Statistical style analysis of motion pictures",
        ),
        Measure(
            name="tempo",
            title="Fastest cutting",
            unit="cuts/min",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Highest rate of cuts, each spread by a Gaussian of twice the median shot length.",
        ),
        Measure(
            name="genre_distance",
            title="Distance from the genre's usual pace",
            unit="octaves",
            direction=Direction.NEUTRAL,
            definition="log2 of the average shot length over the nearer end of what is taken for usual in features of "
            "the genre (1.5 to 4 s for action, 5 to 7 s for drama and comedy, else 3 to 6 s); 0 within, negative when "
            "cut faster. The ranges of genres are an assumption, and a short clip is not a feature.",
            source="3 to 6 s: Bordwell 2002, Intensified Continuity, Film Quarterly 55(3); the others: ours",
        ),
        Measure(
            name="variation",
            title="Variation of shot lengths",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Standard deviation of the shot lengths over their mean; 0 is a metronome.",
        ),
        Measure(
            name="glimpses",
            title="Shots too short to take in",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition=f"Number of shots shorter than {GLIMPSE} s, without those at either end of the clip.",
            source="Potter 1976: a picture is understood at a tenth of a second, remembered at half a second",
        ),
        Measure(
            name="acceleration",
            title="Quickening of the cutting",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Spearman's rank correlation of the order of the shots with their shortness: 1 when every shot "
            "is shorter than the one before.",
        ),
        Measure(
            name="motion_with_tempo",
            title="Motion along with the cutting",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Spearman's rank correlation of shots' shortness with the motion in them, see subject_motion.",
        ),
        Measure(
            name="loudness_with_tempo",
            title="Loudness along with the cutting",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Spearman's rank correlation of shots' shortness with their momentary loudness, see loudness.",
        ),
        Measure(
            name="alternation",
            title="Alternation of still and moving shots",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Share of cuts between shots of which one holds at least twice as much motion as the other.",
        ),
    )

    @classmethod
    def tune(cls, wishes: Wishes) -> OperatorSettings | None:
        return RhythmSettings(genre=wishes.genre) if wishes.genre else None

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        shots = shots_from(scene.evidence.get("shot_cutter", []))
        if len(shots) < 2:
            why = "the clip has a single shot" if shots else "the shots could not be told"
            yield from self.could_not_at_all(why)
            return
        lengths = np.array([shot.span.seconds for shot in shots])
        yield from self._lengths(shots, lengths)
        few = f"{len(shots)} shots are too few; {LEAST} are needed"
        trust = round(min(1.0, len(shots) / PLENTY), 3)
        order = rank_correlation(np.arange(len(shots)).astype(float), -lengths)
        if len(shots) < LEAST or order is None:
            yield self.could_not("acceleration", few if len(shots) < LEAST else "all shots are equally long")
        else:
            way = "shorter" if order > 0 else "longer"
            words = f"Shots get {way} as the clip goes on (rank correlation {number(order)})."
            yield self.found("acceleration", order, words=words, confidence=trust)
        motion = self._over(scene, shots, "subject_motion.amount")
        loud = self._over(scene, shots, "loudness.momentary_max")
        for measure, along, what in (
            ("motion_with_tempo", motion, "motion"),
            ("loudness_with_tempo", loud, "loudness"),
        ):
            rho = None if along is None or len(shots) < LEAST else rank_correlation(along, -lengths)
            if rho is None:
                why = f"the {what} could not be measured in every shot" if along is None else few
                yield self.could_not(measure, why if along is None or len(shots) < LEAST else "nothing varies")
                continue
            words = f"Shorter shots and {what} go together with a rank correlation of {number(rho)}."
            yield self.found(measure, rho, words=words, confidence=trust)
        yield self._alternation(motion)

    def _lengths(self, shots: Sequence[Shot], lengths: Series) -> Iterator[Evidence]:
        mean, seconds = float(lengths.mean()), shots[-1].span.end
        yield self.found(
            "mean_length",
            mean,
            words=f"On average a shot lasts {number(mean)} s.",
            lengths=lengths.round(3).tolist(),
            shortest=round(float(lengths.min()), 3),
            longest=round(float(lengths.max()), 3),
        )
        t, rate = tempo([s.span.start for s in shots[1:]], seconds, 2 * float(np.median(lengths)))
        fastest = f"At its fastest, the clip cuts {number(float(rate.max()))} times a minute."
        yield self.found("tempo", rate.max(), words=fastest, curve=self.curve("tempo", t, rate))
        genre = self.settings.genre
        if genre is None:
            yield self.could_not("genre_distance", "the brief names no genre")
        else:
            low, high = usual(genre)
            off = float(np.log2(mean / low) if mean < low else np.log2(mean / high) if mean > high else 0.0)
            pace = (
                "at the usual pace" if off == 0 else f"{number(abs(off))} octaves {'faster' if off < 0 else 'slower'}"
            )
            yield self.found(
                "genre_distance",
                off,
                words=f"Cut {pace} for the genre.",
                confidence=0.3,
                usual=[low, high],
                genre=genre,
            )
        variation = float(lengths.std() / mean)
        words = f"Shot lengths vary by {number(variation)} of their mean."
        yield self.found("variation", variation, words=words, confidence=round(min(1.0, len(shots) / PLENTY), 3))
        short = [shot for shot in shots[1:-1] if shot.span.seconds < GLIMPSE]
        words = (
            "No shot is too short to take in."
            if not short
            else f"{len(short)} shot{' passes' if len(short) == 1 else 's pass'} in under half a second."
        )
        yield self.found("glimpses", len(short), words=words)
        for shot in sorted(short, key=lambda s: s.span.seconds)[:MOMENTS]:
            lasts = f"Shot {shot.index + 1} lasts {number(shot.span.seconds)} s."
            yield self.found("glimpses", 1, span=shot.span, shot=shot, words=lasts, seconds=round(shot.span.seconds, 3))

    def _over(self, scene: Scene, shots: Sequence[Shot], measure: str) -> Series | None:
        """(S,) mean of another operator's curve over every shot; None when a shot has none of it."""
        for item in scene.evidence.get(measure.split(".")[0], ()):
            if item.measure == measure and item.scope is Scope.CLIP and item.curve is not None:
                t, y = self.ledger.get_curve(item.curve)
                inside = [y[(t >= s.span.start) & (t < s.span.end)] for s in shots]
                return np.array([float(v.mean()) for v in inside]) if all(map(len, inside)) else None
        return None

    def _alternation(self, motion: Series | None) -> Evidence:
        if motion is None or len(motion) < 3:
            why = "the motion could not be measured in every shot" if motion is None else "two shots make no pattern"
            return self.could_not("alternation", why)
        lively = np.log2(np.maximum(motion, STILL))
        share = 100 * float(np.mean([abs(b - a) >= OCTAVE for a, b in pairwise(lively.tolist())]))
        words = f"{number(share)} % of the cuts lead from a calmer to a livelier shot or back."
        return self.found("alternation", share, words=words, confidence=round(min(1.0, len(motion) / PLENTY), 3))
