"""Track survival: whether things that were there are still there a moment later.

Corners are followed for 0.4 s and must still look like themselves; independently, ORB features of the first frame
are looked for in the last and must fit one motion of the whole picture. Occlusion, motion blur, fire and water lose
corners in real film too, so a low share is a hint; objects that dissolve lose nearly all of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.image._pairs import FAST, textured, within_shots
from evalverse.tools.media.frame import Frame, Grey
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import mean_over_time, readings
from evalverse.tools.picture._track import Track

HEIGHT = 180
STEP, REACH = 0.1, 0.4
"""Seconds between followed frames, and over which a corner must survive."""
CORNERS, QUALITY, APART = 150, 0.02, 7
"""Corners per anchor at most, their least quality (of the best), and pixels between them."""
FEWEST = 20
"""Corners below which an anchor is not judged."""
RETURN = 1.0
"""Pixels by which a corner, followed forwards and back, may miss its origin."""
ALIKE = 0.7
"""Normalised correlation of a corner's surroundings before and after."""
PATCH = 11
FEATURES = 300
MOVED = 3.0
"""Pixels by which an ORB match may miss the motion of the whole picture."""
POINTED = 10.0
"""% below which the worst moment is shown."""
NO_CORNERS = "no shot shows texture, slow enough to be followed, for 0.4 s"

Points = NDArray[np.float32]


def corners(grey: Grey) -> Points:
    """(N, 2) places x, y worth following."""
    import cv2

    found = cv2.goodFeaturesToTrack(grey, CORNERS, QUALITY, APART, mask=textured(grey).astype(np.uint8))
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found[:, 0], np.float32)


def followed(one: Grey, other: Grey, points: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Where ``points`` (N, 2) went (N, 2), and which of them (N,) come back when they are followed the other way."""
    import cv2

    window = {"winSize": (15, 15), "maxLevel": 3}
    there, ahead, _ = cv2.calcOpticalFlowPyrLK(one, other, points, None, **window)  # type: ignore[call-overload]
    back, behind, _ = cv2.calcOpticalFlowPyrLK(other, one, there, None, **window)  # type: ignore[call-overload]
    near = np.linalg.norm(back - points, axis=1) < RETURN
    return np.asarray(there, np.float32), np.asarray(near & (ahead[:, 0] > 0) & (behind[:, 0] > 0))


def alike(one: Grey, other: Grey, before: Points, after: Points) -> NDArray[np.bool_]:
    """Which corners (N,) still look like themselves: normalised correlation of their surroundings."""
    first, last = _patches(one, before), _patches(other, after)
    spread = first.std(1) * last.std(1)
    return np.asarray((first * last).mean(1) > ALIKE * np.maximum(spread, 1e-3))


def _patches(grey: Grey, points: Points) -> NDArray[np.float32]:
    """(N, PATCH squared) surroundings of ``points``, their mean taken out."""
    import cv2

    reach = np.arange(PATCH, dtype=np.float32) - PATCH // 2
    y, x = np.meshgrid(reach, reach, indexing="ij")
    across = (points[:, :1] + x.ravel()).astype(np.float32)
    down = (points[:, 1:] + y.ravel()).astype(np.float32)
    found = cv2.remap(grey.astype(np.float32), across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found - found.mean(1, keepdims=True), np.float32)


def recognised(one: Grey, other: Grey, fewest: int = FEWEST) -> float | None:
    """% of the ORB features of one picture that are found in the other and agree on its motion; None if few."""
    import cv2

    orb = cv2.ORB_create(FEATURES, fastThreshold=10)  # type: ignore[attr-defined]
    (places, known), (others, seen) = orb.detectAndCompute(one, None), orb.detectAndCompute(other, None)
    if len(places) < fewest:
        return None
    if len(others) < 4:
        return 0.0
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(known, seen)
    if len(matches) < 4:
        return 0.0
    here = np.array([places[m.queryIdx].pt for m in matches], np.float32)
    there = np.array([others[m.trainIdx].pt for m in matches], np.float32)
    cv2.setRNGSeed(0)
    _, agree = cv2.estimateAffine2D(here, there, ransacReprojThreshold=MOVED)
    return 0.0 if agree is None else 100 * float(agree.sum()) / len(places)


class Anchor:
    """Corners of one frame on their way through the next ones."""

    def __init__(self, seconds: float, grey: Grey) -> None:
        self.seconds, self.grey = seconds, grey
        self.origin = corners(grey)
        self.now = self.origin
        self.alive = np.ones(len(self.origin), bool)
        self.gone = np.zeros(len(self.origin), bool)
        """Left the picture: nobody's fault."""
        self.speeds: list[float] = []
        """Pixels per second of the typical corner that could be followed, step by step."""

    def step(self, before: Grey, after: Grey, seconds: float) -> None:
        if not len(self.origin):
            return
        there, kept = followed(before, after, self.now)
        height, width = after.shape
        if kept.any():
            self.speeds.append(float(np.median(np.linalg.norm(there - self.now, axis=1)[kept])) / seconds)
        edge = PATCH // 2
        x, y = there[:, 0], there[:, 1]
        out = (x < edge) | (y < edge) | (x >= width - edge) | (y >= height - edge)
        self.gone |= self.alive & out
        self.alive &= kept & ~out
        self.now = there

    @property
    def counted(self) -> int:
        """Corners that did not leave the picture."""
        return len(self.origin) - int(self.gone.sum())

    def fast(self, height: int) -> bool:
        """Whether the typical corner moves too fast for its loss to mean anything."""
        return len(self.speeds) > 0 and bool(np.median(self.speeds) > FAST * height)

    def survival(self, after: Grey) -> float:
        """% of the counted corners that survive; at least one must be counted."""
        same = alike(self.grey, after, self.origin, self.now)
        return 100 * float((self.alive & same).sum()) / self.counted


@register
class TrackSurvival(Operator):
    """Share of corners, and of ORB features, that persist for 0.4 s."""

    name, version, title = "track_survival", "1", "Survival of features"
    needs = Needs(picture=Picture(height=HEIGHT))
    cost = 5.0
    measures = (
        Measure(
            name="survival",
            title="Features that survive",
            unit="%",
            low=0,
            high=100,
            direction=Direction.HIGHER,
            definition=f"Of up to {CORNERS} corners (180 lines), the share that can be followed over {REACH} s in "
            f"steps of {STEP} s, there and back within a pixel, and whose surroundings still correlate by {ALIKE}; "
            "corners that leave the picture aside, and moments when the typical corner that is followed moves "
            f"faster than {FAST} frame heights per second. Mean over a shot, averaged over time.",
            source="Shi and Tomasi 1994; Lucas and Kanade 1981; Kalal et al. 2010, Forward-backward error",
        ),
        Measure(
            name="recognised",
            title="Features found again",
            unit="%",
            low=0,
            high=100,
            direction=Direction.HIGHER,
            definition=f"Share of the ORB features of a frame (180 lines, {FEATURES} at most) that are matched "
            f"{REACH} s later and agree with one affine motion within {MOVED:g} pixels. Mean over a shot, averaged "
            "over time. Parallax and several things that move lower it without any fault.",
            source="Rublee et al. 2011, ORB; Fischler and Bolles 1981, RANSAC",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._last: tuple[float, Grey] | None = None
        self._anchor: Anchor | None = None
        self._survival, self._recognised = Track("start", "share"), Track("start", "share")

    def see(self, frame: Frame) -> None:
        now = frame.seconds
        if self._last is not None and now < self._last[0] + STEP - 1e-4:
            return
        grey = frame.grey(HEIGHT)
        if self._last is not None and now - self._last[0] > 3 * STEP:
            self._anchor = None  # a gap in the clip
        anchor = self._anchor
        if anchor is not None and self._last is not None:
            anchor.step(self._last[1], grey, now - self._last[0])
            if now >= anchor.seconds + REACH - 1e-4:
                self._close(anchor, now, grey)
                anchor = None
        self._anchor = anchor or Anchor(now, grey)
        self._last = (now, grey)

    def _close(self, anchor: Anchor, now: float, grey: Grey) -> None:
        if anchor.counted < FEWEST or anchor.fast(grey.shape[0]):
            return
        self._survival.add(now, anchor.seconds, anchor.survival(grey))
        again = recognised(anchor.grey, grey)
        if again is not None:
            self._recognised.add(now, anchor.seconds, again)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        yield from self._told(scene, "survival", self._survival, "{} % of the picture's features survive 0.4 s.")
        yield from self._told(
            scene, "recognised", self._recognised, "{} % of the picture's features are found again 0.4 s later."
        )

    def _told(self, scene: Scene, measure: str, track: Track, words: str) -> Iterator[Evidence]:
        t, start, share = track.t, track["start"], track["share"]
        told = within_shots(start, t, scene)
        if not told:
            yield self.could_not(measure, NO_CORNERS)
            return
        kept = np.concatenate([chosen for _, chosen in told])
        values = [(shot, float(share[chosen].mean())) for shot, chosen in told]
        curve = self.curve(measure, t[kept], share[kept])
        yield from readings(self, scene, measure, values, mean_over_time, words.format, curve=curve)
        low = int(kept[share[kept].argmin()])
        if measure == "survival" and share[low] < POINTED:
            yield self.found(
                measure,
                share[low],
                span=Span(start=start[low], end=t[low]),
                shot=scene.shot_at(t[low]),
                words=f"Here only {number(share[low])} % of the features survive.",
                confidence=0.5,
                picture=pair_at(self, start[low], t[low], "before and after"),
            )
