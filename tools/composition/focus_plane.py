"""Focus plane: which part of the picture is sharpest, and whether focus is pulled from one part to another.

In a pull some parts get sharp while others get soft and nothing else changes: what moves, or moves into the picture,
brings another lightness to its place and does not count. Without depth it cannot tell nearer from farther; parts of
people are told from the rest where a head is found. The sharpest part is also where the finest texture lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.composition.layers import BLOCK, FEWEST, HEIGHT, focus_map, mapped
from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.sample import frame_at
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.people._looking import drawn
from evalverse.tools.people.head_tracks import looks
from evalverse.tools.people.heads import Looks
from evalverse.tools.people.subject_focus import AROUND
from evalverse.tools.picture._look import without_bars
from evalverse.tools.picture._shots import mean_over_time, medians, readings
from evalverse.tools.picture._track import within

Series = NDArray[np.float64]
Blocks = NDArray[np.bool_]

RATE = 4.0
HELD = 3
"""Looks in a row for which focus must hold before and after a pull."""
SLOWEST = 4.0
"""Seconds beyond which a change of focus is no pull."""
CHANGED, SHARE = 0.7, 0.15
"""Octaves by which the edges of a block change, and the share of the blocks that must get sharp, and get soft."""
BLURRED = 3.0
"""log2 of the width in pixels that stands for edges too soft to be found."""
SAME = 6.0
"""8-bit luma by which a block's mean may change: blur leaves it, movement does not."""
MOST, WHOLE = 0.9, 0.98
"""Shares of the change at which a pull is over (it begins at what is missing to 1), and that count as all of it."""


class Pull(NamedTuple):
    """Seconds from and to, and the blocks (rows, columns) that get soft and sharp."""

    start: float
    end: float
    soft: Blocks
    sharp: Blocks


def sharpest(widths: NDArray[np.floating]) -> tuple[float, float] | None:
    """Middle of the sharpest third of the blocks (rows, columns) that have edges: across and down, 0..1; None for few.

    Args:
        widths: width of the edges in each block, nan where there are none.
    """
    told = np.isfinite(widths)
    if told.sum() < FEWEST:
        return None
    chosen = np.argsort(widths, axis=None, kind="stable")[: told.sum() // 3]  # nan comes last
    rows, columns = np.unravel_index(chosen, widths.shape)
    return float((columns.mean() + 0.5) / widths.shape[1]), float((rows.mean() + 0.5) / widths.shape[0])


def pulls(t: Series, widths: Series, means: Series) -> list[Pull]:
    """The focus pulls of one shot, in order.

    Args:
        t: (N,) seconds.
        widths: (N, rows, columns) width of the edges in each block in pixels, nan where there are none.
        means: (N, rows, columns) mean 8-bit luma of each block.
    """
    if len(t) < 2 * HELD or widths[0].size < FEWEST:
        return []
    window = np.lib.stride_tricks.sliding_window_view
    log = np.log2(np.where(np.isfinite(widths), widths, 2**BLURRED))
    edges = window(np.isfinite(widths), HELD, axis=0)
    clear, blurred = np.asarray(edges.all(axis=-1)), np.asarray(~edges.any(axis=-1))
    width, mean = np.median(window(log, HELD, axis=0), axis=-1), window(means, HELD, axis=0).mean(axis=-1)

    def change(i: int, j: int) -> tuple[float, Blocks, Blocks]:
        """How much focus moves from look i to j, and the blocks that get soft and sharp."""
        either = clear[i] | clear[j]
        told = either & (clear[i] | blurred[i]) & (clear[j] | blurred[j]) & (np.abs(mean[j] - mean[i]) < SAME)
        octaves = np.where(told, width[j] - width[i], 0)
        softer, sharper = octaves > CHANGED, octaves < -CHANGED
        few = either.sum() < FEWEST or min(softer.sum(), sharper.sum()) < SHARE * either.sum()
        amount = min(octaves[softer].sum(), -octaves[sharper].sum())
        return 0.0 if few else float(amount), softer, sharper

    spans = [
        (i, j) for i in range(len(width)) for j in range(i + HELD, len(width)) if t[j] - t[i + HELD - 1] <= SLOWEST
    ]
    found: list[Pull] = []
    changes = {span: made for span in spans if (made := change(*span))[0] > 0}
    while changes:
        top = max(amount for amount, _, _ in changes.values())
        whole = min((s for s in changes if changes[s][0] >= WHOLE * top), key=lambda s: (s[1] - s[0], s))
        i, j = whole
        _, softer, sharper = changes[whole]
        course = slice(i, j + HELD)
        start, end = _lasts(t[course], log[course][:, softer].mean(axis=1) - log[course][:, sharper].mean(axis=1))
        found.append(Pull(start, end, softer, sharper))
        changes = {s: made for s, made in changes.items() if s[1] <= i + HELD - 1 or s[0] >= j}
    return sorted(found, key=lambda pull: pull.start)


def _lasts(t: Series, course: Series) -> tuple[float, float]:
    """When a change, a number per look that holds at both ends, has passed 10 % and 90 %."""
    first, last = course[:HELD].mean(), course[-HELD:].mean()
    passed = np.maximum.accumulate((course - first) / (last - first))
    start, end = np.interp((1 - MOST, MOST), passed, t)
    return float(start), float(end)


def on_people(shape: tuple[int, int], high: int, seconds: float, found: Looks) -> Blocks | None:
    """(rows, columns) the blocks of a picture ``high`` pixels high that show people; None where no head is found."""
    heads = min(found, key=lambda each: abs(each[0] - seconds))[1] if found else ()
    y, x = ((np.indices(shape) + 0.5) * BLOCK / high).astype(float)
    people = np.zeros(shape, bool)
    for head in heads:
        left, top, width, height = head.box
        people |= (x > left + AROUND[0] * width) & (x < left + AROUND[2] * width) & (y > top + AROUND[1] * height)
    return people if heads else None


@register
class FocusPlane(Operator):
    """Where focus lies in the picture, and when it is pulled."""

    name, version, title = "focus_plane", "1", "Plane of focus"
    needs = Needs(picture=Picture(height=HEIGHT, rate=RATE), after=("shot_cutter", "head_tracks"))
    cost = 4.0
    measures = (
        Measure(
            name="across",
            title="Sharpest part, from left to right",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition=f"Middle of the third of the picture's blocks ({BLOCK} of {HEIGHT} pixels high, those with "
            "edges) whose edges are narrowest: 0 the left, 1 the right border; median over a shot, the clip averages "
            "its shots by time. The curve shows it over time.",
            source="Zhuo and Sim 2011 (edge blur)",
        ),
        Measure(
            name="down",
            title="Sharpest part, from top to bottom",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Likewise: 0 the upper, 1 the lower border.",
            source="Zhuo and Sim 2011 (edge blur)",
        ),
        Measure(
            name="pulls",
            title="Focus pulls",
            unit="pulls",
            low=0,
            direction=Direction.NEUTRAL,
            definition=f"Times at which, within {SLOWEST:g} s of a shot, {100 * SHARE:g} % of the blocks with edges "
            f"get softer and as many sharper by {CHANGED:g} octaves or more while their lightness stays, and focus "
            f"holds for {HELD / RATE:g} s before and after. The data name start, end and direction of each.",
            source="Zhuo and Sim 2011 (edge blur)",
        ),
        Measure(
            name="pull_time",
            title="Duration of focus pulls",
            unit="s",
            low=0,
            direction=Direction.NEUTRAL,
            definition=f"Time from {100 * (1 - MOST):.0f} to {100 * MOST:.0f} % of the change of edge widths, in "
            "octaves, of the blocks that change; read at 4 looks a second; the longest of the clip.",
        ),
        Measure(
            name="to_people",
            title="Focus pulled to people",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the blocks that get sharp in a pull which show people, less that of the blocks that "
            "get soft: 1 from the surroundings to people, -1 from people to the surroundings; mean of the clip's pulls "
            "with a head in view.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._t: list[float] = []
        self._widths: list[NDArray[np.float32]] = []
        self._means: list[NDArray[np.float32]] = []
        self._high = HEIGHT

    def see(self, frame: Frame) -> None:
        import cv2

        grey = np.ascontiguousarray(frame.grey(HEIGHT))
        widths = focus_map(grey).astype(np.float32)
        rows, columns = widths.shape
        if not widths.size:
            return
        self._high = grey.shape[0]
        inside = np.zeros(grey.shape, np.float32)
        inside[without_bars(grey)] = 1
        whole, mean = (
            cv2.resize(plane[: rows * BLOCK, : columns * BLOCK], (columns, rows), interpolation=cv2.INTER_AREA)
            for plane in (inside, grey.astype(np.float32))
        )
        widths[whole < 1] = np.nan
        self._t.append(frame.seconds)
        self._widths.append(widths)
        self._means.append(np.asarray(mean, np.float32))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        places = [(t, where) for t, widths in zip(self._t, self._widths, strict=True) if (where := sharpest(widths))]
        if not places:
            yield from self.could_not_at_all("too few edges in the picture")
            return
        picture = self._shown(places[len(places) // 2][0])
        words = {"across": "The sharpest part lies at {} from left to right.", "down": "It lies at {} from the top."}
        for axis, name in enumerate(words):
            line = [(t, where[axis]) for t, where in places]
            curve, values = self.curve(name, *np.array(line).T), medians(line, scene.shots)
            sentence = words[name].format
            yield from readings(
                self, scene, name, values, mean_over_time, sentence, curve=curve, picture=picture, confidence=0.4
            )
        t, widths, means = np.array(self._t), np.stack(self._widths).astype(float), np.stack(self._means).astype(float)
        parts = [chosen for shot in scene.shots if len(chosen := within(t, shot)) >= 2 * HELD]
        if not parts:
            for name in ("pulls", "pull_time", "to_people"):
                yield self.could_not(name, f"no shot lasts for {2 * HELD / RATE:g} s")
            return
        found = [pull for part in parts for pull in pulls(t[part], widths[part], means[part])]
        yield from self._told(found, looks(scene.evidence.get("head_tracks", ()), scene.ledger), scene)

    def _told(self, found: list[Pull], heads: Looks, scene: Scene) -> Iterator[Evidence]:
        told = [(pull, _to_people(pull, self._high, heads)) for pull in found]
        rows = [
            {"start": round(pull.start, 3), "end": round(pull.end, 3), "from": _middle(pull.soft)}
            | {"to": _middle(pull.sharp), "to_people": to}
            for pull, to in told
        ]
        times = "once" if len(found) == 1 else f"{len(found)} times"
        words = f"Focus is pulled {times}." if found else "Focus is not pulled."
        picture = self._shown(found[0].start, found[0].end) if found else None
        yield self.found("pulls", len(found), words=words, confidence=0.5, picture=picture, pulls=rows)
        if not found:
            for name in ("pull_time", "to_people"):
                yield self.could_not(name, "focus is not pulled")
            return
        slowest = max(pull.end - pull.start for pull in found)
        yield self.found("pull_time", slowest, words=f"Focus takes {number(slowest)} s to move.", confidence=0.5)
        for pull in found:
            yield self.found(
                "pull_time",
                pull.end - pull.start,
                span=Span(start=pull.start, end=pull.end),
                shot=scene.shot_at(pull.start),
                words=f"Focus is pulled within {number(pull.end - pull.start)} s.",
                confidence=0.5,
                picture=self._shown(pull.start, pull.end),
            )
        towards = [to for _, to in told if to is not None]
        if towards:
            to = float(np.mean(towards))
            sentence = f"Focus moves to people by {number(to)}, on a scale from -1 (away from them) to 1."
            yield self.found("to_people", to, words=sentence, confidence=0.4)
        else:
            yield self.could_not("to_people", "no head is found during a focus pull")

    def _shown(self, *seconds: float) -> Blob:
        """Maps of focus, side by side."""

        def draw(picture: RGB) -> RGB:
            later = [frame_at(self.clip, t).rgb(picture.shape[0]) for t in seconds[1:]]
            return np.hstack([mapped(each) for each in (picture, *(each.copy() for each in later))])

        times = " and ".join(f"{number(t)} s" for t in seconds)
        return drawn(self, seconds[0], draw, f"where focus lies at {times}: green sharp, red soft")


def _middle(blocks: Blocks) -> list[float]:
    """Across and down, 0..1."""
    return [round(float(v), 3) for v in ((np.argwhere(blocks).mean(axis=0) + 0.5) / blocks.shape)[::-1]]


def _to_people(pull: Pull, high: int, heads: Looks) -> float | None:
    people = on_people(pull.soft.shape, high, (pull.start + pull.end) / 2, heads)
    return None if people is None else float(people[pull.sharp].mean() - people[pull.soft].mean())
