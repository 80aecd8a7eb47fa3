"""CLIP: pictures against the prompt, against its phrases, against each other, and against the words of the craft.

The values of one set of weights can be compared with each other and with nothing else: a cosine of 0.3 is high for
one CLIP and low for another. CLIP sees stills: no movement, hardly any number, no left and right.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.likeness._attributes import Attribute, attributes, label_vectors, shares, texts
from evalverse.tools.likeness._batch import Batches
from evalverse.tools.likeness._open_clip import BATCH, CLIP, Encoder, load, squares
from evalverse.tools.likeness._phrases import (
    MOST_PHRASES,
    WORDS_PER_TOKEN,
    lists,
    others,
    phrases,
    reads_as_english,
    says_something,
    sentences,
)
from evalverse.tools.likeness._readings import MOMENTS, along_shots, between_shots, shot_shot
from evalverse.tools.likeness._series import Row, Series, Vectors, over_shots, rows, to_previous, unit
from evalverse.tools.likeness._weights import WeightsSettings
from evalverse.tools.media.frame import RGB, Frame
from evalverse.tools.media.sample import contact_sheet, frames_at
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Picture, Scene, Shot, Wishes, register
from evalverse.tools.picture._look import picture_at

HEIGHT = 270
RATE = 2
UNTRAINED = 0.5
"""Confidence in what CLIP says of things that it was never taught to answer; not measured, a word of caution."""
CHANCE = 0.5
"""Where a phrase stands on average that has nothing to do with the picture."""
RADFORD = "Radford et al. 2021, CLIP"


class ClipSettings(WeightsSettings):
    """What the pictures are compared with."""

    sources = (CLIP,)
    prompt: str | None = None


@register
class ClipSimilarity(Operator):
    """Likeness to text and between pictures through open_clip."""

    name, version, title = "clip_similarity", "2", "Likeness to words"
    needs = Needs(picture=Picture(height=HEIGHT, rate=RATE))
    Settings = ClipSettings
    cost = 60.0
    measures = (
        Measure(
            name="prompt_frame",
            title="Likeness to the prompt",
            unit="",
            low=-1,
            high=1,
            direction=Direction.HIGHER,
            definition=f"Mean over pictures, up to {RATE} a second, of the cosine between CLIP's vector of the picture "
            "(mean of square crops that cover it) and of the prompt. A prompt that is longer than the model reads at "
            "once is the mean of its sentences. Comparable only under the same weights.",
            source=f"{RADFORD}; CLIPScore, Hessel et al. 2021, without its factor 2.5",
        ),
        Measure(
            name="phrase",
            title="Least visible phrase of the prompt",
            unit="",
            low=0,
            high=1,
            direction=Direction.HIGHER,
            definition="For each phrase of the prompt, at the moment and in the square crop where CLIP finds it most "
            "alike: the share of unrelated descriptions that are less alike there. 0.5 is what chance gives. The clip "
            "takes the lowest phrase. Phrases are cut by a fixed rule; camera, movement and quality words are left "
            "out.",
            source=RADFORD,
        ),
        Measure(
            name="frame_frame",
            title="Likeness of content from moment to moment",
            unit="",
            low=-1,
            high=1,
            direction=Direction.HIGHER,
            definition="Mean cosine of CLIP's vectors of neighbouring pictures of a shot, up to "
            f"{RATE} a second. A frozen picture reaches 1.",
            source="frame consistency after Esser et al. 2023, Gen-1",
        ),
        shot_shot("CLIP vectors"),
        *(
            Measure(
                name=attribute.id,
                title=attribute.title,
                unit="",
                low=0,
                high=1,
                direction=Direction.NEUTRAL,
                definition=f"Share that the likeliest of {', '.join(attribute.labels)} gets in a softmax over cosines, "
                "times the model's learned scale, between a shot's mean CLIP vector and the labels' texts. The clip "
                "takes the mean of its shots, by duration. A guess without training; the data name all shares.",
                source=f"zero-shot classification, {RADFORD}",
            )
            for attribute in attributes()
        ),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._lacks = self.lacks()
        self._t = array("d")
        self._counts: list[int] = []
        self._crops: Batches[RGB] = Batches(lambda pictures: self._encoder.pictures(pictures), BATCH)

    @cached_property
    def _encoder(self) -> Encoder:
        return load(CLIP)

    @classmethod
    def tune(cls, wishes: Wishes) -> OperatorSettings | None:
        prompt = (wishes.prompt or ". ".join(wishes.shots)).strip()
        return ClipSettings(prompt=prompt) if prompt else None

    @classmethod
    def lacks(cls) -> str | None:
        return CLIP.lacks()

    def see(self, frame: Frame) -> None:
        if self._lacks is not None:
            return
        crops = squares(frame.rgb(HEIGHT))
        self._crops.add(*crops)
        self._t.append(frame.seconds)
        self._counts.append(len(crops))

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._lacks is not None or not self._t:
            yield from self.could_not_at_all(self._lacks or "no frame of the picture could be decoded")
            return
        t, crops = np.array(self._t), unit(self._crops.rows())
        starts = np.concatenate([[0], np.cumsum(self._counts)[:-1]])
        pictures = unit(np.add.reduceat(crops, starts))
        found = rows(scene, t, pictures)
        yield from self._prompt(scene, found, crops, starts)
        yield from along_shots(
            self,
            scene,
            "frame_frame",
            over_shots(found, to_previous),
            lambda n: f"From moment to moment the content of the picture stays {n} alike.",
            "no shot shows two pictures",
            weights=CLIP.label,
        )
        yield from between_shots(self, scene, found, lambda n: f"In content, a shot and the next are {n} alike.")
        labels = label_vectors(self._encoder.packaged(texts()))
        for attribute in attributes():
            yield from self._attribute(scene, attribute, labels[attribute.id], found)

    # the prompt

    def _prompt(self, scene: Scene, found: list[Row], crops: Vectors, starts: NDArray[np.intp]) -> Iterator[Evidence]:
        prompt = (self.settings.prompt or "").strip()
        reason = "the brief has no prompt" if not prompt else None
        if prompt and self._encoder.english and not reads_as_english(prompt):
            reason = "the prompt is not in Latin letters, and these weights read English"
        elif prompt and not says_something(prompt):
            reason = "the prompt holds nothing but small words"
        if reason is not None:
            yield self.could_not("prompt_frame", reason)
            yield self.could_not("phrase", reason)
            return
        parts = sentences(prompt, int(self._encoder.context * WORDS_PER_TOKEN))
        whole = unit(self._encoder.texts(parts).mean(0))
        told = [(row, np.asarray(row.vectors.astype(np.float64) @ whole)) for row in found]
        t, y = np.concatenate([row.t for row, _ in told]), np.concatenate([values for _, values in told])
        value, worst = float(y.mean()), int(y.argmin())
        yield self.found(
            "prompt_frame",
            value,
            words=f"On average, CLIP finds the picture {number(value)} alike to the prompt.",
            curve=self.curve("prompt_frame", t, y),
            weights=CLIP.label,
            sentences=len(parts),
            lowest={"value": round(float(y[worst]), 3), "seconds": round(float(t[worst]), 3)},
        )
        if len(scene.shots) > 1:
            for row, values in told:
                value = float(values.mean())
                words = f"CLIP finds this shot {number(value)} alike to the prompt."
                yield self.found("prompt_frame", value, shot=row.shot, words=words)
        yield from self._phrases(scene, prompt, crops, starts)

    def _phrases(self, scene: Scene, prompt: str, crops: Vectors, starts: NDArray[np.intp]) -> Iterator[Evidence]:
        named = phrases(prompt)
        if not named:
            yield self.could_not("phrase", "the prompt names nothing that a still could show")
            return
        asked = named[:MOST_PHRASES]
        foils = self._encoder.packaged(lists().others)[others(prompt)]
        best, place = standing(crops, self._encoder.texts(asked), foils)
        seconds = np.array(self._t)[np.searchsorted(starts, place, side="right") - 1]
        order = np.argsort(best, kind="stable")
        low = int(order[0])
        yield self.found(
            "phrase",
            float(best[low]),
            words=f"Of the prompt, CLIP sees least of “{asked[low]}”{_verdict(best[low])}",
            confidence=UNTRAINED,
            picture=self._sheet([asked[i] for i in order], seconds[order]),
            weights=CLIP.label,
            phrases=[
                {"phrase": asked[i], "standing": round(float(best[i]), 3), "seconds": round(float(seconds[i]), 3)}
                for i in order
            ],
            not_asked=list(named[MOST_PHRASES:]),
        )
        for i in order[:MOMENTS]:
            start = float(seconds[i])
            yield self.found(
                "phrase",
                float(best[i]),
                span=Span(start=start, end=max(start, min(start + 1 / RATE, self.clip.duration))),
                shot=scene.shot_at(start),
                words=f"“{asked[i]}” is best seen here{_verdict(best[i])}",
                confidence=UNTRAINED,
                picture=picture_at(self, start),
            )

    def _sheet(self, named: list[str], seconds: Series) -> Any:
        pictures = frames_at(self.clip, [float(s) for s in seconds], 120)
        return self.ledger.put_picture(contact_sheet(pictures, 4, named, 120), "where each phrase is best seen")

    # attributes

    def _attribute(self, scene: Scene, attribute: Attribute, labels: Vectors, found: list[Row]) -> Iterator[Evidence]:
        told = [(row.shot, shares(row.mean, labels, self._encoder.scale)) for row in found]
        weights = [max(shot.span.seconds, 1e-6) for shot, _ in told]
        yield self._label(attribute, np.average([y for _, y in told], axis=0, weights=weights), weights=CLIP.label)
        if len(scene.shots) > 1:
            for shot, values in told:
                yield self._label(attribute, values, shot=shot)

    def _label(self, attribute: Attribute, values: Series, shot: Shot | None = None, **data: Any) -> Evidence:
        names = list(attribute.labels)
        first, second = np.argsort(-values, kind="stable")[:2]
        margin = float(values[first] - values[second])
        what = attribute.id.replace("_", " ")
        return self.found(
            attribute.id,
            float(values[first]),
            shot=shot,
            words=f"For {what}, “{names[first]}” fits best, by {number(margin)} before “{names[second]}”.",
            confidence=UNTRAINED,
            label=names[first],
            margin=round(margin, 4),
            shares={name: round(float(v), 4) for name, v in zip(names, values, strict=True)},
            **data,
        )


def standing(pictures: Vectors, named: Vectors, foils: Vectors) -> tuple[Series, NDArray[np.intp]]:
    """How phrases stand among unrelated descriptions where they are seen best.

    Args:
        pictures: (N, D) crops; named: (P, D) phrases; foils: (F, D) unrelated descriptions.

    Returns:
        (P,) share of the foils that are less alike to that picture than the phrase, and (P,) its index.
    """
    place = (named @ pictures.T).argmax(1)
    best = pictures[place]
    mine = np.einsum("pd,pd->p", named, best)
    return np.asarray((foils @ best.T < mine).mean(0), np.float64), place


def _verdict(share: float) -> str:
    if share < CHANCE:
        return ": below most unrelated things, so it is probably not there."
    return f", above {number(100 * share)} % of unrelated things."
