"""Face tracks: how many faces are to be seen, for how long and how large; the landmarks are kept for other operators.

:func:`evalverse.tools.people.faces.face_tracks` hands the tracks to operators that come after this one. A clip without
a found face is not a clip without faces: small, turned-away, masked and drawn faces are missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Picture, Scene, register
from evalverse.tools.people._marks import dots
from evalverse.tools.people._mesh import Mesh
from evalverse.tools.people._models import lacks, warm
from evalverse.tools.people.faces import Linker, packed
from evalverse.tools.picture._look import drawn_at

SIDE = 480
"""Pixels of the shorter side of the picture that is searched."""
FASTEST = 31.0
"""Pictures per second: enough for lips, whose movement ends at about 10 Hz."""


class Settings(OperatorSettings):
    """How many faces at once."""

    faces: int = 4


def analysis_height(width: int, height: int) -> int:
    """Height at which the shorter side is ``SIDE`` (never enlarged)."""
    return min(height, max(SIDE, round(SIDE * height / width)))


@register
class FaceTracks(Operator):
    """Runs the face mesh once for everyone, and joins its faces to tracks within shots."""

    name, version, title = "face_tracks", "1", "Faces"
    needs = Needs(picture=Picture(height=SIDE))
    Settings = Settings
    cost = 12.0
    measures = (
        Measure(
            name="count",
            title="Faces at once",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest number of tracked faces in one picture. A track lasts 0.25 s at least, within a shot.",
            source="MediaPipe face mesh (Kartynnik et al. 2019)",
        ),
        Measure(
            name="share",
            title="Time with a face",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the pictures in which a tracked face is found.",
        ),
        Measure(
            name="largest",
            title="Largest face",
            unit="picture heights",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Median over time of hairline to chin, of the largest tracked face.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        warm()
        self._mesh: Mesh | None = None
        self._linker = Linker()
        self._times: list[float] = []

    @classmethod
    def lacks(cls) -> str | None:
        return lacks()

    def see(self, frame: Frame) -> None:
        if self._times and frame.seconds - self._times[-1] < 1 / FASTEST - 1e-6:
            return
        if self._mesh is None:
            self._mesh = Mesh(self.settings.faces)
        self._times.append(frame.seconds)
        self._linker.see(frame.seconds, self._mesh(frame.rgb(analysis_height(frame.width, frame.height))))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._mesh is None:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        self._mesh.close()
        t = np.array(self._times)
        tracks = self._linker.tracks(scene.shots)
        count = np.zeros(len(t))
        for track in tracks:
            count += np.isin(t, track.t)
        share = float((count > 0).mean())
        blob = self.ledger.put(packed(tracks, t, count), "application/x-npz", self._measure("count").title)
        words = "No face is found." if not tracks else f"At most {number(count.max())} at once."
        picture = None
        if tracks:
            at = float(t[count.argmax()])
            marks = np.concatenate([track.points[track.t == at][:, :, :2].reshape(-1, 2) for track in tracks])
            picture = drawn_at(self, at, lambda shown: dots(shown, marks), "landmarks of the faces found")
        yield self.found("count", count.max(), words=words, curve=blob, picture=picture, tracks=len(tracks))
        yield self.found("share", share, words=f"A face is found for {number(share)} of the time, on a scale to 1.")
        if not tracks:
            yield self.could_not("largest", "no face is found")
            return
        largest = max(float(np.median(track.heights)) for track in tracks)
        yield self.found("largest", largest, words=f"The largest face is {number(largest)} of the picture's height.")
