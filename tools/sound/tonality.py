"""Tonality: in which key music is, how plainly, and whether it leans to major or minor.

The share of each of the twelve pitch classes is compared with how well they fit into each key to listeners' ears. What
it does not know: harmony over time, and music that is in no key on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evalverse.tools.evidence import Direction, Evidence, Measure, number
from evalverse.tools.media.sound import Samples, Sound
from evalverse.tools.operator import Needs, Operator, Scene, register
from evalverse.tools.sound._wave import Series, lacking
from evalverse.tools.sound.music import music_from

RATE, WINDOW, HOP_SAMPLES = 16000, 4096, 2048
ENOUGH, MOST = 4.0, 120.0
"""Seconds of music that are needed, and that are looked at."""
NAMES = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""How well the tones above the tonic fit, by semitone: Krumhansl and Kessler 1982."""
CLEAR = 0.6
"""Correlation from which on a key is named."""


def keys(chroma: Series) -> Series:
    """(24,) correlations -1..1 of shares of pitch classes (12,), C first, with the major keys and the minor ones."""
    profiles = np.array([np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)])
    profiles = profiles - profiles.mean(axis=1, keepdims=True)
    own = chroma - chroma.mean()
    return np.asarray(profiles @ own / (np.linalg.norm(profiles, axis=1) * np.linalg.norm(own) + 1e-12))


def pitch_classes(mono: Samples) -> tuple[Series, float]:
    """((12,) shares of the pitch classes, cents by which the tuning lies above 440 Hz) of (N,) samples at 16 kHz."""
    import librosa

    size = np.abs(librosa.stft(np.asarray(mono, np.float32), n_fft=WINDOW, hop_length=HOP_SAMPLES))
    tuning = float(librosa.estimate_tuning(S=size, sr=RATE, n_fft=WINDOW))
    chroma = librosa.feature.chroma_stft(S=size**2, sr=RATE, n_fft=WINDOW, tuning=tuning, norm=1)
    loud = (size**2).sum(axis=0)
    return np.asarray(chroma @ loud / loud.sum(), np.float64), 100 * tuning


@register
class Tonality(Operator):
    """Key, its clarity, major against minor, tuning."""

    name, version, title = "tonality", "1", "Tonality"
    needs = Needs(sound=True, after=("music",))
    cost = 0.3
    measures = (
        Measure(
            name="clarity",
            title="Clarity of the key",
            unit="",
            low=-1,
            high=1,
            direction=Direction.NEUTRAL,
            definition="Correlation of the shares of the twelve pitch classes in all music with the profile of the "
            "key that fits best; below 0.6 no key is heard plainly.",
            source="Krumhansl and Kessler 1982; Lartillot and Toiviainen 2007 (key clarity)",
        ),
        Measure(
            name="major",
            title="Major against minor",
            unit="",
            low=-2,
            high=2,
            direction=Direction.NEUTRAL,
            definition="Correlation with the best major key less that with the best minor key.",
            source="Lartillot and Toiviainen 2007 (mode)",
        ),
        Measure(
            name="tuning",
            title="Tuning against 440 Hz",
            unit="cents",
            low=-50,
            high=50,
            direction=Direction.NEUTRAL,
            definition="By how much spectral peaks lie above the nearest semitones of A = 440 Hz, most often.",
            source="librosa.estimate_tuning",
        ),
    )

    _why: str | None

    def listen(self, sound: Sound) -> None:
        self._why, self._start = lacking(sound, ENOUGH), sound.start
        if self._why is None:
            self._mono = sound.mono(RATE)

    def finish(self, scene: Scene) -> Iterator[Evidence]:
        music = music_from(scene.evidence.get("music", []))
        if self._why is None and sum(s.seconds for s in music) < ENOUGH:
            self._why = f"less than {number(ENOUGH)} s of music" if music else "no music is heard"
        if self._why is not None:
            yield from self.could_not_at_all(self._why)
            return
        at = [slice(*(round((t - self._start) * RATE) for t in (s.start, s.end))) for s in music]
        chroma, cents = pitch_classes(np.concatenate([self._mono[part] for part in at])[: round(MOST * RATE)])
        fit = keys(chroma)
        best = int(fit.argmax())
        key = f"{NAMES[best % 12]} {'major' if best < 12 else 'minor'}"
        told: dict[str, Any] = {"key": key, "pitch_classes": [round(float(share), 3) for share in chroma]}
        clear = fit[best] >= CLEAR
        words = f"The music is in {key} (clarity {number(fit[best])})." if clear else "No key is heard plainly."
        yield self.found("clarity", fit[best], words=words, confidence=round(float(max(0.0, fit[best])), 3), **told)
        lean = float(fit[:12].max() - fit[12:].max())
        words = f"It leans to {'major' if lean > 0 else 'minor'} by {number(abs(lean))}."
        yield self.found("major", lean, words=words, confidence=round(min(1.0, 0.4 + 2 * abs(lean)), 3))
        yield self.found("tuning", cents, words=f"It is tuned {number(cents)} cents from A = 440 Hz.")
