"""Prominence: whether the people in a picture stand out, by size, tone, sharpness and attention, and what rivals them.

The subject is taken to be the people whose heads are found. Where there are none, only how far the picture has one
centre of attention is told: what a story is about, this cannot know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.composition._frame import HEIGHT, LOOKS, attention, saliency
from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import drawn
from evalverse.tools.people._models import heads, people
from evalverse.tools.people.heads import Head, believed
from evalverse.tools.picture._look import without_bars
from evalverse.tools.picture._shots import mean_over_time, readings

PERSON = 0.6
LEAST = 0.01
"""Share of the picture that people must cover to be set against the rest of it."""
MOST = 0.85
"""Share beyond which there is no rest to set them against."""
RING = 0.12
"""Picture heights around the people that count as their surroundings."""
SHOULDERS = 2.0
"""Boxes around a head within which the eye is still with the person."""
RIVAL = 2.0
"""How much more something else draws the eye from which on it is pointed at."""
TOP = 0.1
"""Share of the picture in which attention is counted."""


class Standing(NamedTuple):
    """How people stand against the rest of one picture; see the measures of the same names."""

    size: float
    tone: float
    sharpness: float
    clutter: float
    rival: float


def tone_apart(lab: NDArray[np.float32], person: NDArray[np.bool_], around: NDArray[np.bool_]) -> float:
    """Distance in L*a*b* of the median colour of people and that of what surrounds them."""
    return float(np.linalg.norm(np.median(lab[person], axis=0) - np.median(lab[around], axis=0)))


def sharper(light: NDArray[np.float32], person: NDArray[np.bool_], rest: NDArray[np.bool_]) -> float:
    """Octaves by which the finest detail (90th percentile of the Laplacian) is stronger on people than elsewhere."""
    import cv2

    detail = np.abs(cv2.Laplacian(light, cv2.CV_32F))
    inside, outside = (float(np.percentile(detail[mask], 90)) for mask in (person, rest))
    return float(np.log2((inside + 0.5) / (outside + 0.5)))


def busy(light: NDArray[np.float32], rest: NDArray[np.bool_]) -> float:
    """Share of the rest of the picture that is taken up by edges (lightness changes by 3 L* a pixel or more)."""
    import cv2

    steps = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(light, cv2.CV_32F, 0, 1, scale=0.125))
    return float((steps[rest] > 3).mean())


def rivalry(eye: NDArray[np.float32], near: NDArray[np.bool_]) -> float:
    """Strongest attention (99th percentile) away from people over that near them."""
    if near.all() or not near.any():
        return 0.0
    return float(np.percentile(eye[~near], 99) / max(float(np.percentile(eye[near], 99)), 1e-9))


def concentration(eye: NDArray[np.float32]) -> float:
    """Share of all attention that lies within a tenth of the picture; 0.1 where nothing stands out."""
    ordered = np.sort(eye.ravel())[::-1]
    return float(ordered[: max(1, round(TOP * len(ordered)))].sum())


def standing(
    lab: NDArray[np.float32],
    mask: NDArray[np.float32],
    eye: NDArray[np.float32],
    found: Sequence[Head],
    high: float,
) -> Standing | None:
    """How people with ``found`` heads stand out; None where they cover next to nothing or nearly all.

    Args:
        lab: (h, w, 3) picture in L*a*b*.
        mask: (h, w) people, 0..1.
        eye: (h, w) attention at the same size.
        high: rows that a picture height takes, black bars included.
    """
    import cv2

    person = mask > PERSON
    if not LEAST <= person.mean() <= MOST:
        return None
    reach = max(3, 2 * round(RING * high / 2) + 1)
    grown = cv2.dilate(person.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))) > 0
    around, rest = grown & ~person, ~person
    if not around.any():
        return None
    light = np.ascontiguousarray(lab[..., 0])
    y, x = np.mgrid[: person.shape[0], : person.shape[1]]
    near = person.copy()
    for head in found:
        middle = head.centre
        near |= np.hypot(x - middle[0] * high, y - middle[1] * high) < SHOULDERS * head.size * high
    return Standing(
        size=float(person.mean()),
        tone=tone_apart(lab, person, around),
        sharpness=sharper(light, person, rest),
        clutter=busy(light, rest),
        rival=rivalry(eye, near),
    )


@register
class Prominence(OnPeople):
    """Whether the people stand out."""

    name, version, title = "prominence", "1", "Prominence"
    needs = Needs(picture=LOOKS)
    cost = 3.0
    measures = (
        Measure(
            name="size",
            title="Area of the people",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of the picture inside black bars that is covered by people, mean over a shot; the clip "
            "averages its shots by time.",
            source="MediaPipe selfie segmentation",
        ),
        Measure(
            name="tone",
            title="People against their surroundings",
            unit="dE",
            low=0,
            direction=Direction.HIGHER,
            definition="Distance in L*a*b* (CIE 1976) between the median colour of the people and that of a ring of "
            "0.12 picture heights around them, mean over a shot; the clip averages its shots by time.",
            source="colour space: CIE 1976 L*a*b*",
        ),
        Measure(
            name="sharpness",
            title="People sharper than the rest",
            unit="octaves",
            direction=Direction.NEUTRAL,
            definition="Finest detail (90th percentile of the Laplacian of lightness at 180 lines) on people over that "
            "elsewhere, in powers of two; positive: the people are sharper. Mean over time.",
        ),
        Measure(
            name="clutter",
            title="Busy surroundings",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Share of the picture without its people that is taken up by edges, at 180 lines; mean in time.",
            source="edge density, after Rosenholtz et al. 2007",
        ),
        Measure(
            name="rival",
            title="What draws the eye away",
            unit="times",
            low=0,
            direction=Direction.LOWER,
            definition="Strongest visual attention (99th percentile of the contrast to the picture's borders) away "
            "from the people over the strongest on or near them, mean over a shot; the clip averages by time.",
            source="Zhang et al. 2015 (border contrast)",
        ),
        Measure(
            name="concentration",
            title="One centre of attention",
            unit="",
            low=0,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Share of all visual attention (contrast to the picture's borders) that lies within a tenth of "
            "the picture, mean over time; 0.1 where nothing stands out. Told with and without people.",
            source="Zhang et al. 2015 (border contrast)",
        ),
    )
    WORDS: ClassVar[dict[str, str]] = {
        "size": "People cover {} of the picture.",
        "tone": "The people differ from what surrounds them by {} dE.",
        "sharpness": "Fine detail on the people is {} octaves stronger than elsewhere.",
        "clutter": "Edges take up {} of what is not people.",
        "rival": "Something else draws the eye {} times as strongly as the people.",
    }

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._looks: list[tuple[float, tuple[Head, ...]]] = []
        self._standing: dict[float, Standing] = {}
        self._centres: list[float] = []

    def see(self, frame: Frame) -> None:
        import cv2

        found = heads(frame)
        drawn_to = saliency(frame)
        self._looks.append((frame.seconds, found))
        self._centres.append(concentration(drawn_to))
        if not found:
            return
        rows, columns = without_bars(frame.grey(HEIGHT))
        picture = frame.rgb(HEIGHT)
        high = picture.shape[0]
        size = (picture.shape[1], high)
        mask = np.asarray(cv2.resize(people(frame), size, interpolation=cv2.INTER_AREA), np.float32)[rows, columns]
        lab = np.asarray(cv2.cvtColor(picture[rows, columns].astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
        across = (lab.shape[1], lab.shape[0])
        eye = np.asarray(cv2.resize(drawn_to, across, interpolation=cv2.INTER_LINEAR), np.float32)
        inside = [_moved(head, -columns.start / high, -rows.start / high) for head in found]
        stands = standing(lab, mask, eye, inside, high)
        if stands is not None:
            self._standing[frame.seconds] = stands

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if not self._looks:
            yield from self.could_not_at_all("no frame of the picture could be decoded")
            return
        t, centres = np.array([t for t, _ in self._looks]), np.array(self._centres)
        inside = [(shot, (t >= shot.span.start) & (t < shot.span.end)) for shot in scene.shots]
        values = [(shot, float(centres[chosen].mean())) for shot, chosen in inside if chosen.any()]
        words = "A tenth of the picture holds {} of all attention, on a scale to one."
        yield from readings(self, scene, "concentration", values, mean_over_time, words.format)
        sure = believed(self._looks, scene.shots)
        seen = [(t, stands) for t, stands in self._standing.items() if t in sure]
        reason = "no head is found, or people cover nearly nothing or nearly everything"
        for measure, sentence in self.WORDS.items():
            y = [(t, float(getattr(stands, measure))) for t, stands in seen]
            values = []
            for shot in scene.shots:
                of_shot = [v for t, v in y if shot.span.start <= t < shot.span.end]
                if of_shot:
                    values.append((shot, float(np.mean(of_shot))))
            curve = self.curve(measure, np.array([t for t, _ in y]), np.array([v for _, v in y])) if y else None
            yield from readings(self, scene, measure, values, mean_over_time, sentence.format, reason, curve)
        if seen:
            t_most, most = max(seen, key=lambda each: each[1].rival)
            if most.rival >= RIVAL:
                yield self.found(
                    "rival",
                    most.rival,
                    span=Span(start=t_most, end=t_most),
                    shot=scene.shot_at(t_most),
                    words=self.WORDS["rival"].format(number(most.rival)),
                    confidence=0.5,
                    picture=drawn(self, t_most, _glow, "where attention goes"),
                )


def _moved(head: Head, right: float, down: float) -> Head:
    left, top, width, height = head.box
    return Head((left + right, top + down, width, height), head.marks + np.array([right, down], np.float32), head.score)


def _glow(picture: RGB) -> RGB:
    """The picture, dark where attention does not go."""
    import cv2

    eye = attention(picture)
    share = cv2.resize(eye / eye.max(), (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(picture * (0.25 + 0.75 * np.clip(share, 0, 1)[..., None]), np.uint8)
