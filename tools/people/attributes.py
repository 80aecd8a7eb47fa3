"""Attributes: whether hair and clothes keep colour and texture while a person is in view.

Hair is what belongs to the person above the hairline and beside the face, clothes what belongs to them below the
neck. Light that falls on face and clothes alike is taken out. A cap put on or a coat taken off changes too: the cause
is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import LOOKS, OnPeople
from evalverse.tools.people._looking import FOUND, shots_of, why_no_face
from evalverse.tools.people._models import heads, look_height, people
from evalverse.tools.people._windows import Series, drift, told
from evalverse.tools.people.heads import Head, HeadTrack, joined

PARTS = ("hair", "clothes")
BELONGS = 0.6
"""From which on a pixel belongs to a person."""
LEAST = 0.08
"""Share of the head's box that a part must cover to be read."""
SMALLEST = 24
"""Pixels of a head's box below which its hair and clothes are not read."""
SEVERAL = 3
"""Heads that are looked at in one picture."""
GREY = 0.5
"""Weight of lightness beside hue and chroma: folds and shade change it without a change of cloth."""
FLAT = 0.5
"""Lightness steps of texture that coding leaves anywhere."""
SHORTEST = 2.0
"""Seconds of a person below which nothing is said about steadiness."""
CHANGED = {"hair": 10.0, "clothes": 8.0, "texture": 2.0}
"""From which on a moment is pointed at."""
CONFIDENCE = 0.7


def parts(shape: tuple[int, int], head: Head, person: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], ...]:
    """Masks (h, w) of hair, clothes and the skin of the cheeks, for a picture of ``shape`` (h, w)."""
    high, wide = shape
    left, top, width, height = (value * high for value in head.box)
    y, x = np.mgrid[:high, :wide]
    across, down = (x - left) / max(width, 1e-6), (y - top) / max(height, 1e-6)  # 0..1 inside the box
    around = (across > -0.25) & (across < 1.25) & (down > -0.45) & (down < 0.55)
    face = (across > 0) & (across < 1) & (down > 0.02)
    chest = (abs(across - 0.5) < 1.3) & (down > 1.45) & (down < 3)
    cheeks = (abs(across - 0.5) < 0.3) & (down > 0.45) & (down < 0.75)
    return person & around & ~face, person & chest, cheeks


def read(lab: NDArray[np.float32], mask: NDArray[np.bool_], grain: float) -> tuple[float, float, float, float]:
    """Median L*, a*, b* (CIE 1976) of a masked (h, w, 3) picture, and its mean step in L* over ``grain``."""
    import cv2

    light = np.ascontiguousarray(lab[..., 0])
    fine = np.abs(light - cv2.GaussianBlur(light, (0, 0), max(0.7, grain)))
    middle = np.median(lab[mask], axis=0)
    return float(middle[0]), float(middle[1]), float(middle[2]), float(fine[mask].mean())


def colours_apart(rows: Series, row: Series) -> Series:
    """Distance (N,) of colours (N, 4) and (4,): L*, a*, b* and the cheeks' L*, whose change is light."""
    light = (rows[:, 0] - rows[:, 3]) - (row[0] - row[3])
    plain = rows[:, 0] - row[0]
    lightness = np.minimum(np.abs(light), np.abs(plain))  # the cheeks may turn out of the light alone
    return np.asarray(np.sqrt((GREY * lightness) ** 2 + ((rows[:, 1:3] - row[1:3]) ** 2).sum(axis=1)))


def textures_apart(rows: Series, row: Series) -> Series:
    """Octaves (N,) between textures (N, 1) and (1,)."""
    return np.asarray(np.abs(np.log2((rows[:, 0] + FLAT) / (row[0] + FLAT))))


@register
class Attributes(OnPeople):
    """Steadiness of hair and clothes within shots."""

    name, version, title = "attributes", "1", "Hair and clothes"
    needs = Needs(picture=LOOKS, after=FOUND)
    cost = 3.0
    measures = (
        *(
            Measure(
                name=f"{part}_drift",
                title=f"Drift of the {part} colour",
                unit="dE",
                low=0,
                direction=Direction.LOWER,
                definition=f"Colour distance (CIE L*a*b* 1976, lightness at half weight and after the cheeks') of the "
                f"{part} between the most typical second of a person and the least typical one, in a shot. The clip "
                "takes its worst person. About 2 can just be seen.",
                source="Person mask: MediaPipe selfie segmentation",
            )
            for part in PARTS
        ),
        Measure(
            name="texture_drift",
            title="Drift of the texture of hair and clothes",
            unit="octaves",
            low=0,
            direction=Direction.LOWER,
            definition="Ratio of the fine detail of hair or clothes (mean step of lightness at a fortieth of the head) "
            "between the most typical second of a person and the least typical one, in powers of two. The clip takes "
            "its worst person.",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._read: dict[tuple[Head, str], tuple[float, ...]] = {}

    def see(self, frame: Frame) -> None:
        import cv2

        found = heads(frame)
        self._looks.append((frame.seconds, found))
        picture = frame.rgb(look_height(frame))
        large = [head for head in found[:SEVERAL] if head.size * picture.shape[0] >= SMALLEST]
        if not large:
            return
        lab = np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
        person = people(frame) > BELONGS
        for head in large:
            *masks, cheeks = parts(lab.shape[:2], head, person)
            box = head.size * picture.shape[0]
            skin = float(np.median(lab[cheeks, 0])) if cheeks.any() else np.nan
            for part, mask in zip(PARTS, masks, strict=True):
                if mask.sum() >= LEAST * box * box and np.isfinite(skin):
                    *colour, texture = read(lab, mask, box / 40)
                    self._read[head, part] = (*colour, skin, texture)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        shots = {shot.index: shot for shot in shots_of(scene)}
        tracks = joined(self._looks, scene.shots)
        nobody = None if tracks else why_no_face(scene)
        textures = []
        for part in PARTS:
            colours = []
            for track in tracks:
                t, rows = self._rows(track, part)
                if len(t) and np.ptp(t) >= SHORTEST:
                    colours.append((track, drift(t, rows[:, :4], colours_apart)))
                    textures.append((track, drift(t, rows[:, 4:], textures_apart)))
            words = f"The colour of the {part} strays by {{}} dE."
            yield from told(
                self,
                scene,
                f"{part}_drift",
                [(shots[track.shot], found, CONFIDENCE) for track, found in colours if found],
                words=words,
                absent=nobody or f"the {part} of no person can be read for two seconds",
                noticed=CHANGED[part],
            )
        yield from told(
            self,
            scene,
            "texture_drift",
            [(shots[track.shot], found, CONFIDENCE / 2) for track, found in textures if found],
            words="The fineness of hair or clothes strays by {} octaves.",
            absent=nobody or "neither hair nor clothes of a person can be read for two seconds",
            noticed=CHANGED["texture"],
        )

    def _rows(self, track: HeadTrack, part: str) -> tuple[Series, Series]:
        """Times, and colour, skin and texture (N, 5) of a part where it could be read."""
        pairs = zip(track.t, track.heads, strict=True)
        kept = [(t, self._read[head, part]) for t, head in pairs if (head, part) in self._read]
        return np.array([t for t, _ in kept]), np.array([row for _, row in kept], np.float64).reshape(-1, 5)
