"""The operator itself on real files, with weights that never saw the speaker: what it says when the truth is known.

Delays and drifts are imposed on the sound and written to files beside the untouched picture; frame rates are encoded
anew; foreign voices replace the own one. Everything is read as a user's clip is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from evalverse.calibration.lipsync.data import Example, Voice
from evalverse.calibration.lipsync.dub import dragged, moved, stamped, with_sound
from evalverse.calibration.lipsync.rates import RATES, at_rate
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.lipsync.features import SOUND_RATE
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Sound, decode_sound
from evalverse.tools.operator import Scene
from evalverse.tools.people.lip_sync import LipSync
from evalverse.tools.people.lip_sync import Settings as LipSettings
from evalverse.tools.schedule import measure
from evalverse.tools.sound.speech_activity import SpeechActivity

DELAYS = (-400, -300, -200, -100, 0, 100, 200, 300, 400)
STAMPS = (-160, 160)
DRIFTS = (-400, -200, 200, 400)
"""Milliseconds; the last at the clip's end."""

Pictures = dict[str, list[Evidence]]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Reading:
    """What the operator says of one file; what it could not measure is None, and ``why`` tells why of the offset."""

    offset_ms: float | None
    drift: float | None
    mismatch: float | None
    confidence: float
    why: str


@dataclass(frozen=True)
class Trial:
    """One file: whose face, what was done (``kind`` and how much, or whose voice), what was read."""

    clip: str
    kind: str
    what: str
    read: Reading


def read(clip: Clip, picture: Mapping[str, list[Evidence]], sound: Sound, ledger: Ledger, weights: str) -> Reading:
    """The operator on a clip whose faces were found and whose sound was decoded.

    Args:
        picture: evidence of ``shot_cutter`` and ``face_tracks``.
        weights: path of other weights; empty for those of the package.
    """
    scene = Scene(clip, ledger, evidence=dict(picture))
    speech, lips = SpeechActivity(clip, ledger), LipSync(clip, ledger, LipSettings(weights=weights))
    speech.listen(sound)
    scene.evidence["speech_activity"] = list(speech.finish(scene))
    lips.listen(sound)
    told = {e.measure.removeprefix("lip_sync."): e for e in lips.finish(scene) if e.scope is Scope.CLIP}
    offset = told["offset_ms"]
    return Reading(
        offset.value,
        told["drift_ms_per_s"].value,
        told["mismatch"].value,
        offset.confidence,
        offset.unmeasured or "",
    )


def trials(
    examples: Sequence[Example],
    strangers: Sequence[Voice],
    weights: Mapping[str, Path],
    ledger: Ledger,
    folder: Path,
    say: Say,
) -> list[Trial]:
    """All readings.

    Args:
        weights: by name of the example, a file of weights that never saw its speaker.
        folder: for the files that are made; each is deleted when it was read.
    """
    found: list[Trial] = []
    for example in examples:
        say(f"reading {example.name} as it is, moved, dragged, at other rates, and with foreign voices")
        clip, model = probe(example.path), str(weights[example.name])
        picture = measure(clip, ["face_tracks"], ledger).evidence

        def add(kind: str, what: object, reading: Reading, name: str = example.name) -> None:
            found.append(Trial(name, kind, str(what), reading))

        def heard(path: Path, model: str = model, picture: Pictures = picture) -> Reading:
            """The picture is the same packet for packet, so its faces need not be found again."""
            made = probe(path)
            sound = decode_sound(made)
            assert sound is not None
            reading = read(made, picture, sound, ledger, model)
            path.unlink()
            return reading

        own = decode_sound(clip)
        assert own is not None
        add("as it is", "", read(clip, picture, own, ledger, model))
        add("package", "", read(clip, picture, own, ledger, ""))
        for late in DELAYS:
            add("delay", late, heard(with_sound(example.path, partial(moved, late=late / 1000), folder / "moved.mp4")))
        for late in STAMPS:
            add("stamps", late, heard(stamped(example.path, late / 1000, folder / "stamped.mp4")))
        for late in DRIFTS:
            drag = partial(dragged, late=late / 1000)
            add("drift", late, heard(with_sound(example.path, drag, folder / "dragged.mp4")))
        for name, rate in RATES.items():
            path = at_rate(example.path, rate, folder / "rate.mp4")
            again = measure(probe(path), ["face_tracks"], ledger).evidence
            add("rate", name, heard(path, model, again))
        others = [o.voice for o in examples if o.speaker != example.speaker] + list(strangers)
        for voice in others:
            samples = np.asarray(voice.samples[: round(clip.duration * SOUND_RATE)], np.float32)[:, None]
            add("foreign", voice.name, read(clip, picture, Sound(samples, SOUND_RATE, "mono", 0.0), ledger, model))
    return found
