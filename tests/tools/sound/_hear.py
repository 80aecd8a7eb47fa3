"""One sound operator on samples whose truth is known."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from evalverse.tools.evidence import Evidence, Scope, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Samples, Sound, decode_sound
from evalverse.tools.operator import Operator, OperatorSettings, Scene, Shot

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def sounding(samples: Samples, rate: int = 48000, start: float = 0.0, layout: str | None = None) -> Sound:
    """Samples (N,) or (N, C) as a decoded sound."""
    columns = np.atleast_2d(samples.T).T.astype(np.float32)
    return Sound(columns, rate, layout or LAYOUTS[columns.shape[1]], start)


def clip_of(sound: Sound) -> Clip:
    """A clip that has nothing but a sound."""
    return Clip(
        path=Path("a.wav"),
        sha256="0" * 64,
        bytes=1,
        container="wav",
        origin=Fraction(0),
        duration=sound.start + sound.seconds,
        picture=None,
        sound=None,
    )


def listen(
    kind: type[Operator],
    sound: Sound | Samples,
    root: Path,
    shots: tuple[float, ...] = (),
    settings: OperatorSettings | None = None,
    rate: int = 48000,
    evidence: dict[str, list[Evidence]] | None = None,
) -> list[Evidence]:
    """What an operator finds in a sound; ``shots`` are the times at which shots begin, without 0."""
    sound = sound if isinstance(sound, Sound) else sounding(sound, rate)
    clip, ledger = clip_of(sound), Ledger(root)
    subject = kind(clip, ledger, settings)
    subject.listen(sound)
    edges = [0.0, *shots, clip.duration]
    cut = tuple(
        Shot(i, Span(start=a, end=b), begins_with="cut" if i else "start") for i, (a, b) in enumerate(pairwise(edges))
    )
    found = list(subject.finish(Scene(clip, ledger, shots=cut, evidence=evidence or {})))
    told = {e.measure.split(".")[1] for e in found if e.scope is Scope.CLIP}
    assert told == {m.name for m in kind.measures}, "every measure needs a value or a reason"
    return found


def whole(found: list[Evidence], measure: str) -> Evidence:
    """The clip's reading of a measure."""
    return next(e for e in found if e.scope is Scope.CLIP and e.measure.endswith(f".{measure}"))


def value(found: list[Evidence], measure: str) -> float:
    """The clip's value of a measure; fails with the reason when there is none."""
    reading = whole(found, measure)
    assert reading.value is not None, reading.unmeasured
    return reading.value


def moments(found: list[Evidence], measure: str) -> list[Span]:
    """Where a measure points."""
    return [
        e.span for e in found if e.scope is Scope.MOMENT and e.measure.endswith(f".{measure}") and e.span is not None
    ]


def real(path: Path) -> Sound:
    """The sound of a real clip."""
    sound = decode_sound(probe(path))
    assert sound is not None
    return sound
