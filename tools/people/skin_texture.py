"""Skin texture: how much fine structure the skin of a face shows, by itself and against the outlines of its features.

Wax and retouch take pores, lines and grain away and leave lashes, brows and lips sharp. So do make-up, soft light and a
low bit rate: footage differs by far more than a light retouch does, so compare clips of one source, and let other
evidence decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from evalverse.tools.evidence import Blob, Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.sample import frame_at
from evalverse.tools.operator import Needs, Picture, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._models import heads
from evalverse.tools.people.heads import RATE, Head, believed
from evalverse.tools.picture._shots import mean_over_time, medians, readings

LINES = 720
SMALLEST = 48
"""Pixels of a head's box below which pores and lines are not drawn."""
BAND = (0.01, 0.02)
"""Scales, in heights of the head's box, between which structure is fine: about 2 to 4 mm."""
CENTRE = (0.2, 0.25, 0.8, 0.8)
"""Left, top, right and bottom, in the box, of what is face rather than hair, ears and neck."""
SKIN, SHADE = 14.0, 55.0
"""8-bit distance in CbCr, and in luma, from the middle of the face within which a pixel counts as skin."""
PLAIN, OUTLINE = 35, 97
"""Percentiles of the structure's energy: of the skin between wrinkles and stray hairs, and of outlines."""
FEWEST = 150


class Skin(NamedTuple):
    """Fine structure of the skin and of the outlines in one picture, in 8-bit luma (RMS)."""

    fine: float
    outlines: float

    @property
    def against_outlines(self) -> float:
        return self.fine / max(self.outlines, 1e-3)


def skin(face: RGB) -> Skin | None:
    """The structure of a head's box (h, w, 3); None where too little of it is skin."""
    import cv2

    high, wide = face.shape[:2]
    planes = cv2.cvtColor(face, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    part = (
        slice(round(CENTRE[1] * high), round(CENTRE[3] * high)),
        slice(round(CENTRE[0] * wide), round(CENTRE[2] * wide)),
    )
    middle = np.median(planes[part].reshape(-1, 3), axis=0)
    unlike = np.hypot(planes[..., 1] - middle[1], planes[..., 2] - middle[2])
    flesh = (unlike < SKIN) & (np.abs(planes[..., 0] - middle[0]) < SHADE)
    flesh = cv2.erode(flesh.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    fine, coarse = (cv2.GaussianBlur(planes[..., 0], (0, 0), max(share * high, 0.4)) for share in BAND)
    energy = (fine - coarse) ** 2
    if flesh[part].sum() < FEWEST:
        return None
    plain = np.percentile(energy[part][flesh[part]], PLAIN)
    return Skin(float(np.sqrt(plain)), float(np.sqrt(np.percentile(energy[part], OUTLINE))))


def box_of(picture: RGB, head: Head) -> RGB:
    """The part of a picture (h, w, 3) within a head's box."""
    high = picture.shape[0]
    left, top, width, height = (round(value * high) for value in head.box)
    return picture[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]


@register
class SkinTexture(OnPeople):
    """Fine structure of the skin."""

    name, version, title = "skin_texture", "1", "Skin texture"
    needs = Needs(picture=Picture(height=LINES, rate=RATE))
    cost = 1.5
    measures = (
        Measure(
            name="fine",
            title="Fine structure of the skin",
            unit="levels",
            low=0,
            direction=Direction.HIGHER,
            definition=f"Luma (8-bit) between blurs of {100 * BAND[0]:g} and {100 * BAND[1]:g} % of the height of a "
            f"head's box, of {SMALLEST} pixels or more at {LINES} lines: {PLAIN}th percentile over the skin of the "
            "middle of the face, median over a shot; the clip averages its shots by time. Faces in footage read 0.6 "
            "to 1.9.",
        ),
        Measure(
            name="against_outlines",
            title="Skin against the outlines of the features",
            unit="",
            low=0,
            direction=Direction.NEUTRAL,
            definition=f"The same over the {OUTLINE}th percentile of the whole middle of the face, which eyes, brows "
            "and lips set: blur lowers both, retouch the skin alone. Faces in footage read 0.04 to 0.11.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._read: dict[float, Skin] = {}

    def see(self, frame: Frame) -> None:
        found = heads(frame)
        self._looks.append((frame.seconds, found))
        largest = max(found, key=lambda head: head.size, default=None)
        if largest is not None:
            face = box_of(frame.rgb(LINES), largest)
            read = skin(face) if min(face.shape[:2]) >= SMALLEST else None
            if read is not None:
                self._read[frame.seconds] = read

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        sure = believed(self._looks, scene.shots)
        seen = [(t, read) for t, read in self._read.items() if t in sure]
        words = {
            "fine": "The skin's fine structure has {} of 255 levels.",
            "against_outlines": "The skin's fine structure is {} of that of eyes, brows and lips.",
        }
        for name, sentence in words.items():
            line = [(t, float(getattr(read, name))) for t, read in seen]
            values = medians(line, scene.shots)
            absent = "no face is large enough for its skin to be read"
            curve = self.curve(name, *np.array(line).T) if line else None
            yield from readings(self, scene, name, values, mean_over_time, sentence.format, absent, curve)
        if seen:
            at, read = min(seen, key=lambda each: each[1].fine)
            yield self.found(
                "fine",
                read.fine,
                span=Span(start=at, end=at),
                shot=scene.shot_at(at),
                words=words["fine"].format(number(read.fine)),
                picture=self._shown(at),
            )

    def _shown(self, seconds: float) -> Blob:
        """The smoothest skin, at the size of the file."""
        head = max(next(found for t, found in self._looks if t == seconds), key=lambda head: head.size)
        face = box_of(frame_at(self.clip, seconds, LINES).rgb(LINES), head)
        return self.ledger.put_picture(np.ascontiguousarray(face), f"the face at {number(seconds)} s")
