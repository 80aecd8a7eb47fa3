"""One real voice, one fault at a time: each measure answers to its own fault, and the others leave it alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evalverse.calibration.faults._dsp import filtered
from evalverse.tools.media.sound import Samples
from evalverse.tools.operator import operator
from tests.synth import noise, tone
from tests.tools.sound._hear import listen, real, sounding, value
from tests.tools.sound._voices import room

RATE = 16000
OPERATORS = (
    *("speech_activity", "loudness", "silence", "noise_floor", "sound_clipping", "clicks", "bandwidth", "stereo"),
    *("reverberation", "musical_noise", "speech_depth", "voice_tone", "voice_turn", "level_step", "hiss"),
)
Values = dict[str, float]


def both(wave: Samples) -> Samples:
    return np.repeat(wave[:, None], 2, axis=1)


def driven(wave: Samples) -> Samples:
    return both(np.clip(4 * wave, -np.abs(wave).max(), np.abs(wave).max()))


def hummed(wave: Samples) -> Samples:
    seconds = len(wave) / RATE
    return both(wave + sum(tone(hz, seconds, RATE, -38)[:, 0] for hz in (50, 100, 150)))


def crackling(wave: Samples) -> Samples:
    hurt = wave.copy()
    hurt[(np.linspace(0.1, 0.9, 9) * len(wave)).astype(int)] += 0.5
    return both(hurt)


def dropped(wave: Samples) -> Samples:
    hurt = wave.copy()
    level = np.convolve(np.abs(wave), np.ones(1600) / 1600, "same")
    for at in np.argsort(-level)[:: len(level) // 40][:6]:
        hurt[at - 320 : at + 320] = 0
    return both(hurt)


def muffled(wave: Samples) -> Samples:
    from scipy.signal import ellip, sosfilt

    return both(np.asarray(sosfilt(ellip(10, 0.1, 90, 3400, fs=RATE, output="sos"), wave), np.float32))


def starved(wave: Samples) -> Samples:
    """The weaker six in seven of the bins of every 32 ms thrown away."""
    from scipy.signal import istft, stft

    _, _, spectrum = stft(wave, RATE, nperseg=512)
    size = np.abs(spectrum)
    _, back = istft(np.where(size >= np.percentile(size, 86, axis=0), spectrum, 0), RATE, nperseg=512)
    return both(np.asarray(back[: len(wave)], np.float32))


def from_the_middle(wave: Samples, changed: Samples) -> Samples:
    return both(np.concatenate([wave[: len(wave) // 2], changed[len(wave) // 2 : len(wave)]]))


FAULTS: dict[str, Callable[[Samples], Samples]] = {
    "none": both,
    "soft": lambda wave: both(wave * np.float32(0.25)),
    "clipped": driven,
    "noisy": lambda wave: both(wave + noise(1, len(wave) / RATE, RATE, -45)[:, 0]),
    "humming": hummed,
    "crackling": crackling,
    "dropped": dropped,
    "muffled": muffled,
    "echoing": lambda wave: both(room(wave, 1.2)),
    "one-sided": lambda wave: both(wave) * np.float32([1, 0.25]),
    "starved": starved,
    "dull": lambda wave: both(filtered(wave[:, None], RATE, 2500, "low")[:, 0]),
    "stepped": lambda wave: from_the_middle(wave, np.float32(0.16) * wave),
    "hall": lambda wave: from_the_middle(wave, room(wave, 1.8)),
}

READINGS: dict[str, tuple[str, float, float, set[str]]] = {
    # the fault, by how much the measure must answer, by how much it may move for others, faults that touch it too
    "loudness.integrated": ("soft", -11, 1.5, {"clipped", "one-sided", "echoing", "hall"}),
    "sound_clipping.share": ("clipped", 3, 0.02, set()),
    "noise_floor.snr": ("noisy", -20, 3, {"humming", "echoing", "stepped", "hall"}),
    "noise_floor.hum": ("humming", 25, 6, set()),
    "clicks.count": ("crackling", 8, 0, {"dropped"}),
    "silence.dropouts": ("dropped", 4, 0, set()),
    "bandwidth.limit": ("muffled", -4, 0.1, {"starved", "dull"}),
    "reverberation.time": ("echoing", 0.5, 0.15, {"hall"}),
    "stereo.imbalance": ("one-sided", 11, 0.1, set()),
    "musical_noise.scatter": ("starved", 3, 1.2, set()),
    "speech_depth.range": ("noisy", -8, 6, {"echoing", "starved", "stepped", "dull"}),
    "voice_tone.dullness": ("dull", 10, 5, {"muffled"}),
    "voice_turn.room": ("hall", 2, 2, {"dropped"}),
    "level_step.sure": ("stepped", 7, 2.8, set()),
    "hiss.level": ("noisy", 10, 3, {"dropped", "muffled", "dull", "starved", "stepped", "echoing"}),
}


@pytest.fixture(scope="module", params=["latent_3.mp4", "retalk_2.mp4"])
def table(request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Values]:
    """Readings of every fault."""
    wave = np.array(real(shared / "speech" / request.param).mono(RATE)[: 8 * RATE])
    wave = np.asarray(0.05 * wave / wave.std(), np.float32)
    found = {}
    for fault, make in FAULTS.items():
        sound, told = sounding(make(wave), RATE), {}
        for name in OPERATORS:
            told[name] = listen(operator(name), sound, tmp_path_factory.mktemp("ledger"), evidence=told)
        found[fault] = {m: value(told[m.split(".")[0]], m.split(".")[1]) for m in READINGS}
    return found


@pytest.mark.parametrize("measure", READINGS)
def test_each_measure_answers_to_its_own_fault_alone(table: dict[str, Values], measure: str) -> None:
    own, answer, slack, touching = READINGS[measure]
    moved = {fault: values[measure] - table["none"][measure] for fault, values in table.items()}
    assert moved[own] / answer >= 1
    others = {fault: by for fault, by in moved.items() if fault not in touching | {own}}
    assert max(map(abs, others.values())) <= slack, others
