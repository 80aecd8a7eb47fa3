"""Flicker: brightness or colour that jumps and comes back from one frame to the next, everywhere or in places.

Read from how the same things change from frame to frame with motion taken out (:mod:`evalverse.tools.change`). A step
or a slow change is not flicker. Fire, water and lightning flicker by nature, and grain flickers in small places.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.change import change, typical
from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.light import lab
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, Shot, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import readings, worst
from evalverse.tools.picture._track import Series, Track, interval, smooth, steps

LIGHT_SLACK, COLOUR_SLACK = 0.02, 0.5
FEWEST = 6
"""Frames of a shot below which flicker cannot be told."""
STOP = 100 * np.log(2)
"""Per cent of light per stop, for small changes."""
SHOWS = {"luma_flicker": 1.0, "chroma_flicker": 1.0}
"""From which on a second of the clip is pointed at."""
TOO_SHORT = "no shot is long enough to see flicker"
MOMENTS = 3


def there_and_back(changes: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far each frame jumps and comes back.

    Args:
        changes: (N, K) from each frame to the next; K components of one quantity.

    Returns:
        (N,): at i, the smaller of the changes i and i + 1 where they oppose each other, along the first; else 0.
    """
    one, other = changes[:-1], changes[1:]
    along = -(one * other).sum(-1)
    length = np.maximum(np.linalg.norm(one, axis=-1), np.linalg.norm(other, axis=-1))
    back = np.where(along > 0, along / np.maximum(length, 1e-9), 0.0)
    return np.concatenate([back, [0.0]])


def rate_of(changes: Series, seconds: float) -> float:
    """Strongest frequency, in Hz, of the running sum of ``changes`` (N,) above 2 Hz; 0 when there is none."""
    if len(changes) < FEWEST:
        return 0.0
    line = np.cumsum(changes)
    power = np.abs(np.fft.rfft((line - line.mean()) * np.hanning(len(line)))) ** 2
    hertz = np.fft.rfftfreq(len(line), seconds)
    power[hertz < 2] = 0
    return float(hertz[power.argmax()]) if power.any() else 0.0


@register
class Flicker(Operator):
    """Flicker of brightness, of colour, and in places."""

    name, version, title = "flicker", "1", "Flicker"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT))
    cost = 1.5
    measures = (
        Measure(
            name="luma_flicker",
            title="Flicker of brightness",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="RMS over a shot of how far the luminance of the whole picture jumps and comes back from frame "
            "to frame (the smaller of two opposite changes of the same, motion-compensated blocks). The clip takes "
            "its worst shot.",
        ),
        Measure(
            name="chroma_flicker",
            title="Flicker of colour",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="As luma_flicker, for a*b* of CIE L*a*b* in its own units.",
            source="colour space: CIE 1976 L*a*b*",
        ),
        Measure(
            name="local_flicker",
            title="Flicker in places",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="As luma_flicker, for single blocks (a twelfth of the frame's height) after the change of the "
            "whole picture is taken out: mean over the worst tenth of the blocks, RMS over the shot.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._steps = Track("stops", "a", "b")
        self._second: list[NDArray[np.float32]] = []
        self._places: list[tuple[float, NDArray[np.float32]]] = []

    def see(self, frame: Frame) -> None:
        changed = change(frame)
        if changed is None:
            self._steps.add(frame.seconds, 0, 0, 0)
            return
        stops, _ = typical(changed.stops, changed, LIGHT_SLACK)
        colour, _ = typical((lab(changed.after) - lab(changed.before))[..., 1:], changed, COLOUR_SLACK)
        self._steps.add(frame.seconds, stops[0], *colour)
        if self._second and int(frame.seconds) != int(frame.seconds - changed.seconds):
            self._close(int(frame.seconds) - 1)
        self._second.append(np.where(changed.trusted, changed.stops - stops[0], np.nan).ravel())

    def _close(self, second: int) -> None:
        """Keeps, of the second that has passed, how much each block flickers, and forgets its frames."""
        found = in_places(np.stack(self._second))
        if found is not None:
            self._places.append((second + 0.5, found))
        self._second = self._second[-1:]

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        t = self._steps.t
        if len(t) < FEWEST:
            yield from self.could_not_at_all("too few frames to see flicker")
            return
        self._close(int(t[-1]))
        light = self._steps["stops"][:, None]
        colour = np.stack([self._steps["a"], self._steps["b"]], -1)
        told = [(shot, chosen) for shot in scene.shots if len(chosen := steps(t, scene, shot)) >= FEWEST]
        for measure, changes, scale, words in (
            ("luma_flicker", light, STOP, "The brightness of the whole picture flickers by {} % from frame to frame."),
            ("chroma_flicker", colour, 1.0, "The colour of the whole picture flickers by {} units of Lab."),
        ):
            back = np.zeros_like(t)
            for _, chosen in told:
                back[chosen] = scale * there_and_back(changes[chosen])
            values = [(shot, float(np.sqrt(np.mean(back[chosen] ** 2)))) for shot, chosen in told]
            data: dict[str, Any] = {}
            if values:
                shot = max(values, key=lambda v: v[1])[0]
                chosen = next(c for s, c in told if s is shot)
                data = {"hertz": round(rate_of(changes[chosen].sum(-1), interval(t[chosen])), 1)}
            if values and measure == "luma_flicker":
                peak = int(back.argmax())
                before, now = float(t[max(0, peak - 1)]), float(t[peak])
                data["picture"] = pair_at(self, before, now, f"the greatest jump of brightness, at {number(now)} s")
            yield from readings(
                self, scene, measure, values, worst, words.format, TOO_SHORT, self.curve(measure, t, back), **data
            )
            yield from self._moments(scene, measure, t, back, words)
        yield from self._local(scene)

    def _moments(self, scene: Scene, measure: str, t: Series, back: Series, words: str) -> Iterator[Evidence]:
        """The worst seconds."""
        level = np.sqrt(smooth(back**2, t, 1.0))
        for _ in range(MOMENTS):
            peak = int(level.argmax())
            size = float(level[peak])
            if size < SHOWS[measure]:
                return
            shot = scene.shot_at(float(t[peak]))
            start, end = max(t[peak] - 0.5, shot.span.start), min(t[peak] + 0.5, shot.span.end)
            span = Span(start=start, end=max(end, start))
            yield self.found(measure, size, span=span, shot=shot, words=words.format(number(size)))
            level[np.abs(t - t[peak]) <= 1] = 0

    def _local(self, scene: Scene) -> Iterator[Evidence]:
        values: list[tuple[Shot, float]] = []
        for shot in scene.shots:
            seconds = [found for t, found in self._places if shot.span.start <= t - 0.4 and t + 0.4 <= shot.span.end]
            value = worst_tenth(np.stack(seconds)) if seconds else None
            if value is not None:
                values.append((shot, value))
        yield from readings(
            self,
            scene,
            "local_flicker",
            values,
            worst,
            lambda n: f"In the places that flicker most, brightness jumps by {n} % from frame to frame.",
            TOO_SHORT,
        )


def in_places(changes: NDArray[np.floating]) -> NDArray[np.float32] | None:
    """How much each of K blocks flickers, in % of its light, from (N, K) changes in stops; nan where not followed.

    The median over time: motion passes through a place, flicker stays. None for fewer than :data:`FEWEST` changes.
    """
    if len(changes) < FEWEST:
        return None
    opposed = np.minimum(np.abs(changes[:-1]), np.abs(changes[1:])) * (changes[:-1] * changes[1:] < 0)
    lost = np.isnan(changes[:-1] + changes[1:])
    opposed[lost] = np.nan
    found = np.full(changes.shape[1], np.nan, np.float32)
    followed = lost.mean(0) < 0.5
    found[followed] = STOP * np.nanmedian(opposed[:, followed], axis=0)
    return found


def worst_tenth(seconds: NDArray[np.floating]) -> float | None:
    """Of K blocks over S seconds (S, K), the mean of the worst tenth of those that could be followed; None if none."""
    followed = np.isfinite(seconds)
    known = followed.any(0)
    if not known.any():
        return None
    blocks = np.sort(np.where(followed, seconds, 0).sum(0)[known] / followed.sum(0)[known])
    return float(blocks[-max(1, len(blocks) // 10) :].mean())
