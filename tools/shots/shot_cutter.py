"""Where shots begin: cuts, dissolves, fades and wipes, told by detectors that must agree.

Each detector says for every frame how surely a shot begins there, 0.5 being its own threshold. A cut is where the
mean of them reaches a half: two that agree are surer than one, and one alone must outvote the other. Flashes and whip
pans are no cuts; flat frames between two shots belong to the fade, not to a shot of their own.

It does not know wipes along other than straight edges, cuts between two takes of nearly the same picture, or shots
shorter than 0.16 s.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
from pydantic import Field

from evalverse.tools.evidence import Direction, Evidence, Measure, Scope, Span, number
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.frame import Frame
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Picture, Scene, Shot, Wishes, register
from evalverse.tools.shots._cuts import certainty, steps
from evalverse.tools.shots._gradual import blends
from evalverse.tools.shots._likeness import FLAT, Scores, Strip
from evalverse.tools.shots._others import Adaptive, transnet
from evalverse.tools.shots._reconcile import Transition, as_given, cuts, reconcile
from evalverse.tools.shots._wipes import wipes

HEIGHT = 144


class ShotSettings(OperatorSettings):
    """Which detectors vote."""

    detectors: tuple[Literal["adaptive", "ours", "transnet"], ...] = Field(
        ("adaptive", "ours"),
        min_length=1,
        description="adaptive: PySceneDetect; ours: thumbnails, the one that knows gradual transitions; "
        "transnet: TransNet V2, needs the extra 'neural'",
    )
    cuts: tuple[float, ...] | None = Field(
        None, description="seconds at which shots begin, the first left out, as the user has them; nobody votes then"
    )


@register
class ShotCutter(Operator):
    """Cuts the clip into shots."""

    name, version, title = "shot_cutter", "2", "Shots"
    needs = Needs(picture=Picture(height=HEIGHT))
    Settings = ShotSettings
    cost = 3.0
    measures = (
        Measure(
            name="count",
            title="Shots",
            unit="",
            low=1,
            high=None,
            direction=Direction.NEUTRAL,
            definition="Number of shots: stretches between cuts and gradual transitions on which the detectors agree.",
            source="PySceneDetect AdaptiveDetector, and a detector of our own that compares thumbnails",
        ),
        Measure(
            name="cuts",
            title="Hard cuts",
            unit="",
            low=0,
            high=None,
            direction=Direction.NEUTRAL,
            definition="Number of places where one picture follows another without a transition.",
        ),
        Measure(
            name="transitions",
            title="Dissolves, fades and wipes",
            unit="",
            low=0,
            high=None,
            direction=Direction.NEUTRAL,
            definition="Number of gradual transitions, a fade in at the beginning and a fade out at the end included.",
        ),
        Measure(
            name="median_length",
            title="Usual length of a shot",
            unit="s",
            low=0,
            high=None,
            direction=Direction.NEUTRAL,
            definition="Median length of the shots; a shot runs to the middle of the transition that ends it.",
            source="after average shot length, Salt 1974, Statistical style analysis of motion pictures",
        ),
    )

    def __init__(self, clip: Clip, ledger: Ledger, settings: OperatorSettings | None = None) -> None:
        super().__init__(clip, ledger, settings)
        self._times = array("d")
        self._strip = Strip()
        self._adaptive = Adaptive() if "adaptive" in self.settings.detectors else None

    @classmethod
    def tune(cls, wishes: Wishes) -> OperatorSettings | None:
        return None if wishes.cuts is None else ShotSettings(cuts=wishes.cuts)

    def see(self, frame: Frame) -> None:
        rgb = frame.rgb(HEIGHT)
        self._times.append(frame.seconds)
        self._strip.append(rgb)
        if self._adaptive is not None:
            self._adaptive.see(rgb)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        times = np.array(self._times)
        if self.clip.picture is None or not len(times):
            yield from self.could_not_at_all("there is no picture")
            return
        step = float(np.median(np.diff(times))) if len(times) > 1 else 1 / float(self.clip.picture.rate)
        found, doubt = self._transitions(1 / step)
        given = self.settings.cuts
        if given is not None:
            starts = np.searchsorted(times, np.array(given, float) - step / 2)
            found, doubt = as_given(found, starts[starts < len(times)]), 0.0
        shots = list(_shots(found, times, float(times[-1]) + step))
        trust = min([1 - doubt, *(t.certainty for t in found if t.at is not None)])
        hard = [t for t in found if t.kind == "cut"]
        soft = [t for t in found if t.kind != "cut"]
        yield self.found(
            "count",
            len(shots),
            words="The clip is one single shot." if len(shots) == 1 else f"The clip has {len(shots)} shots.",
            confidence=trust,
            shots=shots,
            detectors=[] if given is not None else list(self.settings.detectors),
        )
        yield self.found("cuts", len(hard), words=_told(len(hard), "hard cut"), confidence=trust)
        kinds: dict[str, Any] = {kind: sum(t.kind == kind for t in soft) for kind in ("dissolve", "fade", "wipe")}
        told = (
            " and ".join(_told(n, kind).rstrip(".") for kind, n in kinds.items() if n) or "No dissolves, fades or wipes"
        )
        yield self.found("transitions", len(soft), words=f"{told}.", confidence=trust, **kinds)
        median = float(np.median([s["end"] - s["start"] for s in shots]))
        words = f"{'Half of the shots are' if len(shots) > 1 else 'The shot is'} {number(median)} s long"
        yield self.found("median_length", median, words=f"{words}{' or longer' if len(shots) > 1 else ''}.")
        for t in found:
            span = Span(start=float(times[t.start if t.kind != "cut" else t.end]), end=float(times[t.end]))
            does = "begins" if t.at is not None or t.start < len(times) / 2 else "ends"
            yield self.found(
                "cuts" if t.kind == "cut" else "transitions",
                1,
                span=span,
                words=f"A shot {does} with a {t.kind} here.",
                confidence=t.certainty,
                kind=t.kind,
            )

    def _transitions(self, rate: float) -> tuple[list[Transition], float]:
        """What the detectors agree on, and how sure the likeliest place was that they turned down."""
        asked = self.settings.detectors
        votes: list[Scores] = []
        near, plain = steps(self._strip)
        if self._adaptive is not None:
            votes.append(self._adaptive.certainty())
        if "ours" in asked:
            votes.append(certainty(self._strip, near, rate))
        if "transnet" in asked:
            votes.append(transnet(self._strip.thumbs()))
        hard, doubt = cuts(votes, rate)
        soft = blends(self._strip, rate) + wipes(self._strip, rate) if "ours" in asked else []
        return reconcile(hard, soft, plain < FLAT, rate), doubt


def shots_from(evidence: Iterable[Evidence]) -> tuple[Shot, ...]:
    """The shots that a run of ``shot_cutter`` found, in order; none if it could not measure."""
    for item in evidence:
        if item.measure == "shot_cutter.count" and item.scope == Scope.CLIP:
            return tuple(
                Shot(s["index"], Span(start=s["start"], end=s["end"]), s["begins_with"], s["confidence"])
                for s in item.data.get("shots", ())
            )
    return ()


def _shots(found: list[Transition], times: Scores, end: float) -> Iterator[dict[str, Any]]:
    """The shots between the transitions, as data of the evidence; times in seconds."""
    opening = any(t.kind == "fade" and t.at is None and t.start < len(times) / 2 for t in found)
    inner = [t for t in found if t.at is not None]
    starts = [0.0 if not len(times) else float(times[0]), *(float(times[t.at]) for t in inner if t.at is not None)]
    kinds = ["fade" if opening else "start", *(t.kind for t in inner)]
    sure = [1.0, *(t.certainty for t in inner)]
    for index, (start, stop, kind, how) in enumerate(zip(starts, [*starts[1:], end], kinds, sure, strict=True)):
        yield {"index": index, "start": start, "end": stop, "begins_with": kind, "confidence": round(how, 4)}


def _told(count: int, thing: str) -> str:
    return f"No {thing}s." if not count else f"{count} {thing}{'s' if count > 1 else ''}."
