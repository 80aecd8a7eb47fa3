"""The sound operators against faults that are known: each must answer to its own and stay where it is for the others.

The sound of real clips gets one fault of the laboratory at a time; every operator that works on samples reads both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from evalverse.calibration.faults.fault import Unfit, faults
from evalverse.calibration.faults.take import Take, Trait
from evalverse.tools.evidence import Evidence, Scope, Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Sound, decode_sound
from evalverse.tools.operator import Scene, Shot, operator
from evalverse.tools.sound.speech_activity import segments_from

RATE = 48000
LONGEST = 12.0
"""Seconds of each clip that are used."""
SPOKEN = 0.3
"""Share of speech from which on a clip counts as one with speech."""
LEAST = 0.005
"""Change below which a measure counts as unmoved, whatever its unit."""
ORDER = (
    *("speech_activity", "music", "loudness", "true_peak", "silence", "noise_floor", "sound_clipping", "clicks"),
    *("bandwidth", "reverberation", "prosody", "mix", "ambience", "ambience_loop", "voices"),
)
"""The operators, those first that others build on."""


@dataclass(frozen=True)
class Answer:
    """The measure that a fault is meant for, and which way it must go; ``step`` is what counts as an answer."""

    measure: str
    way: int
    step: float


OWN: Mapping[str, Answer | None] = {
    "lost-sound": Answer("loudness.integrated", -1, 6),
    "clipped-sound": Answer("sound_clipping.share", 1, 0.02),
    "hiss": Answer("noise_floor.snr", -1, 3),
    "hum": Answer("noise_floor.hum", 1, 6),
    "clicks": Answer("clicks.count", 1, 2),
    "ambience-hole": Answer("silence.digital", 1, 1),
    "level-jump": Answer("mix.line_jump", 1, 2),
    "muffled-sound": Answer("bandwidth.limit", -1, 1),
    "room-mismatch": Answer("reverberation.room_change", 1, 0.2),
    "music-over-dialogue": Answer("mix.voice_over_bed", -1, 3),
    "robotic-voice": Answer("prosody.pitch_range", -1, 1),
    "changed-voice": Answer("voices.spread", 1, 0.5),
    "watery-voice": None,
}
"""What each fault is meant for; None: nothing here measures it."""
Values = Mapping[str, float]
Say = Callable[[str], None]


def prove(data: Sequence[Path], ledger: Ledger, say: Say) -> str:
    """The table as Markdown, of all clips in ``data`` that have a sound."""
    moved: dict[str, list[Mapping[str, float]]] = {name: [] for name in OWN}
    for path in data:
        take = taken(path, ledger)
        if take is None:
            continue
        say(f"{path.name}: {'speech' if Trait.SPEECH in take.traits else 'no speech'}")
        before = readings(take, ledger)
        for name in OWN:
            seed = int(hashlib.sha256(f"{path.stem} {name}".encode()).hexdigest()[:8], 16)
            family = faults()[name]
            try:
                hurt = family.apply(take, family.amount.strengths()["medium"], np.random.default_rng(seed))
            except Unfit:
                continue
            after = readings(hurt, ledger)
            moved[name].append({m: after[m] - before[m] for m in before.keys() & after.keys()})
    return "\n".join(table(moved))


def taken(path: Path, ledger: Ledger) -> Take | None:
    """The sound of a clip as a take whose cut is said to be in the middle; None without sound."""
    clip = probe(path)
    sound = decode_sound(clip) if clip.sound is not None else None
    if sound is None:
        return None
    samples = np.array(sound.mono(RATE))[: round(LONGEST * RATE), None]
    length = len(samples) * 25 // RATE
    take = Take(Fraction(25), 16, 16, length, lambda: iter(()), (length // 2,), samples, RATE)
    spoken = sum(s.seconds for s in segments_from(heard(take, ("speech_activity",), ledger)["speech_activity"]))
    return Take(
        *(take.rate, take.width, take.height, take.length, take.pictures, take.cuts, take.sound, take.sound_rate),
        traits=frozenset({Trait.SPEECH} if spoken >= SPOKEN * take.seconds else ()),
    )


def heard(take: Take, names: Sequence[str], ledger: Ledger) -> dict[str, list[Evidence]]:
    """What the operators say of a take's sound."""
    assert take.sound is not None
    sound = Sound(take.sound, take.sound_rate, "mono", 0.0)
    clip = Clip(
        path=Path("sound"),
        sha256="0" * 64,
        bytes=1,
        container="wav",
        origin=Fraction(0),
        duration=sound.seconds,
        picture=None,
        sound=None,
    )
    middle = float(take.cuts[0] / take.rate)
    spans = ((0.0, middle), (middle, sound.seconds))
    shots = tuple(Shot(i, Span(start=a, end=b), "cut" if i else "start") for i, (a, b) in enumerate(spans))
    told: dict[str, list[Evidence]] = {}
    for name in names:
        subject = operator(name)(clip, ledger)
        subject.listen(sound)
        told[name] = list(subject.finish(Scene(clip, ledger, shots=shots, evidence=told)))
    return told


def readings(take: Take, ledger: Ledger) -> Values:
    """The clip's value of every measure that has one."""
    every = (e for found in heard(take, ORDER, ledger).values() for e in found)
    return {e.measure: e.value for e in every if e.scope is Scope.CLIP and e.value is not None}


def table(moved: Mapping[str, Sequence[Values]]) -> Iterator[str]:
    """One row per fault: how often its own measure answered; how far that one and the others moved, in the median."""
    measures = sorted({own.measure for own in OWN.values() if own})
    yield f"| fault | answered | {' | '.join(f'`{m}`' for m in measures)} |"
    yield f"|---|---|{'---|' * len(measures)}"
    for fault, clips in moved.items():
        own = OWN[fault]
        told = [c[own.measure] for c in clips if own.measure in c] if own else []
        right = sum(own.way * by >= own.step for by in told) if own else 0
        cells = []
        for measure in measures:
            values = [c[measure] for c in clips if measure in c]
            by = float(np.median(values)) if values else np.nan
            cell = "-" if not values else f"{by:+.2g}" if abs(by) >= LEAST else "0"
            cells.append(f"**{cell}**" if own and measure == own.measure else cell)
        answered = f"{right} of {len(told)}" if own else "no measure"
        yield f"| {fault} | {answered} | {' | '.join(cells)} |"
