"""Scenes: which shots belong together, and which of them come back to the same set-up (A-B-A).

Shots are told apart by their colours and layout and by how the sound goes on, without any learned weights. Two places
in one light look alike to it, and one place in two lights does not: it groups what a viewer would group at a glance,
not by the story.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from evalverse.tools.continuity._compare import levelled
from evalverse.tools.continuity._film import HEIGHT, Film
from evalverse.tools.continuity._grouping import letters, scene_starts, setups
from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.likeness._series import Vectors
from evalverse.tools.likeness.picture_similarity import descriptor
from evalverse.tools.operator import Needs, Picture, Scene, register
from evalverse.tools.picture._track import inside

RATE = 6
KEYS = 5
"""Pictures by which a shot is known."""
PLACE = (1.0, 2.0, 3.0)
"""What colour layout, edges and palette count for being of one place."""
LINK = 0.47
"""Likeness from which on two shots are of one place. Of pairs of unrelated real clips 5 % are this alike; of crops of
one and the same clip, taken at different times and sizes, 85 % are."""
SOUND_GOES_ON, AMBIENCE = 6.0, 0.06
"""dB of change in the sound's spectrum below which it counts as going on, and what that adds to the likeness."""
SAME = 0.85
"""Likeness from which on two views, made equal in light and tint, are one set-up. Moments of real locked-off clips are
0.91 alike or more, 99 % of pairs of unrelated clips 0.54 or less."""
CONFIDENCE = 0.7
"""Ours: a grouping by looks alone."""


def likenesses(keys: list[Vectors]) -> Vectors:
    """(S, S) cosine of the two most alike pictures of every two shots; keys hold (K, D) unit vectors each."""
    return np.array([[float((a @ b.T).max()) for b in keys] for a in keys], np.float32)


@register
class Scenes(Film):
    """Groups shots into scenes and set-ups."""

    name, version, title = "scenes", "1", "Scenes and set-ups"
    needs = Needs(picture=Picture(height=HEIGHT, rate=RATE), after=("sound_over_cuts",))
    cost = 0.4
    measures = (
        Measure(
            name="count",
            title="Scenes",
            unit="",
            low=1,
            direction=Direction.NEUTRAL,
            definition="Runs of shots between which no likeness of palette, edges and colour layout reaches "
            f"{LINK} (cosine) across up to five shots; sound that goes on over a cut counts in favour.",
            source="overlapping links: Hanjalic, Lagendijk and Biemond 1999; Yeung and Yeo 1998",
        ),
        Measure(
            name="setups",
            title="Set-ups",
            unit="",
            low=1,
            direction=Direction.NEUTRAL,
            definition=f"Number of different views: shots of a scene that are {SAME} alike or more, made "
            "equal in light and tint, are one set-up.",
        ),
        Measure(
            name="returning",
            title="Shots that come back to a set-up",
            unit="%",
            low=0,
            high=100,
            direction=Direction.NEUTRAL,
            definition="Share of the shots that show a set-up which an earlier shot, other than the one just before, "
            "has shown.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._times.t
        if len(scene.shots) < 2:
            yield from self.could_not_at_all("the clip has a single shot")
            return
        chosen = [inside(t, scene, shot) for shot in scene.shots]
        chosen = [
            mine if len(mine) else np.array([_nearest(t, shot.span.start)])
            for mine, shot in zip(chosen, scene.shots, strict=True)
        ]
        keys = [mine[np.unique(np.linspace(0, len(mine) - 1, KEYS).round().astype(int))] for mine in chosen]
        area, thumbs = self._strip.picture_area(), self._strip.thumbs()
        seen = [[np.ascontiguousarray(thumbs[i][area]) for i in mine] for mine in keys]
        place = likenesses([np.stack([descriptor(p, PLACE) for p in shown]) for shown in seen])
        view = likenesses([np.stack([descriptor(levelled(p)) for p in shown]) for shown in seen])
        place = np.maximum(place, np.where(view >= SAME, view, -1))
        for k in _sound_goes_on(scene):
            place[k - 1, k] = place[k, k - 1] = place[k, k - 1] + AMBIENCE
        starts = scene_starts(place, LINK)
        firsts = [first for first, _ in starts]
        scene_of = np.searchsorted(firsts, np.arange(len(keys)), side="right") - 1
        setup_of = setups(view, scene_of, SAME)
        confidence = round(CONFIDENCE * (0.5 + 0.5 * min((clear for _, clear in starts), default=1.0)), 3)
        yield self.found(
            "count",
            len(starts),
            words="All shots look like one scene."
            if len(starts) == 1
            else f"The shots look like {len(starts)} scenes.",
            confidence=confidence,
            scenes=[
                {
                    "index": n,
                    "first": first,
                    "last": end - 1,
                    "start": scene.shots[first].span.start,
                    "end": scene.shots[end - 1].span.end,
                }
                for n, (first, end) in enumerate(pairwise([*firsts, len(keys)]))
            ],
            scene_of=scene_of.tolist(),
            setups=setup_of,
            letters=[letters(n) for n in setup_of],
        )
        yield self.found(
            "setups",
            len(set(setup_of)),
            words=f"The clip shows {len(set(setup_of))} views: {'-'.join(letters(n) for n in setup_of[:40])}.",
            confidence=confidence,
        )
        back = [n in setup_of[: k - 1] and setup_of[k - 1] != n for k, n in enumerate(setup_of) if k]
        share = 100 * sum(back) / len(setup_of)
        words = f"{number(share)} % of the shots come back to an earlier set-up."
        yield self.found("returning", share, words=words, confidence=confidence)


def _nearest(t: np.ndarray[Any, np.dtype[np.float64]], seconds: float) -> int:
    return int(np.abs(t - seconds).argmin())


def _sound_goes_on(scene: Scene) -> list[int]:
    """Shots at whose beginning the sound goes on as before."""
    for item in scene.evidence.get("sound_over_cuts", ()):
        if item.measure == "sound_over_cuts.ambience_step" and "joins" in item.data:
            return [row["new"] - 1 for row in item.data["joins"] if row["value"] < SOUND_GOES_ON]
    return []
