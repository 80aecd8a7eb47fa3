"""Holes in the spectrum against noise, whose scatter is known, and against codecs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from evalverse.tools.media.sound import Samples
from evalverse.tools.sound.musical_noise import MusicalNoise, scatter
from tests.synth import noise, speech_like, tone
from tests.tools.sound._hear import listen, real, value, whole
from tests.tools.sound._music import chords

RATE = 48000
EULER = 10 / np.log(10) * 0.5772
"""dB: what the logarithms of exponentially distributed powers lack."""


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
@pytest.mark.parametrize("level", [-60, -12])
def test_noise_scatters_as_theory_says(rate: int, level: float) -> None:
    medians, _ = scatter(noise(1, 8, rate, level)[:, 0], rate)
    assert medians == pytest.approx(EULER, abs=0.35)


def starved(wave: Samples, share: float) -> Samples:
    """The weakest ``share`` of the bins of every 32 ms thrown away."""
    from scipy.signal import istft, stft

    _, _, spectrum = stft(wave, RATE, nperseg=1536)
    size = np.abs(spectrum)
    _, back = istft(np.where(size >= np.quantile(size, share, axis=0), spectrum, 0), RATE, nperseg=1536)
    return np.asarray(back[: len(wave)], np.float32)


def test_it_rises_with_what_is_thrown_away(tmp_path: Path) -> None:
    wave = (speech_like(1, 6) + noise(1, 6, level=-35))[:, 0]
    told = [value(listen(MusicalNoise, starved(wave, share), tmp_path), "scatter") for share in (0.0, 0.65, 0.86)]
    assert told[0] < 4.6 < told[1] < told[2]


def coded(wave: Samples, codec: str, kind: str, rate: int) -> Samples:
    """(N,) at 48 kHz through an encoder at ``rate`` bits a second."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream(codec, rate=RATE, layout="mono")
        stream.bit_rate = rate
        frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), "fltp", "mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler("s16p" if codec == "libmp3lame" else "fltp", "mono", RATE)
        for part in resampler.resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        return np.concatenate([f.to_ndarray().astype(np.float32).reshape(-1) for f in container.decode(audio=0)])


def test_real_voices_through_a_starved_codec_are_told_from_a_good_one(shared: Path, tmp_path: Path) -> None:
    for name in ("speech/latent_1.mp4", "speech/retalk_4.mp4", "speech/hdtf_b.mp4", "film/sintel.mp4"):
        wave = np.array(real(shared / name).mono(RATE))[: 8 * RATE]
        clean, good, poor = (
            value(listen(MusicalNoise, w, tmp_path), "scatter")
            for w in (wave, coded(wave, "libmp3lame", "mp3", 128000), coded(wave, "libmp3lame", "mp3", 24000))
        )
        assert max(clean, good) < 4.6 < 5 < poor, name


@pytest.mark.parametrize("drum", [0.0, 0.3])
def test_music_is_not_starved(drum: float, tmp_path: Path) -> None:
    wave = chords(8, rate=RATE, drum=drum) + noise(1, 8, level=-70)[:, 0]
    assert value(listen(MusicalNoise, wave, tmp_path), "scatter") < 4.6


@pytest.mark.parametrize(
    ("sound", "rate", "why"),
    [
        (np.zeros(RATE), RATE, "silence"),
        (noise(1, 0.5), RATE, "0.5 s"),
        (noise(1, 4, 8000), 8000, "too little"),
        (tone(200, 4), RATE, "too little"),
    ],
)
def test_what_cannot_be_measured_says_why(sound: Samples, rate: int, why: str, tmp_path: Path) -> None:
    assert why in str(whole(listen(MusicalNoise, sound, tmp_path, rate=rate), "scatter").unmeasured)
