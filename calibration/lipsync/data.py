"""Talking heads as the training script takes them: landmarks over time, sound, and whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evalverse.errors import UsageError
from evalverse.tools.evidence import Span
from evalverse.tools.ledger import Ledger
from evalverse.tools.lipsync.features import SOUND_RATE
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Samples, decode_sound
from evalverse.tools.people.face_tracks import analysis_height
from evalverse.tools.people.faces import Points, Series, face_tracks
from evalverse.tools.schedule import measure
from evalverse.tools.sound.speech_activity import segments_from

SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi"}
SEEN = 0.8
"""Share of the clip for which one face must be seen."""
HEARD = 0.5
"""Share of the clip for which speech must be heard."""


@dataclass(frozen=True)
class Example:
    """One talking head: faces (N, P, 3) at ``t`` (N,) seconds, (M,) samples at 16 kHz that begin at ``start``.

    ``speech`` is where somebody speaks, ``height`` that of the pictures in which the face was found, in pixels.
    """

    name: str
    path: Path
    speaker: str
    sha256: str
    t: Series
    points: Points
    samples: Samples
    start: float
    speech: tuple[Span, ...]
    height: int

    @property
    def seconds(self) -> float:
        return float(self.t[-1] - self.t[0])

    def shifted(self, late: float) -> Example:
        """The same clip with its sound ``late`` seconds later, cut where the picture ends."""
        kept = max(0, round((self.t[-1] - self.start - late) * SOUND_RATE))
        spans = [Span(start=span.start + late, end=span.end + late) for span in self.speech]
        return replace(self, samples=self.samples[:kept], start=self.start + late, speech=tuple(spans))

    def dubbed(self, voice: Voice) -> Example:
        """The same face with another voice, from its beginning."""
        return replace(self, samples=voice.samples, start=0.0, speech=voice.speech)

    @property
    def voice(self) -> Voice:
        """Its sound alone."""
        return Voice(self.name, self.samples, self.speech)

    def cut(self, start: float, end: float) -> Example:
        """What lies within [start, end) seconds, as a clip of its own would hold it."""
        seen = (self.t >= start) & (self.t < end)
        first, last = (max(0, round((at - self.start) * SOUND_RATE)) for at in (start, end))
        spans = [s for s in self.speech if s.start < end and s.end > start]
        return replace(
            self,
            t=self.t[seen],
            points=self.points[seen],
            samples=self.samples[first:last],
            start=max(start, self.start),
            speech=tuple(Span(start=max(s.start, start), end=min(s.end, end)) for s in spans),
        )


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
    assert clip.picture is not None
    return Example(
        name=path.stem,
        path=path,
        speaker=speaker,
        sha256=clip.sha256,
        t=tracks[0].t,
        points=tracks[0].points,
        samples=np.array(sound.mono(SOUND_RATE)),
        start=sound.start,
        speech=segments_from(evidence["speech_activity"]),
        height=analysis_height(clip.picture.width, clip.picture.height),
    ), ""


@dataclass(frozen=True)
class Voice:
    """A voice without a face: (M,) samples at 16 kHz from second 0, and where somebody speaks."""

    name: str
    samples: Samples
    speech: tuple[Span, ...]


def voices(folder: Path, ledger: Ledger) -> list[Voice]:
    """The sound files in ``folder``, in order of their names."""
    found = []
    for path in sorted(folder.glob("*.wav")):
        clip = probe(path)
        sound = decode_sound(clip)
        if sound is not None:
            speech = segments_from(measure(clip, ["speech_activity"], ledger).evidence["speech_activity"])
            found.append(Voice(path.stem, np.array(sound.mono(SOUND_RATE)), speech))
    return found


def data_hash(parts: Sequence[Example]) -> str:
    """Names the training data: sha256 over the clips' hashes in order of their names."""
    return hashlib.sha256("".join(e.sha256 for e in sorted(parts, key=lambda e: e.name)).encode()).hexdigest()
