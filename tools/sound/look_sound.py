"""The sound of a stretch as a picture: waveform above, spectrogram beneath, for who cannot hear it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evalverse.tools.evidence import Direction, Evidence, Measure, Span, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.media.timecode import clock
from evalverse.tools.operator import Needs, Operator, OperatorSettings, Scene, register
from evalverse.tools.sound._wave import LEAST, decibels

RATE = 16000
WIDTH, WAVE, SPECTRUM, MARGIN = 720, 120, 240, 44
FLOOR = -90.0
"""dBFS that is drawn black; full scale is drawn white."""
WINDOW = 512
LOWEST = 50.0
TICKS_HZ = (100, 300, 1000, 3000, 8000)
INK = (230, 230, 230)


class SoundSettings(OperatorSettings):
    """Which stretch of the sound."""

    start: float = Field(0.0, ge=0, description="first second of the stretch")
    end: float | None = Field(None, description="last second; the end of the sound if left out")


@register
class LookSound(Operator):
    """Draws the sound of a stretch: its waveform, and a spectrogram with low tones at the bottom."""

    name, version, title = "look_sound", "1", "The sound as a picture"
    needs = Needs(sound=True)
    measures = (
        Measure(
            name="level",
            title="Level of a stretch of sound",
            unit="dBFS",
            low=LEAST,
            direction=Direction.NEUTRAL,
            definition="Root mean square of the stretch, all channels averaged to one and band-limited to 8 kHz; the "
            "picture is the evidence.",
        ),
    )
    Settings = SoundSettings
    on_request = True
    cost = 0.3

    _stretch: Samples
    _span: Span | None = None

    def listen(self, sound: Sound) -> None:
        begin, last = sound.start, sound.start + sound.seconds
        start = min(max(self.settings.start, begin), last)
        end = last if self.settings.end is None else min(max(self.settings.end, begin), last)
        if end <= start:
            return
        mono = sound.mono(RATE)
        self._stretch = np.array(mono[round((start - begin) * RATE) : max(1, round((end - begin) * RATE))])
        self._span = Span(start=start, end=end)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        if self._span is None or len(self._stretch) < WINDOW:
            yield self.could_not("level", "the stretch is empty or too short: end must be well after start")
            return
        level = float(decibels(np.mean(np.square(self._stretch, dtype=np.float64))))
        peak = float(decibels(np.max(np.square(self._stretch, dtype=np.float64))))
        stamps = [clock(t) for t in (self._span.start, self._span.end)]
        yield self.found(
            "level",
            level,
            span=self._span,
            words=f"Sound from {stamps[0]} to {stamps[1]}: level {number(level)} dBFS, peak {number(peak)} dBFS.",
            picture=self.ledger.put_picture(drawn(self._stretch, self._span), f"waveform and spectrogram, {stamps[0]}"),
        )


def drawn(samples: Samples, span: Span) -> NDArray[np.uint8]:
    """(H, W, 3) RGB: the waveform of (N,) samples over their spectrogram, with times and frequencies written on it."""
    import cv2

    canvas = np.zeros((WAVE + SPECTRUM + 24, MARGIN + WIDTH, 3), np.uint8)
    _wave(canvas[:WAVE, MARGIN:], samples)
    edges = np.geomspace(LOWEST, RATE / 2, SPECTRUM + 1)
    canvas[WAVE : WAVE + SPECTRUM, MARGIN:] = _spectrogram(samples, edges)[..., None]

    def write(text: str, x: int, y: int) -> None:
        cv2.putText(canvas, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.38, INK, 1, cv2.LINE_AA)

    for hertz in TICKS_HZ:
        y = WAVE + round(SPECTRUM * (1 - np.log(hertz / LOWEST) / np.log(RATE / 2 / LOWEST)))
        write(f"{hertz // 1000}k" if hertz >= 1000 else str(hertz), 2, min(max(y, WAVE + 12), WAVE + SPECTRUM))
    for n in range(5):
        x = MARGIN + n * WIDTH // 4
        write(f"{span.start + span.seconds * n / 4:.2f} s", min(x, MARGIN + WIDTH - 50), WAVE + SPECTRUM + 16)
    return canvas


def _wave(canvas: NDArray[np.uint8], samples: Samples) -> None:
    """Draws the extremes of every column; full scale is the height of the (h, w, 3) canvas."""
    height, width = canvas.shape[:2]
    for x, part in enumerate(np.array_split(samples, width)):
        if len(part):
            high, low = (round(height / 2 * (1 - float(np.clip(v, -1, 1)))) for v in (part.max(), part.min()))
            canvas[min(high, height - 1) : max(low, high) + 1, x] = INK


def _spectrogram(samples: Samples, edges: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(rows, WIDTH) uint8: power per column and band between ``edges`` (rows + 1,) Hz, low tones in the last row."""
    starts = np.linspace(0, len(samples) - WINDOW, WIDTH).astype(int)
    pieces = samples[starts[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW)
    power = np.square(np.abs(np.fft.rfft(pieces, axis=1)) / (WINDOW / 4))  # a full-scale sine comes to 1
    hertz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    nearest = np.abs(hertz[:, None] - np.sqrt(edges[:-1] * edges[1:])).argmin(0)
    level = decibels(power[:, nearest]).T[::-1]
    return np.asarray(np.clip((level - FLOOR) / -FLOOR * 255, 0, 255), np.uint8)
