"""Body tracks: whether a body is to be seen and how much of it; the joints are kept for other operators.

:func:`evalverse.tools.people.bodies.body_tracks` hands the tracks to operators that come after this one. One body is
followed at a time, the most prominent one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Picture, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._marks import dots
from evalverse.tools.people._models import SIDE, Pose, look_height
from evalverse.tools.people.bodies import ANKLES, ELBOWS, HIPS, KNEES, SHOULDERS, Joints, joined, packed, visible
from evalverse.tools.people.head_tracks import looks
from evalverse.tools.picture._look import drawn_at

FASTEST = 12.5
"""Pictures per second while a body is followed: enough for limbs, whose movement ends at about 5 Hz."""
SEARCH = 0.33
"""Seconds between pictures while none is found, or nothing of it below the shoulders."""
HEADED = 0.25
"""Share of the looks at which a head must sit on its neck before a body is believed."""
NOTHING = np.full((33, 4), np.nan, np.float32)


@register
class BodyTracks(OnPeople):
    """Runs BlazePose once for everyone."""

    name, version, title = "body_tracks", "1", "Bodies"
    needs = Needs(picture=Picture(height=SIDE, rate=FASTEST), after=("head_tracks",))
    cost = 15.0
    measures = (
        Measure(
            name="share",
            title="Time with a body",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the time for which a body with a head on its neck is followed, at least from the "
            "shoulders; bodies that never show a face are not counted.",
            source="BlazePose (Bazarevsky et al. 2020)",
        ),
        Measure(
            name="extent",
            title="How much of the body is seen",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Of shoulders, hips, knees and ankles, the share that is visible inside the frame while a body "
            "is followed: 0.25 from the shoulders up, 1 head to toe.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._pose: Pose | None = None
        self._t: list[float] = []
        self._joints: list[Joints] = []
        self._aspect = 1.0
        self._limbs = True

    def see(self, frame: Frame) -> None:
        if not self._limbs and frame.seconds - self._t[-1] < SEARCH:
            return
        self._pose = self._pose or Pose()
        joints = self._pose(frame.rgb(look_height(frame)))
        self._aspect = frame.width / frame.height
        self._limbs = joints is not None and bool(visible(joints, self._aspect)[[*ELBOWS, *HIPS, *KNEES]].any())
        self._t.append(frame.seconds)
        self._joints.append(NOTHING if joints is None else joints)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._pose is None:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        self._pose.close()
        t, joints = np.array(self._t), np.stack(self._joints)
        found = np.isfinite(joints[:, 0, 0])
        tracks = joined(t[found], joints[found], scene.shots, looks(scene.evidence["head_tracks"], scene.ledger))
        tracks = [track for track in tracks if track.agreement >= HEADED]
        parts = [track.seen(self._aspect, *SHOULDERS, *HIPS, *KNEES, *ANKLES).mean(axis=1) for track in tracks]
        y = np.zeros(len(t))
        for track, part in zip(tracks, parts, strict=True):
            y[np.isin(t, track.t)] = part
        lasts = np.diff(t, append=max(self.clip.duration, t[-1]))
        share = float(lasts[y > 0].sum() / lasts.sum()) if lasts.sum() > 0 else float((y > 0).mean())
        blob = self.ledger.put(packed(t, joints, y > 0), "application/x-npz", self._measure("share").title)
        words = f"A body with its head is followed for {number(share)} of the time, on a scale to 1."
        picture = None
        if tracks:
            longest = max(tracks, key=lambda track: len(track.t))
            middle = len(longest.t) // 2
            places = longest.joints[middle, :, :2]
            picture = drawn_at(
                self, float(longest.t[middle]), lambda shown: dots(shown, places, 3), "joints of the body"
            )
        yield self.found("share", share, words=words, curve=blob, picture=picture)
        if not parts:
            yield self.could_not("extent", "no body with a head on its neck was found")
            return
        extent = float(np.concatenate(parts).mean())
        words = f"Of shoulders, hips, knees and ankles, {number(extent)} is seen, on a scale to 1."
        yield self.found("extent", extent, words=words)
