"""Asked-for shots against the shots that are there: cuts that nobody asked for, and shots that never came.

The brief's list counts, else what the prompt says ("Shot 1: ...", "in three shots", "one continuous take"). With CLIP
weights each text is matched to a shot, in order; without them only the numbers are compared, and a clip that has one
shot too few and one too many looks right.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalverse.tools.continuity._asked import aligned, asked_for
from evalverse.tools.continuity._joins import MOMENTS, Pairs, neighbours
from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, Span
from evalverse.tools.likeness._open_clip import CLIP, load
from evalverse.tools.media.sample import frames_at, per_shot
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Scene, Shot, Wishes, register
from evalverse.tools.shots.shot_cutter import shots_from

HEIGHT = 224
LOOKS = 3
"""Pictures of a shot that are shown to CLIP."""
BY_NUMBER, BY_TEXT = 0.6, 0.6
"""Confidence in what the number alone says, and in what CLIP says. Ours."""


class AskedSettings(OperatorSettings):
    """What was asked for."""

    expected: int | None = None
    texts: tuple[str, ...] = ()


@register
class AskedShots(Operator):
    """Missing and extra shots."""

    name, version, title = "asked_shots", "1", "Asked-for shots"
    needs = Needs(after=("shot_cutter",))
    Settings = AskedSettings
    cost = 0.2
    measures = (
        Measure(
            name="missing",
            title="Asked-for shots that are missing",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Shots of the brief that no shot of the clip shows, aligned in order by CLIP where its weights "
            "are there; else by how many the clip has fewer than asked for.",
            source="alignment: Needleman and Wunsch 1970",
        ),
        Measure(
            name="extra",
            title="Shots nobody asked for",
            unit="",
            low=0,
            direction=Direction.LOWER,
            definition="Shots of the clip that show none of the brief's; without CLIP weights, how many the clip has "
            "more than asked for.",
            source="alignment: Needleman and Wunsch 1970",
        ),
    )

    @classmethod
    def tune(cls, wishes: Wishes) -> OperatorSettings | None:
        expected, texts = asked_for(wishes.prompt, wishes.shots)
        return None if expected is None else AskedSettings(expected=expected, texts=texts)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        shots = shots_from(scene.evidence.get("shot_cutter", []))
        asked, texts = self.settings.expected, self.settings.texts
        if asked is None or not shots:
            why = "neither brief nor prompt says how many shots there should be"
            yield from self.could_not_at_all(why if asked is None else "the shots could not be told")
            return
        sure = min(e.confidence for e in scene.evidence["shot_cutter"] if e.scope is Scope.CLIP)
        if asked == 1:
            yield from self._told(asked, shots, 0, len(shots) - 1, sure, [])
            yield from self._unasked(shots, sure)
            return
        if not texts or CLIP.lacks() is not None:
            missing, extra = max(0, asked - len(shots)), max(0, len(shots) - asked)
            pairs = [(i, i) for i in range(asked)] if asked == len(shots) else []
            yield from self._told(asked, shots, missing, extra, sure * BY_NUMBER, pairs)
            return
        pairs = aligned(self._shares(texts, shots), 0.5 / asked)
        confidence = round(sure * BY_TEXT, 3)
        yield from self._told(asked, shots, asked - len(pairs), len(shots) - len(pairs), confidence, pairs)
        shown = {s for _, s in pairs}
        for shot in [shot for shot in shots if shot.index not in shown][:MOMENTS]:
            words = f"Shot {shot.index + 1} shows none of the shots that were asked for."
            yield self.found("extra", 1, span=shot.span, shot=shot, words=words, confidence=confidence)

    def _shares(
        self, texts: tuple[str, ...], shots: tuple[Shot, ...]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """(A, S) what share of each shot CLIP gives to each text; chance is 1 / A."""
        encoder = load(CLIP)
        seen = frames_at(self.clip, per_shot(self.clip, shots, LOOKS), HEIGHT)
        vectors = encoder.pictures([frame.rgb(HEIGHT) for frame in seen]).reshape(len(shots), LOOKS, -1).mean(axis=1)
        vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
        logits = encoder.scale * (encoder.texts(texts).astype(np.float64) @ vectors.T)
        shares = np.exp(logits - logits.max(axis=0))
        return np.asarray(shares / shares.sum(axis=0))

    def _told(
        self,
        asked: int,
        shots: tuple[Shot, ...],
        missing: int,
        extra: int,
        confidence: float,
        pairs: list[tuple[int, int]],
    ) -> Iterator[Evidence]:
        there = f"{asked} shot{'s' * (asked > 1)} asked for, {len(shots)} in the clip"
        rows = [{"asked": a + 1, "shot": s + 1} for a, s in pairs]
        for measure, value, what in (("missing", missing, "missing"), ("extra", extra, "not asked for")):
            words = f"{there}: {value or 'none'} {what}."
            yield self.found(
                measure,
                value,
                words=words,
                confidence=round(confidence, 3),
                asked=asked,
                there=len(shots),
                aligned=rows,
            )

    def _unasked(self, shots: tuple[Shot, ...], sure: float) -> Iterator[Evidence]:
        """The cuts of what should be one take."""
        pairs = Pairs(self)
        for join in list(neighbours(shots))[:MOMENTS]:
            yield self.found(
                "extra",
                1,
                span=Span(start=join.seconds, end=join.seconds),
                shot=join.new,
                words="The picture cuts here, though one take was asked for.",
                confidence=round(min(sure, join.new.confidence), 3),
                picture=pairs(join),
            )
