"""Head tracks: how often a person's head is to be seen, told by another detector than the face mesh's own.

:func:`looks` hands the heads to operators that come after this one. Heads from behind and drawn heads are missed.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import LOOKS, OnPeople
from evalverse.tools.people._marks import boxes
from evalverse.tools.people._models import heads
from evalverse.tools.people.faces import face_tracks
from evalverse.tools.people.heads import Head, Looks, agreement, joined
from evalverse.tools.picture._look import drawn_at


def packed(looks: Looks, count: np.ndarray[Any, np.dtype[np.float64]]) -> bytes:
    """The heads as bytes for the ledger; also the curve (``t``, ``y``) of how many there are."""
    found = [head for _, heads in looks for head in heads]
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        t=np.array([seconds for seconds, _ in looks], np.float64),
        y=count.astype(np.float32),
        lengths=np.array([len(heads) for _, heads in looks], np.int64),
        boxes=np.array([head.box for head in found], np.float32).reshape(-1, 4),
        marks=np.array([head.marks for head in found], np.float32).reshape(-1, 6, 2),
        scores=np.array([head.score for head in found], np.float32),
    )
    return buffer.getvalue()


def looks(evidence: Iterable[Evidence], ledger: Ledger) -> Looks:
    """What the operator ``head_tracks`` left among its ``evidence``; nothing if it could not measure."""
    for item in evidence:
        if item.measure == "head_tracks.count" and item.curve is not None:
            with np.load(io.BytesIO(ledger.get(item.curve))) as stored:
                rows = zip(stored["boxes"].tolist(), stored["marks"], stored["scores"].tolist(), strict=True)
                found = [Head((b[0], b[1], b[2], b[3]), marks, score) for b, marks, score in rows]
                ends = np.cumsum(stored["lengths"])
                spans = zip(stored["t"].tolist(), (ends - stored["lengths"]).tolist(), ends.tolist(), strict=True)
            return [(t, found[a:b]) for t, a, b in spans]
    return []


@register
class HeadTracks(OnPeople):
    """Finds heads a few times a second, and tells which faces of the mesh can be believed."""

    name, version, title = "head_tracks", "1", "Heads"
    needs = Needs(picture=LOOKS, after=("face_tracks",))
    cost = 2.0
    measures = (
        Measure(
            name="count",
            title="Heads at once",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Largest number of heads in one look, four looks a second. A head counts when it is found in "
            "two looks of a shot at least, once surely.",
            source="BlazeFace, full range (Bazarevsky et al. 2019)",
        ),
        Measure(
            name="share",
            title="Time with a head",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the looks in which a head that counts is found; heads from behind are missed.",
        ),
        Measure(
            name="agreement",
            title="Faces confirmed",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the looks at which a head is found in the place of the face that the mesh follows, "
            "over all face tracks. Low: what the mesh follows is drawn, distorted, an animal or no face at all.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []

    def see(self, frame: Frame) -> None:
        self._looks.append((frame.seconds, heads(frame)))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if not self._looks:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        believed = {head for track in joined(self._looks, scene.shots) for head in track.heads}
        count = np.array([sum(head in believed for head in found) for _, found in self._looks], np.float64)
        blob = self.ledger.put(packed(self._looks, count), "application/x-npz", self._measure("count").title)
        words = "No head is found." if not believed else f"At most {number(count.max())} at once."
        picture = None
        if believed:
            seconds, found = self._looks[int(count.argmax())]
            picture = drawn_at(self, seconds, lambda shown: boxes(shown, believed & set(found)), "the heads found")
        yield self.found("count", count.max(), words=words, curve=blob, picture=picture)
        share = float((count > 0).mean())
        yield self.found("share", share, words=f"A head is found for {number(share)} of the time, on a scale to 1.")
        faces = face_tracks(scene.evidence["face_tracks"], scene.ledger)
        shares = [(agreed, len(face.t)) for face in faces if (agreed := agreement(face, self._looks)) is not None]
        if not shares:
            yield self.could_not("agreement", "no face was followed")
            return
        agreed = float(np.average([a for a, _ in shares], weights=[n for _, n in shares]))
        words = f"A second detector finds a head in {number(agreed)} of the looks at a followed face, on a scale to 1."
        yield self.found("agreement", agreed, words=words)
