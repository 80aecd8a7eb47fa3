"""Facial motion: features that jump from one frame to the next, and faces that stand as still as a photograph.

Head movement is taken out first. Fast speech opens the mouth within two frames; a jump is faster than that and stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.operator import Needs, Scene, register
from evalverse.tools.people._base import OnPeople
from evalverse.tools.people._looking import FOUND
from evalverse.tools.people._models import SIDE
from evalverse.tools.people._straight import Straight, straight_faces, why_none
from evalverse.tools.people.faces import BROWS, CHIN, LIPS, OTHERS, RIGID
from evalverse.tools.picture._look import pair_at

Series = NDArray[np.float64]

UPPER = (*BROWS, *RIGID)
CALM = (*BROWS, *OTHERS)
ALL = (*BROWS, *RIGID, *OTHERS, *LIPS, *CHIN)
SLOWEST = 20.0
"""Pictures per second below which a fast movement cannot be told from a jump."""
KNOWN = 0.4
"""Share of a face's pictures before which a jump must be tellable."""
AROUND = 5
"""Pictures before and after a jump whose medians must differ: the mesh alone errs for a picture or two."""
JUMPED = {"upper_jump": 4.5, "mouth_jump": 9.0}
"""% of the eye distance from which on a moment is pointed at; 13 people, speaking, stayed below 3.8 and 7.9."""
WINDOW = 1.0
STILL = 0.2
"""% of the eye distance, RMS, by which a face moves in a second, below which it is frozen; 13 people: 0.33 and more."""
SHORTEST = 1.0
MOMENTS = 3


def jumps(t: Series, points: Series) -> Series:
    """(N,) how far landmarks (N, K, 2) jump just before each picture, RMS over them; nan where it cannot be told.

    The lesser of how far the step exceeds the movement beside it, and of how far the places settle apart: a fast
    movement is no jump, nor is a picture or two in which the mesh goes astray.
    """
    size = np.full(len(t), np.nan)
    lasts, steps = np.diff(t), np.diff(points, axis=0)
    for i in range(1, len(steps) - 1):
        if lasts[i] > 1 / SLOWEST or max(lasts[i - 1], lasts[i + 1]) > 2 / SLOWEST:
            continue  # pictures are missing
        speed = (steps[i - 1] / lasts[i - 1] + steps[i + 1] / lasts[i + 1]) / 2
        before = np.median(points[max(0, i + 1 - AROUND) : i + 1], axis=0)
        after = np.median(points[i + 1 : i + 1 + AROUND], axis=0)
        size[i + 1] = min(_rms(steps[i] - speed * lasts[i]), _rms(after - before))
    return size


def movement(t: Series, points: Series) -> tuple[Series, Series]:
    """Middles (K,) of windows of a second, and the RMS (K,) by which landmarks (N, L, 2) stray in them."""
    middles, strays = [], []
    for start in np.arange(t[0], t[-1] - WINDOW + 1e-6, WINDOW / 2):
        inside = (t >= start) & (t < start + WINDOW)
        if inside.sum() >= 4:
            middles.append(start + WINDOW / 2)
            strays.append(_rms(points[inside] - points[inside].mean(axis=0)))
    return np.array(middles), np.array(strays)


def _rms(vectors: Series) -> float:
    return float(np.sqrt((vectors**2).sum(axis=-1).mean()))


@register
class FaceMotion(OnPeople):
    """Jumps of features, frozen faces, and how much a face moves apart from mouth and lids."""

    name, version, title = "face_motion", "1", "Facial motion"
    needs = Needs(after=FOUND)
    cost = 1.0
    measures = (
        Measure(
            name="upper_jump",
            title="Jump of brows, nose or outline",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="Greatest step from one frame to the next of brows, nose and outline of a face, beyond the "
            "steps beside it and lasting, RMS over landmarks, in % of the distance of the outer eye corners.",
        ),
        Measure(
            name="mouth_jump",
            title="Jump of the mouth",
            unit="%",
            low=0,
            direction=Direction.LOWER,
            definition="As upper_jump, of the lips. Speech reaches about 8 %.",
        ),
        Measure(
            name="frozen_share",
            title="Time with a frozen face",
            unit="",
            low=0,
            high=1,
            direction=Direction.LOWER,
            definition="Share of the seconds of a face in which its landmarks stray by less than 0.2 % of the eye "
            "distance (RMS), apart from the movement of the head. The clip takes its worst face.",
        ),
        Measure(
            name="micro_motion",
            title="Small movements of brows and cheeks",
            unit="%",
            low=0,
            direction=Direction.NEUTRAL,
            definition="Median over seconds of the RMS by which brows and cheeks stray, in % of the eye distance, "
            "apart from the movement of the head; the liveliest face.",
        ),
    )

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        faces = straight_faces(scene, SHORTEST)
        if not faces:
            yield from self.could_not_at_all(why_none(scene, SHORTEST))
            return
        yield from self._jumps(scene, faces, "upper_jump", UPPER, "Brows, nose or outline jump by up to {} %.")
        yield from self._jumps(scene, faces, "mouth_jump", LIPS, "The mouth jumps by up to {} % of the eye distance.")
        yield from self._stillness(scene, faces)

    def _jumps(
        self, scene: Scene, faces: Sequence[Straight], measure: str, marks: Sequence[int], words: str
    ) -> Iterator[Evidence]:
        read = [(face, 100 * jumps(face.t, face.at(marks))) for face in faces]
        read = [(face, size) for face, size in read if np.isfinite(size).mean() > KNOWN]
        if not read:
            reason = "fewer than 20 frames a second: a fast movement cannot be told from a jump"
            yield self.could_not(measure, reason)
            return
        face, size = max(read, key=lambda each: float(np.nanmax(each[1])))
        most = float(np.nanmax(size))
        curve = self.curve(measure, face.t, size)
        yield self.found(measure, most, words=words.format(number(most)), confidence=face.trust, curve=curve)
        if len(scene.shots) > 1:
            for index in sorted({each.shot.index for each, _ in read}):
                of_shot = [(each, float(np.nanmax(size))) for each, size in read if each.shot.index == index]
                here, most = max(of_shot, key=lambda each: each[1])
                sentence = words.format(number(most))
                yield self.found(measure, most, shot=here.shot, words=sentence, confidence=here.trust)
        yield from self._moments(measure, read, words)

    def _moments(self, measure: str, read: Sequence[tuple[Straight, Series]], words: str) -> Iterator[Evidence]:
        """The greatest jumps, half a second apart at least; the greatest with the frames before and after it."""
        told: list[float] = []
        peaks = [(float(y), i, face) for face, size in read for i, y in enumerate(size) if y >= JUMPED[measure]]
        for size, i, face in sorted(peaks, key=lambda peak: -peak[0]):
            if len(told) == MOMENTS:
                return
            before, after = float(face.t[i - 1]), float(face.t[i])
            if all(abs(after - other) > 0.5 for other in told):
                caption = f"the frames at {number(before)} s and {number(after)} s"
                picture = None if told else pair_at(self, before, after, caption, SIDE)
                told.append(after)
                yield self.found(
                    measure,
                    size,
                    span=Span(start=before, end=after),
                    shot=face.shot,
                    words=words.format(number(size)),
                    confidence=face.trust,
                    picture=picture,
                )

    def _stillness(self, scene: Scene, faces: Sequence[Straight]) -> Iterator[Evidence]:
        read = [(face, *movement(face.t, face.at(ALL)), movement(face.t, face.at(CALM))[1]) for face in faces]
        read = [each for each in read if len(each[1])]
        if not read:
            for measure in ("frozen_share", "micro_motion"):
                yield self.could_not(measure, "fewer than four pictures of a face in a second")
            return
        shares = [(float((100 * stray < STILL).mean()), face) for face, _, stray, _ in read]
        share, face = max(shares, key=lambda each: each[0])
        words = "A face stands as still as a photograph for {} of its time, on a scale to one."
        yield self.found("frozen_share", share, words=words.format(number(share)), confidence=face.trust)
        if len(scene.shots) > 1:
            for index in sorted({each.shot.index for each in faces}):
                here = [each for each in shares if each[1].shot.index == index]
                if here:
                    most, still = max(here, key=lambda each: each[0])
                    sentence = words.format(number(most))
                    yield self.found("frozen_share", most, shot=still.shot, words=sentence, confidence=still.trust)
        face, t, _, calm = max(read, key=lambda each: float(np.median(each[3])))
        micro = 100 * float(np.median(calm))
        yield self.found(
            "micro_motion",
            micro,
            words=f"In a second, brows and cheeks typically move by {number(micro)} % of the eye distance.",
            confidence=face.trust,
            curve=self.curve("micro_motion", t, 100 * calm),
        )
