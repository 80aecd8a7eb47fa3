"""Hand shape: fingers counted in the picture, and bones whose length wavers.

The network always draws five fingers, so they are counted in the picture: along arcs across the outstretched fingers,
skin and background take turns. Fingers that touch cannot be told from one that is missing; one too many can.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Picture, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import drawn
from evalverse.tools.people._models import Hands, heads
from evalverse.tools.people.hands import Hand
from evalverse.tools.people.heads import Head

Series = NDArray[np.float64]

SIDE = 480
"""Pixels of the shorter side of the picture that is searched for hands."""
RATE, SEARCH = 6.0, 0.66
"""Looks per second while a hand is seen, and seconds between looks while none is."""
WRIST, MIDDLE = 0, 9
FINGERS = ((5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
BONES = [
    (a, b) for root in (1, 5, 9, 13, 17) for a, b in ((root, root + 1), (root + 1, root + 2), (root + 2, root + 3))
]
PALM = ((0, 5), (0, 17), (5, 17))
SURE = 0.8
SMALLEST = 24
"""Pixels from wrist to middle knuckle below which a hand is not read."""
BY_HEAD = (0.25, 1.3)
"""Length of a palm over the head's box beside it, least and most: ears and hair are taken for hands else."""
STRAIGHT, SPREAD = 0.93, 6.0
"""Length of a finger in a line over that along its joints, and degrees between neighbours seen from the wrist."""
ARCS = (0.35, 0.5, 0.65)
"""Where the fingers are counted: between middle joint and tip."""
BEYOND = (14.0, 22.0)
"""Degrees by which the arcs go on past the first and the last finger."""
SLIVER = 2.0
"""Degrees below which a change of skin and background is noise."""
FEWEST = 3
"""Looks that a reading needs."""
PROPER = 4


def fingers(picture: RGB, marks: Series) -> int | None:
    """Fingers beside the thumb of an open hand with ``marks`` (21, 2) in pixels of a picture (H, W, 3).

    None unless four or more are spread out, and as many on three arcs.
    """
    from_wrist = marks - marks[WRIST]
    reach = np.linalg.norm(from_wrist, axis=1)
    for root, joint, last, tip in FINGERS:
        along = sum(np.linalg.norm(marks[b] - marks[a]) for a, b in ((root, joint), (joint, last), (last, tip)))
        if np.linalg.norm(marks[tip] - marks[root]) < STRAIGHT * along or reach[tip] < 1.1 * reach[joint]:
            return None
    angles = np.unwrap(np.arctan2(from_wrist[[f[3] for f in FINGERS], 1], from_wrist[[f[3] for f in FINGERS], 0]))
    sense = np.sign(angles[-1] - angles[0])
    angles = angles * sense
    if np.diff(angles).min() < np.radians(SPREAD):
        return None
    counts = set()
    across = np.linspace(angles[0] - np.radians(BEYOND[0]), angles[-1] + np.radians(BEYOND[1]), 160)
    for arc in ARCS:
        radius = np.interp(across, angles, [reach[f[1]] * (1 - arc) + reach[f[3]] * arc for f in FINGERS])
        x = marks[WRIST, 0] + radius * np.cos(across * sense)
        y = marks[WRIST, 1] + radius * np.sin(across * sense)
        if x.min() < 0 or y.min() < 0 or x.max() >= picture.shape[1] or y.max() >= picture.shape[0]:
            return None
        counts.add(_stretches(_skin(picture, marks, x, y), np.degrees(across[1] - across[0])))
    found = counts.pop()
    return found if not counts and found >= PROPER else None


def _skin(picture: RGB, marks: Series, x: Series, y: Series) -> NDArray[np.bool_]:
    """(N,) whether the pixels at ``x``, ``y`` have the colour of the palm."""
    import cv2

    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    palm = np.array([marks[WRIST] * (1 - u) + marks[f[0]] * u for f in FINGERS for u in (0.5, 0.7, 0.9)])
    rows = np.clip(palm, 0, [picture.shape[1] - 1, picture.shape[0] - 1]).astype(int)
    colours = lab[rows[:, 1], rows[:, 0]]
    middle = np.median(colours, axis=0)
    room = 1.3 * np.maximum(3 * np.median(np.abs(colours - middle), axis=0), [12, 6, 6])
    return np.asarray((np.abs(lab[y.astype(int), x.astype(int)] - middle) <= room).all(axis=1))


def _stretches(flags: NDArray[np.bool_], step: float) -> int:
    """Number of stretches of True, without slivers of either kind; ``step`` in degrees."""
    from scipy.ndimage import binary_closing, binary_opening

    kernel = np.ones(max(1, round(SLIVER / step)), bool)
    padded = np.pad(flags, len(kernel))
    clean = binary_opening(binary_closing(padded, kernel), kernel)
    return int((np.diff(clean.astype(np.int8)) == 1).sum())


def bones(hand: Hand) -> Series:
    """(15,) lengths of the fingers' bones, over the size of the palm."""
    marks = hand.marks.astype(float)
    palm = np.mean([np.linalg.norm(marks[a] - marks[b]) for a, b in PALM])
    return np.asarray(np.array([np.linalg.norm(marks[a] - marks[b]) for a, b in BONES]) / max(palm, 1e-9))


def waver(rows: Series) -> float:
    """How much bone lengths (N, 15) vary over time: interquartile range over median, median over bones."""
    low, middle, high = np.percentile(rows, [25, 50, 75], axis=0)
    return float(np.median((high - low) / np.maximum(middle, 1e-6)))


def plausible(hand: Hand, found: tuple[Head, ...]) -> bool:
    """Whether it can be a hand, going by its size and place beside the heads in the picture."""
    if hand.score < SURE:
        return False
    palm = float(np.linalg.norm(hand.marks[WRIST, :2] - hand.marks[MIDDLE, :2]))
    middle = hand.marks[:, :2].mean(axis=0)
    for head in found:
        left, top, width, height = head.whole
        if left - 0.2 * width < middle[0] < left + 1.2 * width and top < middle[1] < top + height:
            return False
    return not found or any(BY_HEAD[0] * head.size < palm < BY_HEAD[1] * head.size for head in found)


@register
class HandShape(OnPeople):
    """Fingers and bones of the hands that are large enough."""

    name, version, title = "hand_shape", "1", "Hands"
    needs = Needs(picture=Picture(height=SIDE, rate=RATE))
    cost = 5.0
    measures = (
        Measure(
            name="share",
            title="Time with a readable hand",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the time in which a hand is found that is 24 pixels or more from wrist to knuckles at "
            "480 lines, and whose size and place suit the heads in the picture.",
            source="MediaPipe Hands (Zhang et al. 2020)",
        ),
        Measure(
            name="fingers",
            title="Fingers beside the thumb",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Stretches of skin along arcs across an open hand, median over the looks at which three arcs "
            "agree on four or more; 4 is right. Fewer are not told from fingers that touch.",
        ),
        Measure(
            name="bone_waver",
            title="Fingers that change their length",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Interquartile range over median of the lengths of the fingers' bones over time, as a share of "
            "the palm, median over bones; the network's own error is about 0.25.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._hands: Hands | None = None
        self._t: list[float] = []
        self._seen: list[bool] = []
        self._bones: list[Series] = []
        self._counts: list[tuple[float, int]] = []

    def see(self, frame: Frame) -> None:
        if self._t and not self._seen[-1] and frame.seconds - self._t[-1] < SEARCH:
            return
        self._hands = self._hands or Hands()
        picture = frame.rgb(min(frame.height, max(SIDE, round(SIDE * frame.height / frame.width))))
        found = [hand for hand in self._hands(picture) if plausible(hand, heads(frame))]
        large = [
            hand
            for hand in found
            if np.linalg.norm(hand.marks[WRIST, :2] - hand.marks[MIDDLE, :2]) * picture.shape[0] >= SMALLEST
        ]
        self._t.append(frame.seconds)
        self._seen.append(bool(large))
        for hand in large:
            self._bones.append(bones(hand))
            count = fingers(picture, hand.marks[:, :2].astype(float) * picture.shape[0])
            if count is not None:
                self._counts.append((frame.seconds, count))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._hands is None:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        self._hands.close()
        lasts = np.diff(self._t, append=max(self.clip.duration, self._t[-1] + 1e-3))
        share = float(lasts[np.array(self._seen)].sum() / lasts.sum())
        words = f"A hand can be read for {number(share)} of the time, on a scale to one."
        curve = self.curve("share", np.array(self._t), np.array(self._seen, np.float64))
        yield self.found("share", share, words=words, curve=curve)
        if len(self._bones) < FEWEST:
            yield self.could_not("fingers", "no hand is large enough for long enough")
            yield self.could_not("bone_waver", "no hand is large enough for long enough")
            return
        value = waver(np.stack(self._bones))
        words = f"The lengths of the fingers' bones vary by {number(value)} of themselves."
        yield self.found("bone_waver", value, words=words, confidence=0.3, looks=len(self._bones))
        if len(self._counts) < FEWEST:
            yield self.could_not("fingers", "no open hand with spread fingers is seen for long enough")
            return
        count = float(np.median([n for _, n in self._counts]))
        words = f"Fingers counted beside the thumb of an open hand: {number(count)}."
        yield self.found("fingers", count, words=words, confidence=0.5, looks=len(self._counts))
        if count > PROPER:
            at = next(t for t, n in self._counts if n > PROPER)
            yield self.found(
                "fingers",
                count,
                span=Span(start=at, end=at),
                shot=scene.shot_at(at),
                words=words,
                confidence=0.5,
                picture=drawn(self, at, lambda picture: None, "the hand"),
            )
