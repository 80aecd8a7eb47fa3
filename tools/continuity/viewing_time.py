"""Viewing time: how long each shot stands against how long it takes to see what it shows, and when it is spent.

The time that is needed is added up from what published studies give for its parts: turning to the new picture, one
look for each thing to look at, reading what is written. It is the least, for a viewer who knows nothing and misses
nothing; what a shot means, and how long a feeling takes, it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.continuity._film import HEIGHT, Film
from evalverse.tools.continuity._joins import MOMENTS, grouping
from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, Span, number
from evalverse.tools.media.sample import frames_at
from evalverse.tools.operator import Needs, Picture, Scene, Shot, register
from evalverse.tools.people.head_tracks import looks
from evalverse.tools.picture._look import picture_at
from evalverse.tools.picture._track import inside, interval, within
from evalverse.tools.picture.lettering import LINES, RATE, lines

TURN = 0.2
"""Seconds until the eyes set out for a new picture: latency of a saccade (Rayner 1998; Carpenter 1988)."""
LOOK = 0.33
"""Seconds of one look at a scene: mean fixation (Rayner 1998, table 1)."""
NEW_PLACE, KNOWN_PLACE = 2, 1
"""Looks at a picture: one at what matters in it and, where a scene begins, one at the place. Ours."""
READ = 17.0
"""Characters a second: 160 to 180 words a minute (Ofcom's code on subtitles), at six characters a word."""
MOST = 12
"""Short shots that are looked at for writing."""
LIVELY = 5.0
"""% of picture height per second of motion from which on there is an action to follow, which takes a look. Ours."""
AGO, MEMORY = 0.4, 10.0
"""Seconds: what was seen less long ago is the movement itself, what was seen longer ago is new again."""
SEEN = 1.0
"""Change, in usual steps from one frame to the next, up to which a picture has been seen before."""
FAINT = 0.01
"""Change, in standard deviations of the picture, that is no more than coding noise."""
FRESH = 0.1
"""Share of fresh pictures up to which a stretch shows nothing new."""
CONFIDENCE = 0.5
"""Ours: the sum is of published parts, but was not measured as a whole."""

Series = NDArray[np.float64]


@dataclass(frozen=True)
class Content:
    """What there is to see in one shot: looks at place and subject, further faces, an action, characters to read."""

    looks: int
    faces: int
    action: bool
    characters: int

    @property
    def seconds(self) -> float:
        """The least time in which it can be taken in."""
        return TURN + LOOK * (self.looks + self.faces + self.action) + self.characters / READ


@register
class ViewingTime(Film):
    """Time that shots stand against the time that they need."""

    name, version, title = "viewing_time", "1", "Viewing time"
    needs = Needs(picture=Picture(height=HEIGHT), after=("scenes", "head_tracks", "subject_motion", "lettering"))
    cost = 0.6
    measures = (
        Measure(
            name="tightest",
            title="Time on screen over time needed",
            unit="",
            low=0,
            direction=Direction.HIGHER,
            definition="Of the shot that has least of it, those at either end of the clip left out: its length over "
            f"{TURN} s to turn to it, {LOOK} s for each look (two where a scene begins, one within it, one at each "
            f"face but the first, one at an action) and {READ:.0f} characters of writing a second.",
            source="Rayner 1998, Psychological Bulletin 124; Ofcom, Code on Television Access Services",
        ),
        Measure(
            name="too_short",
            title="Shots shorter than what they show",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Number of shots, those at either end left out, that stand for less than the time they need.",
            source="Rayner 1998; Ofcom, Code on Television Access Services",
        ),
        Measure(
            name="spent",
            title="Time after a shot's content is spent",
            unit="s",
            low=0,
            direction=Direction.LOWER,
            definition="Longest end of a shot, beyond the time that it needs, in which at most a tenth of the "
            "pictures is fresh: further from every picture of the same shot 0.4 to 10 s ago than neighbouring frames "
            "usually are. Thumbnails of luma, equal in level and contrast.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if not scene.shots or not len(self._times):
            yield from self.could_not_at_all("the shots could not be told")
            return
        written = self._written(scene)
        contents = [self._content(scene, shot, written) for shot in scene.shots]
        rows = [
            {
                "shot": shot.index + 1,
                "stands": round(shot.span.seconds, 3),
                "needs": round(what.seconds, 3),
                "looks": what.looks,
                "faces": what.faces,
                "action": what.action,
                "characters": None if written is None else what.characters,
            }
            for shot, what in zip(scene.shots, contents, strict=True)
        ]
        yield from self._short(scene, contents, rows)
        yield from self._spent(scene, contents)

    def _short(
        self, scene: Scene, contents: list[Content], rows: list[dict[str, float | int | None]]
    ) -> Iterator[Evidence]:
        inner = list(zip(scene.shots, contents, strict=True))[1:-1]
        if not inner:
            why = "no shot stands between two cuts: the clip's own ends say nothing of a shot's length"
            yield self.could_not("tightest", why)
            yield self.could_not("too_short", why)
            return
        ratios = [shot.span.seconds / what.seconds for shot, what in inner]
        worst = int(np.argmin(ratios))
        shot, what = inner[worst]
        words = (
            f"Shot {shot.index + 1} stands for {number(shot.span.seconds)} s; to see what it shows takes "
            f"{number(what.seconds)} s."
        )
        yield self.found("tightest", ratios[worst], words=words, confidence=CONFIDENCE, shots=rows)
        short = [(ratio, one) for ratio, one in zip(ratios, inner, strict=True) if ratio < 1]
        told = f"{len(short) or 'No'} shot{' stands' if len(short) == 1 else 's stand'} for less time than needed."
        yield self.found("too_short", len(short), words=told, confidence=CONFIDENCE)
        for ratio, (shot, what) in sorted(short, key=lambda s: (s[0], s[1][0].index))[:MOMENTS]:
            words = f"It stands for {number(shot.span.seconds)} s and needs {number(what.seconds)} s."
            middle = (shot.span.start + shot.span.end) / 2
            shown = picture_at(self, middle, f"shot {shot.index + 1}")
            yield self.found(
                "tightest", ratio, span=shot.span, shot=shot, words=words, confidence=CONFIDENCE, picture=shown
            )

    def _spent(self, scene: Scene, contents: list[Content]) -> Iterator[Evidence]:
        t = self._times.t
        spent: list[tuple[float, Shot]] = []
        for shot, what in zip(scene.shots, contents, strict=True):
            mine = inside(t, scene, shot)
            idle = tail(fresh(self._luma(mine), t[mine]), t[mine]) if len(mine) else 0.0
            spent.append((max(0.0, min(idle, shot.span.seconds - what.seconds)), shot))
        worst, shot = max(spent, key=lambda s: (s[0], -s[1].index))
        words = (
            f"For its last {number(worst)} s shot {shot.index + 1} shows nothing new."
            if worst
            else "No shot goes on after the last new picture."
        )
        yield self.found("spent", worst, words=words, confidence=CONFIDENCE)
        for seconds, shot in sorted(spent, key=lambda s: (-s[0], s[1].index))[:MOMENTS]:
            if seconds >= 1:
                span = Span(start=shot.span.end - seconds, end=shot.span.end)
                yield self.found("spent", seconds, span=span, shot=shot, words="Nothing new comes any more.")

    def _content(self, scene: Scene, shot: Shot, written: dict[int, set[str]] | None) -> Content:
        found = grouping(scene)
        known = found is not None and found.scene_of[shot.index] in found.scene_of[: shot.index]
        heads = [len(h) for t, h in looks(scene.evidence.get("head_tracks", []), self.ledger) if _during(shot, t)]
        return Content(
            KNOWN_PLACE if known else NEW_PLACE,
            max(0, int(np.median(heads)) - 1) if heads else 0,
            self._motion(scene, shot) >= LIVELY,
            sum(map(len, (written or {}).get(shot.index, ()))),
        )

    def _written(self, scene: Scene) -> dict[int, set[str]] | None:
        """What is written in each shot: what ``lettering`` read on its looks, and a look of our own into the shortest
        shots that lie between these. None where nothing can read.
        """
        told = next((e for e in scene.evidence.get("lettering", ()) if "lines" in e.data), None)
        if told is None:
            return None
        found: dict[int, set[str]] = {}
        for at, text, _ in told.data["lines"]:
            found.setdefault(scene.shot_at(at).index, set()).add(text)
        brief = sorted((s for s in scene.shots if s.span.seconds < 1 / RATE and s.index not in found), key=_length)
        times = [(s.span.start + s.span.end) / 2 for s in brief[:MOST]]
        for shot, frame in zip(brief, frames_at(self.clip, times, LINES) if times else (), strict=False):
            found[shot.index] = {line.text for line in lines(frame.rgb(min(LINES, frame.height)))}
        return found

    def _motion(self, scene: Scene, shot: Shot) -> float:
        for e in scene.evidence.get("subject_motion", ()):
            if e.measure == "subject_motion.amount" and e.scope is Scope.CLIP and e.curve is not None:
                t, y = self.ledger.get_curve(e.curve)
                mine = y[within(t, shot)]
                return float(mine.mean()) if len(mine) else 0.0
        return 0.0

    def _luma(self, at: NDArray[np.intp]) -> NDArray[np.float32]:
        """(n, pixels) luma of the thumbnails, each less its mean, over its deviation."""
        luma = self.thumbs(at).astype(np.float32).mean(axis=-1).reshape(len(at), -1)
        luma -= luma.mean(axis=1, keepdims=True)
        return np.asarray(luma / (luma.std(axis=1, keepdims=True) + 2.0), np.float32)  # 2 levels are coding noise


def _length(shot: Shot) -> float:
    return shot.span.seconds


def _during(shot: Shot, seconds: float) -> bool:
    return shot.span.start <= seconds < shot.span.end


def fresh(luma: NDArray[np.float32], t: Series) -> NDArray[np.bool_]:
    """(N,) whether each picture is one that has not been seen a while ago.

    Args:
        luma: (N, pixels) the pictures of one shot, standardised.
        t: (N,) seconds.
    """
    step = interval(t)
    ago, memory = max(1, round(AGO / step)), max(2, round(MEMORY / step))
    moved = np.abs(np.diff(luma, axis=0)).mean(axis=1) if len(luma) > 1 else np.zeros(1, np.float32)
    limit = SEEN * max(float(np.median(moved)), FAINT)
    found = np.ones(len(luma), bool)
    for k in range(ago, len(luma)):
        earlier = luma[max(0, k - memory) : k - ago + 1]
        found[k] = bool(np.abs(earlier - luma[k]).mean(axis=1).min() > limit)
    return found


def tail(fresh: NDArray[np.bool_], t: Series) -> float:
    """Seconds of the longest end in which at most the share ``FRESH`` of the pictures is fresh."""
    share = np.cumsum(fresh[::-1]) / np.arange(1, len(fresh) + 1)
    long = np.flatnonzero(share <= FRESH)
    return float(t[-1] - t[-1 - long[-1]]) + interval(t) if len(long) else 0.0
