"""DINOv2: whether the subject, and what stands behind it, stays the same thing through a shot.

DINO sees what a thing is and how it is built rather than where it lies, so that a face that changes into another one
shows where a pan does not. A subject that turns round, or a camera that leaves the place, lowers the values too.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure
from evalverse.tools.likeness._batch import Batches
from evalverse.tools.likeness._dino import DINO, ENOUGH, MOVES, Encoder, background, load, stirring
from evalverse.tools.likeness._readings import along_shots, between_shots, shot_shot
from evalverse.tools.likeness._series import consistency, over_shots, rows, unit
from evalverse.tools.likeness._weights import WeightsSettings
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.operator import Needs, Operator, Picture, Scene, register

HEIGHT = 270
RATE = 4
BATCH = 8

Shown = tuple[RGB, NDArray[np.float32] | None]
"""A picture, and where it moves by itself."""


class DinoSettings(WeightsSettings):
    sources = (DINO,)


@register
class DinoSimilarity(Operator):
    """Consistency of subject and background through DINOv2."""

    name, version, title = "dino_similarity", "1", "Subject and background stay the same"
    needs = Needs(picture=Picture(height=HEIGHT, rate=RATE))
    Settings = DinoSettings
    cost = 160.0
    measures = (
        Measure(
            name="subject_consistency",
            title="Subject consistency",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="Mean over the pictures of all shots, but each shot's first, of half the sum of two cosines, "
            "with the picture before and with the shot's first one, negative ones as 0, between DINOv2's vectors of "
            f"the whole picture. Unlike VBench: DINOv2 for DINO, up to {RATE} pictures a second, and within shots. A "
            "frozen picture reaches 1.",
            source="VBench, Huang et al. 2024; DINOv2, Oquab et al. 2024",
        ),
        Measure(
            name="background_consistency",
            title="Background consistency",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="The same formula on the mean of DINOv2's patch vectors where the picture stands still but for "
            f"the camera: less than {MOVES} frame heights a second, beyond a share of the camera's own motion, in at "
            f"least {100 * ENOUGH:.0f} % of the picture. A subject that keeps still counts as background.",
            source="VBench's formula, Huang et al. 2024, on patch vectors of DINOv2, Oquab et al. 2024",
        ),
        shot_shot("DINOv2 vectors"),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._lacks = self.lacks()
        self._t = array("d")
        self._before = array("d")
        self._batches: Batches[Shown] = Batches(self._encode, BATCH)

    @classmethod
    def lacks(cls) -> str | None:
        return DINO.lacks()

    @cached_property
    def _encoder(self) -> Encoder:
        return load()

    def see(self, frame: Frame) -> None:
        if self._lacks is not None:
            return
        self._batches.add((frame.rgb(HEIGHT), stirring(frame)))
        self._t.append(frame.seconds)
        self._before.append(frame.previous.seconds if frame.previous else -np.inf)

    def _encode(self, shown: Sequence[Shown]) -> NDArray[np.float32]:
        """(N, 2, D): whole picture and background."""
        whole, patches = self._encoder.tokens([picture for picture, _ in shown])
        behind = [background(p, moves) for p, (_, moves) in zip(patches, shown, strict=True)]
        return np.stack([unit(whole), np.stack(behind)], axis=1)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._lacks is not None or not self._t:
            yield from self.could_not_at_all(self._lacks or "no frame of the picture could be decoded")
            return
        t, vectors = np.array(self._t), unit(self._batches.rows())
        found = rows(scene, t, vectors[:, 0])
        yield from along_shots(
            self,
            scene,
            "subject_consistency",
            over_shots(found, consistency),
            lambda n: f"Through a shot, what the picture shows stays {n} alike.",
            "no shot shows two pictures",
            weights=DINO.label,
        )
        starts = np.array([scene.shot_at(s).span.start for s in t])
        within = np.array(self._before) >= starts - 1e-4  # flow over a cut means nothing
        told = within & np.isfinite(vectors[:, 1, 0])
        yield from along_shots(
            self,
            scene,
            "background_consistency",
            over_shots(rows(scene, t[told], vectors[told, 1]), consistency),
            lambda n: f"Through a shot, what stands still in the picture stays {n} alike.",
            "no shot shows two pictures of which enough stands still",
            weights=DINO.label,
        )
        yield from between_shots(self, scene, found, lambda n: f"In what they show, a shot and the next are {n} alike.")
