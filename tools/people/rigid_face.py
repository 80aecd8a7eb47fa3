"""Rigid face: whether a face is a picture that is only carried about, with not a muscle moving, while the head moves.

A face is held against itself a third of a second earlier, shift, turn and scale taken out. Even a calm face that moves
does not match: it turns in depth, its lids and lips settle, and the grain of the picture is new.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Picture, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import why_no_face
from evalverse.tools.people._models import SIDE as STILL
from evalverse.tools.people._models import heads
from evalverse.tools.people.heads import RATE, Head, believed
from evalverse.tools.picture._look import pair_at
from evalverse.tools.picture._shots import PerShot, readings

LINES = 480
PACE = 12.5
"""Faces per second that are held against an earlier one."""
APART = 0.32
"""Seconds between the two: long enough for a lip to move, short enough for a faint head to be cut out alike."""
CROP, WIDER = 128, 1.3
"""Pixels of the square about a head, and its side in sides of the head's box."""
SMALLEST = 40
"""Pixels of a head's box below which its detail is too coarse."""
MOVED = 0.008
"""Head boxes by which a face must have moved between the two: at rest a face may well match itself."""
CELL = 4
FINE, COARSE = 1.0, 6.0
"""Pixels of the square: detail is what lies between these blurs."""
RIGID = 7.0
"""% of change below which a moment is pointed at: of 14 people who talk none comes below 8.4."""
JUMP = 0.5
"""Head boxes by which the largest head may move between two looks and still be the same."""


class Change(NamedTuple):
    """How far a face differs from its earlier self in % of its detail, and how far it moved, in head boxes."""

    detail: float
    moved: float


class Crop(NamedTuple):
    """A head cut out at ``t`` seconds, by the look at ``look`` seconds; ``grey`` (128, 128) uint8."""

    t: float
    look: float
    grey: NDArray[np.uint8]


_AT = (np.arange(0, CROP, CELL) + CELL / 2) / CROP - 0.5


def _inner() -> NDArray[np.bool_]:
    """(32, 32) eyes, nose and mouth, without hair and outline."""
    x, y = np.meshgrid(_AT, _AT)
    return np.asarray((x / 0.27) ** 2 + ((y - 0.05) / 0.33) ** 2 < 1)


INNER = _inner()


def change(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Change:
    """Two squares (128, 128) about a head against each other, the affine movement of the face taken out."""
    import cv2

    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # type: ignore[attr-defined]
    flow = np.asarray(dis.calc(before, after, None))
    cells = np.asarray(cv2.resize(flow, INNER.shape, interpolation=cv2.INTER_AREA), float)[INNER]
    x, y = np.meshgrid(_AT, _AT)
    places = np.column_stack([x[INNER], y[INNER], np.ones(len(cells))])
    carried = _robust(places, cells)
    across, down = np.meshgrid(np.arange(CROP) / CROP - 0.5, np.arange(CROP) / CROP - 0.5)
    shift = np.stack([across, down, np.ones_like(across)], axis=-1) @ carried
    there = (np.stack(np.meshgrid(np.arange(CROP), np.arange(CROP)), axis=-1) + shift).astype(np.float32)
    back = cv2.remap(after, there[..., 0], there[..., 1], cv2.INTER_CUBIC)
    inside = np.repeat(np.repeat(INNER, CELL, axis=0), CELL, axis=1)
    old, new = _detail(before)[inside], _detail(np.asarray(back, np.uint8))[inside]
    moved = float(np.linalg.norm(places @ carried, axis=1).mean()) / CROP * WIDER
    return Change(100 * float(np.abs(new - old).mean() / max(np.abs(old).mean(), 1e-3)), moved)


def lasting(read: Sequence[tuple[float, Change]]) -> list[tuple[float, Change]]:
    """Medians of three changes in a row, by the seconds of the middle one: a match by chance does not last."""
    found = []
    for (t0, a), (t, b), (t1, c) in zip(read, read[1:], read[2:], strict=False):
        if t1 - t0 < 4 / PACE:
            three = (a, b, c)
            found.append((t, Change(median(each.detail for each in three), median(each.moved for each in three))))
    return found


def _robust(places: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 2) the affine movement that most of the ``vectors`` (K, 2) at ``places`` (K, 3) follow: Cauchy weights."""
    weight = np.ones(len(vectors))
    found: NDArray[np.float64] = np.zeros((3, 2))
    for _ in range(5):
        root = np.sqrt(weight)[:, None]
        found = np.asarray(np.linalg.lstsq(places * root, vectors * root, rcond=None)[0], np.float64)
        error = np.linalg.norm(vectors - places @ found, axis=1)
        weight = 1 / (1 + (error / (2 * (np.median(error) + 0.02))) ** 2)
    return found


def _detail(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    import cv2

    levels = grey.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), FINE) - cv2.GaussianBlur(levels, (0, 0), COARSE), np.float32)


@register
class RigidFace(OnPeople):
    """How little a face changes while its head moves."""

    name, version, title = "rigid_face", "2", "Rigid face"
    needs = Needs(picture=Picture(height=LINES), after=("head_tracks", "face_tracks"))
    cost = 3.0
    measures = (
        Measure(
            name="least_change",
            title="Least change of a moving face",
            unit="%",
            low=0,
            direction=Direction.HIGHER,
            definition=f"The largest face against itself {APART} s earlier, its affine movement taken out: mean "
            f"difference of the detail about eyes, nose and mouth in % of that detail, where the face has moved by "
            f"{100 * MOVED:g} % of the head's box or more; medians of three in a row, the least of a shot; the clip "
            "takes its worst shot. A mask that is carried along reads about 5.",
            source="Flow: Kroeger et al. 2016; the measure is ours",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._head: Head | None = None
        self._ticks = [-1, -1]
        self._crops: deque[Crop] = deque(maxlen=round(2 * APART * PACE))
        self._read: list[tuple[float, float, Change]] = []

    def see(self, frame: Frame) -> None:
        if self._due(0, RATE, frame):
            self._look(frame)
        if self._head is None or not self._due(1, PACE, frame):
            return
        now = Crop(frame.seconds, self._looks[-1][0], self._cut_out(frame, self._head))
        then = min(self._crops, key=lambda crop: abs(now.t - crop.t - APART), default=None)
        if then is not None and abs(now.t - then.t - APART) < 0.5 / PACE:
            self._read.append((now.t, then.look, change(then.grey, now.grey)))
        self._crops.append(now)

    def _due(self, which: int, rate: float, frame: Frame) -> bool:
        """Whether a new tick of ``rate`` has begun: that of looks is the scheduler's, so that heads are found once."""
        tick = int(frame.time * round(rate * 1000) // 1000)
        began = tick != self._ticks[which]
        self._ticks[which] = tick
        return began

    def _look(self, frame: Frame) -> None:
        found = heads(frame)
        self._looks.append((frame.seconds, found))
        largest = max(found, key=lambda head: head.size, default=None)
        if largest is not None and largest.size * min(LINES, frame.height) < SMALLEST:
            largest = None
        before, self._head = self._head, largest
        if before is None or largest is None or _apart(before, largest) > JUMP:
            self._crops.clear()

    def _cut_out(self, frame: Frame, head: Head) -> NDArray[np.uint8]:
        import cv2

        picture = cv2.cvtColor(frame.rgb(LINES), cv2.COLOR_RGB2GRAY)
        scale = CROP / (WIDER * max(head.box[2:]) * picture.shape[0])
        x, y = (place * picture.shape[0] for place in head.centre)
        matrix = np.array([[scale, 0, CROP / 2 - x * scale], [0, scale, CROP / 2 - y * scale]])
        return np.asarray(cv2.warpAffine(picture, matrix, (CROP, CROP), flags=cv2.INTER_AREA), np.uint8)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        sure = believed(self._looks, scene.shots)
        seen = [(t, read) for t, look, read in self._read if look in sure]
        held = lasting(seen)
        line = [(t, read.detail) for t, read in held if read.moved >= MOVED]
        values = [
            (shot, min(within))
            for shot in scene.shots
            if (within := [y for t, y in line if shot.span.start + APART <= t < shot.span.end])
        ]
        absent = "the face does not move" if held else self._nothing_read(scene)
        words = "While the head moves, the face changes by {} % of its detail at least within a third of a second."
        yield from readings(
            self,
            scene,
            "least_change",
            values,
            _least,
            words.format,
            absent,
            self.curve("least_change", *np.array(line).T) if line else None,
        )
        if values and _least(values) < RIGID:
            at, least = min(line, key=lambda each: each[1])
            yield self.found(
                "least_change",
                least,
                span=Span(start=at - APART, end=at),
                shot=scene.shot_at(at),
                words=f"The face is carried along like a mask: it changes by {number(least)} % of its detail.",
                picture=pair_at(self, at - APART, at, f"{number(at - APART)} s beside {number(at)} s", STILL),
            )

    def _nothing_read(self, scene: Scene) -> str:
        if self._read or self._crops:
            return f"no face is seen for {2 * APART:g} s at {PACE:g} pictures a second or more"
        return "no face is large enough" if any(found for _, found in self._looks) else why_no_face(scene)


def _least(values: PerShot) -> float:
    return min(value for _, value in values)


def _apart(a: Head, b: Head) -> float:
    return float(np.hypot(a.centre[0] - b.centre[0], a.centre[1] - b.centre[1]) / max(a.size, b.size))
