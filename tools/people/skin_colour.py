"""Skin colour: how far the skin of a face lies from the hues and the strength of colour that human skin has.

Skins of all peoples differ much in lightness and little in hue; so a face is the grey card that most films hold.
Make-up, coloured light, night and a strong grade take it off by intent, and a black-and-white picture has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.light import lab, linear
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Picture, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._models import heads
from evalverse.tools.people.heads import RATE, Head, believed
from evalverse.tools.people.skin_texture import CENTRE, box_of
from evalverse.tools.picture._look import picture_at
from evalverse.tools.picture._shots import mean_over_time, medians, readings

LINES = 360
SMALLEST = 24
"""Pixels of a head's box below which eyes and hair mix with the skin."""
HUE, CHROMA = 53.0, 19.0
"""Human skin in CIELAB, degrees and distance from grey: between what was measured on 600 people (61 and 20, Han, Choi
and Son 2006) and faces in footage (35 to 64 and 12 to 28)."""
COLOURED = 5.0
"""Chroma from which on a hue means something."""
GREY = 4.0
"""95th percentile of a picture's chroma below which it is black and white."""
POINTED = {"hue_off": 30.0, "chroma_off": 1.0}


def skin_colour(face: RGB) -> NDArray[np.float64]:
    """(3,) median L*, a*, b* of the middle of a head's box (h, w, 3)."""
    high, wide = face.shape[:2]
    left, top, right, bottom = CENTRE
    middle = face[round(top * high) : round(bottom * high), round(left * wide) : round(right * wide)]
    return np.asarray(np.median(lab(linear(np.ascontiguousarray(middle))).reshape(-1, 3), axis=0), np.float64)


def hue_off(colour: NDArray[np.float64]) -> float:
    """Degrees between the hue of a colour (3,) and that of skin, 0..180."""
    return float(abs((np.degrees(np.arctan2(colour[2], colour[1])) - HUE + 180) % 360 - 180))


def chroma_off(colour: NDArray[np.float64]) -> float:
    """Octaves by which the chroma of a colour (3,) is stronger or weaker than that of skin, >= 0."""
    return float(abs(np.log2(max(float(np.hypot(colour[1], colour[2])), 0.5) / CHROMA)))


def colourless(picture: RGB) -> bool:
    """Whether a picture (h, w, 3) is black and white."""
    planes = lab(linear(np.ascontiguousarray(picture[::4, ::4])))
    return bool(np.percentile(np.hypot(planes[..., 1], planes[..., 2]), 95) < GREY)


@register
class SkinColour(OnPeople):
    """Hue and strength of the colour of skin."""

    name, version, title = "skin_colour", "1", "Skin colour"
    needs = Needs(picture=Picture(height=LINES, rate=RATE))
    cost = 0.8
    measures = (
        Measure(
            name="hue_off",
            title="Skin off its hue",
            unit="degrees",
            low=0,
            high=180,
            direction=Direction.LOWER,
            definition=f"Angle in the a*b* plane of CIELAB between the skin of the largest face (median of the middle "
            f"of a head's box, {SMALLEST} pixels or more at {LINES} lines) and {HUE:g} degrees, median over a shot; "
            f"read where its chroma reaches {COLOURED:g}. The clip averages its shots by time.",
            source="Han, Choi and Son 2006; hues of four peoples overlap: Xiao et al. 2017",
        ),
        Measure(
            name="chroma_off",
            title="Skin too pale or too colourful",
            unit="octaves",
            low=0,
            direction=Direction.LOWER,
            definition=f"Size of the binary logarithm of the same skin's chroma over {CHROMA:g}, median over a shot; 1 "
            "is half or twice of it. Black-and-white pictures are left out. The clip averages its shots by time.",
            source="Han, Choi and Son 2006; hues of four peoples overlap: Xiao et al. 2017",
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._read: dict[float, NDArray[np.float64]] = {}

    def see(self, frame: Frame) -> None:
        found = heads(frame)
        self._looks.append((frame.seconds, found))
        largest = max(found, key=lambda head: head.size, default=None)
        if largest is not None:
            face = box_of(frame.rgb(LINES), largest)
            if min(face.shape[:2]) >= SMALLEST and not colourless(frame.rgb(LINES)):
                self._read[frame.seconds] = skin_colour(face)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        sure = believed(self._looks, scene.shots)
        seen = [(t, colour) for t, colour in self._read.items() if t in sure]
        lines = {
            "hue_off": [(t, hue_off(c)) for t, c in seen if np.hypot(c[1], c[2]) >= COLOURED],
            "chroma_off": [(t, chroma_off(c)) for t, c in seen],
        }
        words = {
            "hue_off": "The colour of skin is {} degrees of hue away from that of human skin.",
            "chroma_off": "Skin is {} octaves more or less colourful than human skin is.",
        }
        for name, line in lines.items():
            values = medians(line, scene.shots)
            absent = "no face in colour is large enough for its skin to be read"
            curve = self.curve(name, *np.array(line).T) if line else None
            yield from readings(self, scene, name, values, mean_over_time, words[name].format, absent, curve)
            at, value = max(line, key=lambda row: row[1], default=(0.0, 0.0))
            if value >= POINTED[name]:
                yield self.found(
                    name,
                    value,
                    span=Span(start=at, end=at),
                    shot=scene.shot_at(at),
                    words=words[name].format(number(value)),
                    picture=picture_at(self, at, f"skin at {number(at)} s"),
                )
