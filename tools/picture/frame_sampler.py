"""Frame sampler: the pictures that people and judges look at. It shows, it does not judge.

A contact sheet of the whole clip, one frame of every shot (a crisp one near its middle), and the moments of strongest
motion. The exact time of each picture is in its data as ``seconds``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, Span, number
from evalverse.tools.features import FLOW_HEIGHT
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.sample import contact_sheet, frames_at, uniform
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Picture, Scene, Shot, register
from evalverse.tools.picture._track import Track, inside, within

THUMBNAIL = 180
MIDDLE = 0.6
"""Share of a shot, around its middle, from which its frame is taken."""


class SamplerSettings(OperatorSettings):
    """How many pictures are taken."""

    sheet: int = 12
    """Frames on the contact sheet."""
    shots: int = 60
    """Shots shown; spread evenly where there are more."""
    peaks: int = 4
    """Moments of strongest motion."""


@register
class FrameSampler(Operator):
    """Contact sheet, a frame per shot, and frames at peaks of motion."""

    name, version, title = "frame_sampler", "1", "Frames to look at"
    needs = Needs(picture=Picture(height=FLOW_HEIGHT, rate=8), after=("subject_motion",))
    Settings = SamplerSettings
    cost = 1.0
    measures = (
        Measure(
            name="frames_shown",
            title="Frames shown",
            unit="frames",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Number of frames taken out of the clip to look at. The pictures are the point of it.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._detail = Track("detail")

    def see(self, frame: Frame) -> None:
        import cv2

        detail = cv2.Laplacian(frame.grey(FLOW_HEIGHT), cv2.CV_16S)
        self._detail.add(frame.seconds, float(np.abs(detail).mean()))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if len(self._detail) == 0:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        spread = sorted(dict.fromkeys(self._nearest(t) for t in uniform(self.clip, self.settings.sheet)))
        shots = [scene.shots[i] for i in _evenly(len(scene.shots), self.settings.shots)]
        of_shots = [(shot, self._best(scene, shot)) for shot in shots]
        peaks = self._peaks(scene)
        times = [*spread, *(t for _, t in of_shots), *peaks]
        pictures = dict(zip(times, frames_at(self.clip, times, THUMBNAIL), strict=True))
        # the decoder's own times: a peak may fall between frames
        exact = {t: picture.seconds for t, picture in pictures.items()}
        count = len(set(exact.values()))
        captions = [f"{number(exact[t])} s" for t in spread]
        sheet = contact_sheet([pictures[t] for t in spread], 4, captions, THUMBNAIL)
        yield self.found(
            "frames_shown",
            count,
            words=f"{count} frames of the clip to look at.",
            picture=self.ledger.put_picture(sheet, "the clip at a glance"),
            seconds=[round(exact[t], 4) for t in spread],
        )
        for shot, t in of_shots:
            shown = self.ledger.put_picture(pictures[t].rgb(THUMBNAIL), f"shot {shot.index + 1}")
            words = f"The shot at {number(exact[t])} s."
            yield self.found("frames_shown", 1, shot=shot, words=words, picture=shown, seconds=round(exact[t], 4))
        for t in peaks:
            shown = self.ledger.put_picture(pictures[t].rgb(THUMBNAIL), "strong motion")
            yield self.found(
                "frames_shown",
                1,
                span=Span(start=exact[t], end=exact[t]),
                shot=scene.shot_at(exact[t]),
                words=f"Strong motion at {number(exact[t])} s.",
                picture=shown,
                seconds=round(exact[t], 4),
            )

    def _nearest(self, seconds: float) -> float:
        t = self._detail.t
        return float(t[np.abs(t - seconds).argmin()])

    def _best(self, scene: Scene, shot: Shot) -> float:
        """The time of a crisp frame near the middle of ``shot``."""
        t, detail = self._detail.t, self._detail["detail"]
        middle = (shot.span.start + shot.span.end) / 2
        chosen = inside(t, scene, shot)
        chosen = chosen if len(chosen) else within(t, shot)
        central = chosen[np.abs(t[chosen] - middle) <= MIDDLE / 2 * shot.span.seconds]
        if len(central) == 0:
            return self._nearest(middle)
        return float(t[central[detail[central].argmax()]])

    def _peaks(self, scene: Scene) -> list[float]:
        """Times of the strongest motion, told by ``subject_motion``."""
        for item in scene.evidence.get("subject_motion", ()):
            if item.measure == "subject_motion.amount" and item.scope == Scope.CLIP:
                return [float(p["seconds"]) for p in item.data.get("peaks", ())][: self.settings.peaks]
        return []


def _evenly(count: int, most: int) -> list[int]:
    """At most ``most`` of the indices below ``count``, spread evenly."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, most))})
