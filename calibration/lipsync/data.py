"""Talking heads as the training script takes them: landmarks over time, sound, and whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evalverse.errors import UsageError
from evalverse.tools.ledger import Ledger
from evalverse.tools.lipsync.features import SOUND_RATE
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Samples, decode_sound
from evalverse.tools.people.faces import Points, Series, face_tracks
from evalverse.tools.schedule import measure

SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi"}
SEEN = 0.8
"""Share of the clip for which one face must be seen."""
HEARD = 0.5
"""Share of the clip for which speech must be heard."""


@dataclass(frozen=True)
class Example:
    """One talking head: faces (N, P, 3) at ``t`` (N,) seconds, (M,) samples at 16 kHz that begin at ``start``."""

    name: str
    speaker: str
    sha256: str
    t: Series
    points: Points
    samples: Samples
    start: float

    @property
    def seconds(self) -> float:
        return float(self.t[-1] - self.t[0])


def examples(folder: Path, ledger: Ledger, same: Mapping[str, str] | None = None) -> tuple[list[Example], list[str]]:
    """The talking heads in ``folder``, and why other clips were left out.

    Args:
        same: name of a clip -> name of the clip whose speaker it shows too; otherwise each clip is its own speaker.

    Raises:
        UsageError: fewer than three speakers are left.
    """
    found, left_out = [], []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        example, reason = read(path, ledger, (same or {}).get(path.stem, path.stem))
        if example is None:
            left_out.append(f"{path.name}: {reason}")
        else:
            found.append(example)
    if len({e.speaker for e in found}) < 3:
        raise UsageError(f"{folder}: fewer than three speakers; left out: {'; '.join(left_out) or 'none'}")
    return found, left_out


def read(path: Path, ledger: Ledger, speaker: str) -> tuple[Example | None, str]:
    """One clip, or None and the reason."""
    clip = probe(path)
    sound = decode_sound(clip) if clip.sound is not None else None
    if sound is None:
        return None, "no sound"
    evidence = measure(clip, ["face_tracks", "speech_activity"], ledger).evidence
    spoken = next((e.value for e in evidence["speech_activity"] if e.measure == "speech_activity.share"), None)
    if spoken is None or spoken < HEARD:
        return None, f"speech for less than {HEARD:g} of the time"
    tracks = sorted(face_tracks(evidence["face_tracks"], ledger), key=lambda track: -np.ptp(track.t))
    if not tracks or np.ptp(tracks[0].t) < SEEN * clip.duration:
        return None, f"no face for {SEEN:g} of the time"
    samples = np.array(sound.mono(SOUND_RATE))
    return Example(path.stem, speaker, clip.sha256, tracks[0].t, tracks[0].points, samples, sound.start), ""


def foreign_voices(folder: Path) -> Iterator[tuple[str, Samples]]:
    """(name, (N,) samples at 16 kHz) of the sound files in ``folder``, in order of their names."""
    for path in sorted(folder.glob("*.wav")):
        sound = decode_sound(probe(path))
        if sound is not None:
            yield path.stem, np.array(sound.mono(SOUND_RATE))


def data_hash(parts: Sequence[Example]) -> str:
    """Names the training data: sha256 over the clips' hashes in order of their names."""
    return hashlib.sha256("".join(e.sha256 for e in sorted(parts, key=lambda e: e.name)).encode()).hexdigest()
