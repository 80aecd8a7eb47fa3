"""Faults of the soundtrack: distortion, noise, hum, clicks, holes, jumps of level, loss, cuts beside the beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from evalverse.calibration.faults._dsp import level, resound
from evalverse.calibration.faults._paint import from_turn
from evalverse.calibration.faults.fault import Amount, Job, Medium, Needs, fault
from evalverse.calibration.faults.take import Samples, Take

CLEAN = "sound-design/vocal/acoustic-quality/voice-is-clean"
EFFECTS = "sound-design/soundscape/ambient-sound-fidelity/effects-are-clean"
BED = "sound-design/soundscape/ambient-sound-fidelity/bed-is-unbroken"
SOUND = frozenset({Needs.SOUND})


@fault(
    name="clipped-sound",
    words="The sound is overdriven: loud places are squared off and rasp.",
    medium=Medium.SOUND,
    amount=Amount("dB driven into the clip above the loudest peak", most=36, faint=5, medium=12, strong=26),
    checks=(CLEAN, EFFECTS, "sound-design/soundscape/musical-score-alignment/music-is-well-made"),
    measures=("sound_clipping.share",),
    needs=SOUND,
)
def clipped_sound(take: Take, job: Job) -> Take:
    def drive(samples: Samples) -> NDArray[np.floating]:
        peak = max(float(np.abs(samples).max()), 1e-6)
        driven = samples * 10 ** (job.amount / 20) / peak
        loudest = min(1.0, 10 ** (job.amount / 20) * peak)  # as loud as a desk would play it
        return np.asarray(loudest * np.clip(driven, -1, 1))

    return resound(take, job, drive)


def _added(take: Take, job: Job, dirt: NDArray[np.floating]) -> Take:
    """``dirt`` (N,) of RMS 1 added at the ordered % of the programme's level, the same in all channels."""

    def add(samples: Samples) -> NDArray[np.floating]:
        return samples + job.amount / 100 * level(samples) * dirt[: len(samples), None]

    return resound(take, job, add)


def _count(take: Take) -> int:
    assert take.sound is not None
    return len(take.sound)


@fault(
    name="hiss",
    words="Broadband noise lies under everything.",
    medium=Medium.SOUND,
    amount=Amount("% of the programme's level (10 % is 20 dB below it)", most=80, faint=2, medium=8, strong=35),
    checks=(CLEAN, EFFECTS, "sound-design/vocal/acoustic-quality/words-are-understood"),
    measures=("noise_floor.snr",),
    needs=SOUND,
)
def hiss(take: Take, job: Job) -> Take:
    return _added(take, job, job.rng().standard_normal(_count(take)))


@fault(
    name="hum",
    words="The mains hum: a low buzzing tone with its overtones.",
    medium=Medium.SOUND,
    amount=Amount("% of the programme's level (10 % is 20 dB below it)", most=100, faint=4, medium=14, strong=50),
    checks=(CLEAN, EFFECTS),
    measures=("noise_floor.hum",),
    needs=SOUND,
)
def hum(take: Take, job: Job) -> Take:
    mains = float(job.rng().choice([50.0, 60.0]))
    clock = np.arange(_count(take)) / take.sound_rate
    buzz = sum(np.sin(2 * np.pi * mains * k * clock + k) / k**0.7 for k in (1, 2, 3, 4, 5, 7, 9))
    return _added(take, job, buzz / np.sqrt(np.mean(np.square(buzz)))).told(mains_hz=mains)


@fault(
    name="clicks",
    words="The sound clicks and crackles.",
    medium=Medium.SOUND,
    amount=Amount("clicks per second", most=30, faint=1, medium=4, strong=14),
    checks=(CLEAN, EFFECTS, BED),
    needs=SOUND,
)
def clicks(take: Take, job: Job) -> Take:
    rng = job.rng()
    chance = rng.random(_count(take))
    sizes = rng.choice([-1.0, 1.0], _count(take)) * rng.uniform(1.5, 4, _count(take))

    def crackle(samples: Samples) -> NDArray[np.floating]:
        struck = chance[: len(samples)] < job.amount / take.sound_rate
        pulses = np.where(struck, sizes[: len(samples)], 0) * level(samples)
        ring = np.exp(-np.arange(24) / 5) * np.cos(np.arange(24) * 1.1)
        rung: NDArray[np.float64] = signal.fftconvolve(pulses, ring)[: len(samples), None]
        return samples + rung

    return resound(take, job, crackle)


@fault(
    name="ambience-hole",
    words="For a moment all sound is gone, room and air included, as where an editor forgot the atmosphere.",
    medium=Medium.SOUND,
    amount=Amount("ms of digital silence", most=2500, faint=100, medium=350, strong=1200),
    checks=(BED,),
    measures=("silence.longest_hole", "silence.dropouts"),
    needs=SOUND,
)
def ambience_hole(take: Take, job: Job) -> Take:
    begin = job.rng().uniform(0.2, 0.6)

    def pierce(samples: Samples) -> NDArray[np.floating]:
        at = round(begin * len(samples))
        samples[at : at + round(job.amount / 1000 * take.sound_rate)] = 0
        return samples

    return resound(take, job, pierce).told(hole_from=float((job.first + begin * job.frames) / take.rate))


@fault(
    name="level-jump",
    words="From the middle on, or at a cut, everything is suddenly louder or softer.",
    medium=Medium.SOUND,
    amount=Amount("dB", most=24, faint=2.5, medium=7, strong=16),
    checks=(BED, "sound-design/soundscape/ambient-sound-fidelity/near-is-near"),
    needs=SOUND,
)
def level_jump(take: Take, job: Job) -> Take:
    assert take.sound is not None
    peak = max(float(np.abs(take.sound).max()), 1e-6)
    louder = bool(job.rng().integers(2)) and peak * 10 ** (job.amount / 20) < 1  # never into the clip
    gain = 10 ** ((1 if louder else -1) * job.amount / 20)
    return resound(take, from_turn(take, job), lambda x: x * gain).told(db=job.amount if louder else -job.amount)


@fault(
    name="pumping-level",
    words="An automatic gain pumps: pauses and room swell up between the words.",
    medium=Medium.SOUND,
    amount=Amount("% of the dynamics ironed out", most=100, faint=30, medium=60, strong=95),
    checks=(CLEAN, EFFECTS, "sound-design/soundscape/ambient-sound-fidelity/near-is-near"),
    measures=("noise_floor.snr",),
    needs=SOUND,
)
def pumping_level(take: Take, job: Job) -> Take:
    def pump(samples: Samples) -> NDArray[np.floating]:
        step = max(1, take.sound_rate // 100)
        loud = np.array([np.sqrt(np.mean(np.square(samples[k : k + step]))) for k in range(0, len(samples), step)])
        smooth = np.exp(-1 / 25)  # a quarter of a second at 100 steps a second
        slow = signal.lfilter([1 - smooth], [1, -smooth], loud, zi=[smooth * loud[0]])[0]
        gain = (np.maximum(slow, 1e-4) / level(samples)) ** (-job.amount / 100)
        gain = np.minimum(gain, 10 ** (30 / 20))  # as far as such a circuit reaches
        curve = np.interp(np.arange(len(samples)), np.arange(len(gain)) * step, gain)
        pumped = samples * curve[:, None]
        return np.asarray(pumped * level(samples) / level(pumped))

    return resound(take, job, pump)


@fault(
    name="lost-sound",
    words="The sound falls away until nothing is left.",
    medium=Medium.SOUND,
    amount=Amount("dB of attenuation", most=90, faint=12, medium=30, strong=80),
    checks=(BED, "sound-design/vocal/acoustic-quality/words-are-understood"),
    measures=("loudness.integrated", "silence.share"),
    needs=SOUND,
    share=0.6,
)
def lost_sound(take: Take, job: Job) -> Take:
    return resound(take, job, lambda x: x * 10 ** (-job.amount / 20))


@fault(
    name="beat-blind-cutting",
    words="The cuts fall beside the beat of the music.",
    medium=Medium.SOUND,
    amount=Amount("ms between beat and cut", most=240, faint=50, medium=110, strong=220),
    checks=(
        "sound-design/soundscape/musical-score-alignment/music-meets-the-cut",
        "multi-shot/rhythm/shot-duration-rationality/cuts-sit-with-sound",
    ),
    measures=("beats.cuts_on_beats",),
    needs={Needs.SCORE, Needs.CUT},
)
def beat_blind_cutting(take: Take, job: Job) -> Take:
    shift = round(job.amount / 1000 * take.sound_rate)
    return resound(take, job, lambda x: np.concatenate([x[-shift:], x[:-shift]]))  # the score goes on where it ended
