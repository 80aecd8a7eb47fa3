"""What operators on people share: faces that can be trusted, and pictures of a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evalverse.tools.evidence import Blob
from evalverse.tools.media.frame import RGB
from evalverse.tools.media.sample import frame_at
from evalverse.tools.operator import Operator, Scene, Shot
from evalverse.tools.people._models import look_height
from evalverse.tools.people.faces import FaceTrack, face_tracks
from evalverse.tools.people.head_tracks import looks
from evalverse.tools.people.heads import agreement
from evalverse.tools.shots.shot_cutter import shots_from

FOUND = ("shot_cutter", "face_tracks", "head_tracks")
"""Operators that must come before :func:`trusted_faces`."""
AGREED = 0.4
"""Share of the looks at which a second detector must find a head before a face track is believed."""
NO_FACE = "no face was found that two detectors agree on"


def shots_of(scene: Scene) -> Sequence[Shot]:
    """The shots, also for operators that do not look at the picture themselves."""
    return scene.shots or shots_from(scene.evidence["shot_cutter"])


def trusted_faces(scene: Scene) -> list[tuple[FaceTrack, float]]:
    """Face tracks at which a second detector sees a head too, with the share of looks at which it does."""
    seen = looks(scene.evidence["head_tracks"], scene.ledger)
    found = []
    for track in face_tracks(scene.evidence["face_tracks"], scene.ledger):
        share = agreement(track, seen)
        if share is not None and share >= AGREED:
            found.append((track, share))
    return found


def why_no_face(scene: Scene) -> str:
    """Why :func:`trusted_faces` is empty: what an operator before could not do, or that nothing was found."""
    found = (*scene.evidence["face_tracks"], *scene.evidence["head_tracks"])
    return next((item.unmeasured for item in found if item.unmeasured and item.measure.endswith(".count")), NO_FACE)


def drawn(subject: Operator, seconds: float, draw: Callable[[RGB], RGB | None], caption: str) -> Blob:
    """Stores the frame on screen at ``seconds`` after ``draw`` drew on it, or gave another picture for it."""
    frame = frame_at(subject.clip, seconds)
    picture = frame.rgb(look_height(frame)).copy()
    made = draw(picture)
    return subject.ledger.put_picture(picture if made is None else made, caption)
