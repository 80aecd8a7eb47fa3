"""The sound operators against faults that are known: each must answer to its own and stay where it is for the others.

The sound of real clips gets one fault of the laboratory at a time; every operator that works on samples reads both.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np

from evalverse.calibration.faults.fault import Unfit, faults
from evalverse.calibration.faults.take import Samples, Take, Trait
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
    *("bandwidth", "musical_noise", "reverberation", "prosody", "mix", "speech_depth", "voice_tone", "voice_turn"),
    *("level_step", "ambience", "ambience_loop", "voices", "hiss", "pumping", "steady_tones"),
)
"""The operators, those first that others build on."""


@dataclass(frozen=True)
class Answer:
    """The measure that a fault is meant for, and which way it must go; ``step`` is what counts as an answer."""

    measure: str
    way: int
    step: float


OWN: Mapping[str, tuple[Answer, ...]] = {
    "lost-sound": (Answer("loudness.integrated", -1, 6),),
    "clipped-sound": (Answer("sound_clipping.share", 1, 0.02),),
    "hiss": (Answer("noise_floor.snr", -1, 3), Answer("speech_depth.range", -1, 6), Answer("hiss.level", 1, 6)),
    "hum": (Answer("noise_floor.hum", 1, 6),),
    "clicks": (Answer("clicks.count", 1, 2),),
    "ambience-hole": (Answer("silence.digital", 1, 1),),
    "level-jump": (Answer("level_step.sure", 1, 2), Answer("mix.line_jump", 1, 2)),
    "muffled-sound": (Answer("bandwidth.limit", -1, 1), Answer("voice_tone.dullness", 1, 6)),
    "room-mismatch": (Answer("reverberation.room_change", 1, 0.2), Answer("voice_turn.room", 1, 1)),
    "music-over-dialogue": (
        Answer("mix.voice_over_bed", -1, 3),
        Answer("speech_depth.range", -1, 3),
        Answer("steady_tones.under_speech", 1, 0.15),
    ),
    "robotic-voice": (Answer("prosody.pitch_range", -1, 1),),
    "changed-voice": (Answer("voice_turn.tract", 1, 1), Answer("voices.spread", 1, 0.5)),
    "watery-voice": (Answer("musical_noise.scatter", 1, 1),),
    "pumping-level": (Answer("pumping.answer", 1, 0.1),),
    "mp3-24k": (Answer("bandwidth.limit", -1, 1), Answer("musical_noise.scatter", 1, 1)),
    "aac-24k": (Answer("bandwidth.limit", -1, 1), Answer("musical_noise.scatter", 1, 1)),
}
"""What each fault is meant for, in the order of the table's columns."""
CODECS = {"mp3-24k": ("libmp3lame", "mp3", "s16p"), "aac-24k": ("aac", "adts", "fltp")}
"""Faults that are no family of the laboratory: encoder, container and sample format."""
SINGLE = frozenset({"changed-voice"})
"""Faults that are put on a single shot, since a cut may bring another speaker."""
STARVED = 24000
"""Bits a second."""
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
        takes = {False: take, True: replace(take, cuts=())}
        clean = {single: readings(one, ledger) for single, one in takes.items()}
        for name in OWN:
            single = name in SINGLE
            try:
                after = readings(faulted(takes[single], name, f"{path.stem} {name}"), ledger)
            except Unfit:
                continue
            moved[name].append({m: after[m] - clean[single][m] for m in clean[single].keys() & after.keys()})
    return "\n".join(table(moved))


def faulted(take: Take, name: str, seed: str) -> Take:
    """The take with one fault at medium strength, or through a starved codec. Raises Unfit where it cannot bear it."""
    if name in CODECS:
        assert take.sound is not None
        return replace(take, sound=coded(take.sound[:, 0], take.sound_rate, *CODECS[name], STARVED)[:, None])
    family = faults()[name]
    rng = np.random.default_rng(int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16))
    return family.apply(take, family.amount.strengths()["medium"], rng)


def coded(wave: Samples, rate: int, codec: str, container: str, layout: str, bits: int) -> Samples:
    """(N,) through an encoder at ``bits`` a second and back; codecs add some delay."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as target:
        stream: Any = target.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave[None], np.float32), "fltp", "mono")
        frame.sample_rate = rate
        for part in av.AudioResampler(layout, "mono", rate).resample(frame):
            target.mux(stream.encode(part))
        target.mux(stream.encode())
    file.seek(0)
    resampler = av.AudioResampler("flt", "mono", rate)
    with av.open(file, "r") as source:
        heard = [part.to_ndarray()[0] for frame in source.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate(heard)


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
    edges = (0.0, *(float(cut / take.rate) for cut in take.cuts), sound.seconds)
    spans = (Span(start=a, end=b) for a, b in pairwise(edges))
    shots = tuple(Shot(i, span, "cut" if i else "start") for i, span in enumerate(spans))
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
    measures = sorted({answer.measure for own in OWN.values() for answer in own})
    yield f"| fault | answered | {' | '.join(f'`{m}`' for m in measures)} |"
    yield f"|---|---|{'---|' * len(measures)}"
    for fault, clips in moved.items():
        answers = []
        for own in OWN[fault]:
            told = [c[own.measure] for c in clips if own.measure in c]
            answers.append(f"{sum(own.way * by >= own.step for by in told)} of {len(told)}")
        meant = {own.measure for own in OWN[fault]}
        cells = []
        for measure in measures:
            values = [c[measure] for c in clips if measure in c]
            by = float(np.median(values)) if values else np.nan
            cell = "-" if not values else f"{by:+.2g}" if abs(by) >= LEAST else "0"
            cells.append(f"**{cell}**" if measure in meant else cell)
        yield f"| {fault} | {', '.join(answers)} | {' | '.join(cells)} |"
