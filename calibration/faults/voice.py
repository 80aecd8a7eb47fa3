"""Faults of the voice: out of step with the lips, not the speaker's own, or not from this room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from evalverse.calibration.faults._dsp import (
    filtered,
    level,
    repitched,
    resound,
    reverberated,
    room_tone,
    score,
    spectral,
)
from evalverse.calibration.faults._paint import from_turn
from evalverse.calibration.faults.fault import Amount, Job, Medium, Needs, Unfit, fault
from evalverse.calibration.faults.take import Samples, Take

VOICE = "sound-design/vocal/acoustic-quality"
SYNC = "sound-design/vocal/lip-sync"


@fault(
    name="voice-offset",
    words="The voice comes before or after the lips.",
    medium=Medium.SOUND,
    amount=Amount("ms early or late", most=600, faint=80, medium=180, strong=400),
    checks=(f"{SYNC}/mouth-in-time",),
    measures=("lip_sync.offset_ms",),
    needs={Needs.SPEECH},
)
def voice_offset(take: Take, job: Job) -> Take:
    late = bool(job.rng().integers(2))
    shift = round(job.amount / 1000 * take.sound_rate)

    def slide(samples: Samples) -> Samples:
        gap = room_tone(samples, take.sound_rate, min(shift, len(samples)))
        kept = samples[: len(samples) - len(gap)] if late else samples[len(gap) :]
        return np.concatenate([gap, kept] if late else [kept, gap])

    return resound(take, job, slide).told(offset_ms=job.amount if late else -job.amount)


@fault(
    name="voice-drift",
    words="Voice and lips start together and part more and more.",
    medium=Medium.SOUND,
    amount=Amount("ms late at the end", most=800, faint=120, medium=280, strong=600),
    checks=(f"{SYNC}/mouth-in-time",),
    measures=("lip_sync.drift_ms_per_s",),
    needs={Needs.SPEECH},
)
def voice_drift(take: Take, job: Job) -> Take:
    behind = job.amount / 1000 * take.sound_rate

    def drag(samples: Samples) -> Samples:
        at = np.arange(len(samples))
        heard = at * (1 - min(behind / len(samples), 0.5))
        return np.stack([np.interp(heard, at, wave) for wave in samples.T], axis=1).astype(np.float32)

    return resound(take, job, drag)


@fault(
    name="foreign-voice",
    words="Another voice, saying other words, comes out of the mouth.",
    medium=Medium.SOUND,
    amount=Amount("% of the span spoken by the other voice", most=100, faint=30, medium=60, strong=100),
    checks=(
        f"{SYNC}/mouth-shapes-fit",
        f"{SYNC}/mouth-in-time",
        f"{VOICE}/voice-fits-the-speaker",
        f"{VOICE}/voice-stays-itself",
    ),
    measures=("lip_sync.mismatch",),
    needs={Needs.SPEECH, Needs.SPARE},
)
def foreign_voice(take: Take, job: Job) -> Take:
    other = take.spare
    if other is None or other.sound is None or len(other.sound) == 0:
        raise Unfit("foreign-voice needs other footage that has a voice")
    length = max(1, round(job.amount / 100 * job.frames))
    part = replace(job, first=job.stop - length)
    voice = other.sound.mean(axis=1)
    if other.sound_rate != take.sound_rate:
        voice = signal.resample(voice, round(len(voice) * take.sound_rate / other.sound_rate))

    def dub(samples: Samples) -> NDArray[np.floating]:
        words = np.resize(voice, len(samples))[:, None] * np.ones(samples.shape[1])
        return words * level(samples) / level(words)

    return resound(take, part, dub).told(foreign_from=float(part.first / take.rate))


@fault(
    name="changed-voice",
    words="The speaker's voice is another from the middle on, or after a cut: higher or lower, as of another body.",
    medium=Medium.SOUND,
    amount=Amount("semitones", most=9, faint=1, medium=2.5, strong=6),
    checks=(f"{VOICE}/voice-stays-itself", f"{VOICE}/voice-fits-the-speaker"),
    needs={Needs.SPEECH},
)
def changed_voice(take: Take, job: Job) -> Take:
    way = float(job.rng().choice([-1, 1]))
    part = from_turn(take, job)
    return resound(take, part, lambda x: repitched(x, way * job.amount)).told(semitones=way * job.amount)


@fault(
    name="robotic-voice",
    words="The voice is metallic and on one pitch, like a cheap machine.",
    medium=Medium.SOUND,
    amount=Amount("% of the voice replaced by its monotone", most=100, faint=20, medium=45, strong=100),
    checks=(f"{VOICE}/delivery-is-human", f"{VOICE}/voice-is-clean"),
    needs={Needs.SPEECH},
)
def robotic_voice(take: Take, job: Job) -> Take:
    hertz = job.rng().uniform(90, 160)

    def monotone(samples: Samples) -> NDArray[np.floating]:
        hop = round(take.sound_rate / hertz)
        size = 4 * hop
        flat = np.empty_like(samples)
        for channel, wave in enumerate(samples.T):
            _, _, spectrum = signal.stft(wave, nperseg=size, noverlap=size - hop)
            _, back = signal.istft(np.abs(spectrum), nperseg=size, noverlap=size - hop)
            flat[:, channel] = np.pad(back, (0, max(0, len(wave) - len(back))))[: len(wave)]
        share = job.amount / 100
        return (1 - share) * samples + share * flat * level(samples) / level(flat)

    return resound(take, job, monotone)


@fault(
    name="muffled-sound",
    words="The sound is dull, as if heard through a wall or cloth.",
    medium=Medium.SOUND,
    amount=Amount("octaves cut off below 12 kHz", most=5, faint=1.3, medium=2.5, strong=4),
    checks=(f"{VOICE}/words-are-understood", f"{VOICE}/voice-is-in-the-room"),
    needs={Needs.SOUND},
)
def muffled_sound(take: Take, job: Job) -> Take:
    cut_off = 12000 / 2**job.amount
    return resound(take, job, lambda x: filtered(x, take.sound_rate, cut_off, "low", order=3)).told(cut_off_hz=cut_off)


@fault(
    name="room-mismatch",
    words="From the middle on, or after a cut, the voice comes from a hall that is not the room in the picture.",
    medium=Medium.SOUND,
    amount=Amount("% of reflected against direct sound (RMS)", most=250, faint=18, medium=55, strong=160),
    checks=(f"{VOICE}/voice-is-in-the-room", "sound-design/soundscape/ambient-sound-fidelity/near-is-near"),
    needs={Needs.SOUND},
)
def room_mismatch(take: Take, job: Job) -> Take:
    rng = job.rng()
    seconds = rng.uniform(1.2, 2.4)

    def echo(samples: Samples) -> NDArray[np.floating]:
        wet = reverberated(samples, take.sound_rate, seconds, job.rng(1))
        both = samples + job.amount / 100 * wet * level(samples) / level(wet)
        return both * level(samples) / level(both)

    return resound(take, from_turn(take, job), echo).told(reverberation_seconds=seconds)


@fault(
    name="music-over-dialogue",
    words="Music lies over the words and does not make room for them.",
    medium=Medium.SOUND,
    amount=Amount("% of the voice's level (100 % is as loud as the voice)", most=400, faint=35, medium=100, strong=280),
    checks=(
        "sound-design/soundscape/musical-score-alignment/music-yields-to-words",
        f"{VOICE}/words-are-understood",
        "sound-design/vocal/narrative-sound-design/ear-is-led",
    ),
    measures=("music.share",),
    needs={Needs.SPEECH},
)
def music_over_dialogue(take: Take, job: Job) -> Take:
    rng = job.rng()
    beat = rng.uniform(0.45, 0.65)

    def under(samples: Samples) -> NDArray[np.floating]:
        music = score(job.rng(1), len(samples) / take.sound_rate, take.sound_rate, beat)[: len(samples)]
        return samples + job.amount / 100 * music * level(samples) / level(music)

    return resound(take, job, under)


@fault(
    name="watery-voice",
    words="The sound gurgles and tinkles, as after a starved codec or a clumsy denoiser.",
    medium=Medium.SOUND,
    amount=Amount("% of the spectrum's bins thrown away", most=99.5, faint=65, medium=86, strong=97),
    checks=(f"{VOICE}/voice-is-clean", "sound-design/soundscape/ambient-sound-fidelity/effects-are-clean"),
    needs={Needs.SOUND},
)
def watery_voice(take: Take, job: Job) -> Take:
    def starve(spectrum: NDArray[np.complex128]) -> NDArray[np.complex128]:
        size = np.abs(spectrum)
        floor = np.percentile(size, job.amount, axis=0, keepdims=True)
        return np.where(size >= floor, spectrum, 0)

    return resound(take, job, lambda x: spectral(x, take.sound_rate, starve))
