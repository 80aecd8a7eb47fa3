"""Bodies as numbers: the joints that are followed, tracks of one body across a shot, and how large the person is.

Joints are the 33 of BlazePose (Bazarevsky et al. 2020), in picture heights, x to the right, y down, z away from the
viewer (the network's own estimate), with the visibility that the network gives them. It follows one body at a time and
finds one in flames, cars and insects too: a body counts only where a head was found on its neck.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.operator import Shot
from evalverse.tools.people.heads import Looks

Joints = NDArray[np.float32]
"""(33, 4) x, y, z, visibility."""
Series = NDArray[np.float64]

NOSE = 0
SHOULDERS, ELBOWS, WRISTS = (11, 12), (13, 14), (15, 16)
HIPS, KNEES, ANKLES, HEELS, TOES = (23, 24), (25, 26), (27, 28), (29, 30), (31, 32)

SEEN = 0.65
"""Visibility from which on a joint counts as seen."""
PATIENCE = 0.6
"""Seconds for which a track waits for a body that was lost."""
LEAP = 1.5
"""Shoulder widths (0.23 of the stature) by which a body may move between two pictures and still be the same one."""
SHORTEST = 0.4
"""Seconds below which a track is not used."""
STATURE_BY_BOX = 10.1
"""Stature as a multiple of a head's box: 7.5 heads of crown to chin."""


@dataclass(frozen=True)
class BodyTrack:
    """One body through one shot: ``t`` (N,) seconds, ``joints`` (N, 33, 4) as :data:`Joints`.

    ``agreement`` is the share of looks at which a head was found where the body has its own, ``stature`` the person's
    height in picture heights that the head's size tells; None where no head was found.
    """

    shot: int
    t: Series
    joints: NDArray[np.float32]
    agreement: float
    stature: float | None

    def at(self, *joints: int) -> Series:
        """(N, len(joints), 2) places in picture heights."""
        return self.joints[:, list(joints), :2].astype(float)

    def seen(self, aspect: float, *joints: int) -> NDArray[np.bool_]:
        """(N, len(joints)) whether they are visible and inside a picture ``aspect`` times as wide as high."""
        return visible(self.joints[:, list(joints)], aspect)


def visible(joints: NDArray[np.float32], aspect: float) -> NDArray[np.bool_]:
    """(...) whether joints (..., 4) are visible and inside a picture ``aspect`` times as wide as high."""
    inside = (joints[..., 0] > 0) & (joints[..., 0] < aspect) & (joints[..., 1] > 0) & (joints[..., 1] < 1)
    return np.asarray(inside & (joints[..., 3] > SEEN))


def joined(t: Series, joints: NDArray[np.float32], shots: Sequence[Shot], looks: Looks = ()) -> list[BodyTrack]:
    """Tracks of the body found at ``t`` (N,) with ``joints`` (N, 33, 4), cut where the picture or the body jumps."""
    if len(t) == 0:
        return []
    chest = joints[:, SHOULDERS, :2].mean(axis=1)
    width = np.linalg.norm(joints[:, SHOULDERS[0], :3] - joints[:, SHOULDERS[1], :3], axis=1)
    leaps = np.linalg.norm(np.diff(chest, axis=0), axis=1) > LEAP * np.maximum(width[1:], width[:-1])
    shot_of = np.array([_shot(shots, seconds) for seconds in t])
    breaks = np.flatnonzero(leaps | (np.diff(t) > PATIENCE) | (np.diff(shot_of) != 0)) + 1
    found = []
    for part in np.split(np.arange(len(t)), breaks):
        if shot_of[part[0]] >= 0 and np.ptp(t[part]) >= SHORTEST:
            share, stature = _headed(t[part], joints[part], looks)
            found.append(BodyTrack(int(shot_of[part[0]]), t[part], joints[part], share, stature))
    return found


def packed(t: Series, joints: NDArray[np.float32], followed: NDArray[np.bool_]) -> bytes:
    """What was found, as bytes for the ledger; also the curve (``t``, ``y``) of when a body is followed."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, t=t, y=followed.astype(np.float32), joints=joints)
    return buffer.getvalue()


def body_tracks(evidence: Iterable[Evidence], ledger: Ledger, shots: Sequence[Shot], looks: Looks) -> list[BodyTrack]:
    """The tracks that the operator ``body_tracks`` left among its ``evidence``; none if it could not measure."""
    for item in evidence:
        if item.measure == "body_tracks.share" and item.curve is not None:
            with np.load(io.BytesIO(ledger.get(item.curve))) as stored:
                t, joints = stored["t"], stored["joints"]
            found = np.isfinite(joints[:, NOSE, 0])
            return joined(t[found], joints[found], shots, looks)
    return []


def _headed(t: Series, joints: NDArray[np.float32], looks: Looks) -> tuple[float, float | None]:
    """At how many of the looks a head sits on the body's neck, and the stature after its size."""
    hits, sizes = [], []
    for seconds, heads in looks:
        at = int(np.abs(t - seconds).argmin())
        if abs(t[at] - seconds) > 0.1:
            continue
        nose = joints[at, NOSE, :2]
        on = [head for head in heads if np.all(np.abs(nose - head.centre) < 0.7 * np.array(head.box[2:]))]
        hits.append(bool(on))
        sizes += [head.size for head in on[:1]]
    share = float(np.mean(hits)) if hits else 0.0
    return share, STATURE_BY_BOX * float(np.median(sizes)) if sizes else None


def _shot(shots: Sequence[Shot], seconds: float) -> int:
    return next((shot.index for shot in shots if shot.span.start <= seconds < shot.span.end), -1)
