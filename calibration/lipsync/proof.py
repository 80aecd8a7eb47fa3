"""The operator itself on real files, with weights that never saw the speaker: what it says when the truth is known.

Delays and drifts are imposed on the sound and written to files beside the untouched picture; frame rates are encoded
anew; foreign voices replace the own one. Everything is read as a user's clip is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from evalverse.calibration.lipsync.data import Example, Voice
from evalverse.calibration.lipsync.dub import dragged, moved, stamped, with_sound
from evalverse.calibration.lipsync.rates import RATES, at_rate
from evalverse.calibration.lipsync.wear import WEAR
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.lipsync.features import SOUND_RATE
from evalverse.tools.lipsync.model import shipped_bytes
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
    """All readings. What was read of a clip before, by the same operator and weights, is not read again.

    Args:
        weights: by name of the example, a file of weights that never saw its speaker.
        folder: for the files that are made; each is deleted when it was read.
    """
    found: list[Trial] = []
    kept = TypeAdapter(list[Trial])
    for number, example in enumerate(examples, 1):
        others = [o.voice for o in examples if o.speaker != example.speaker] + list(strangers)
        model = weights[example.name]
        made = {
            "moved": _moved(example, others, str(model), ledger, folder),
            "worn": _worn(example, str(model), ledger),
        }
        for name, trials_of in made.items():
            told = [name, LipSync.version, example.sha256, *(voice.name for voice in others)]
            key = hashlib.sha256(json.dumps(told).encode() + model.read_bytes() + shipped_bytes())
            file = ledger.root / "lipsync" / f"proof-{key.hexdigest()[:16]}.json"
            before = ", read before" if file.exists() else ""
            say(f"{number} of {len(examples)}: {example.name}, {name}{before}")
            if not before:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(kept.dump_json(list(trials_of)))
            found += kept.validate_json(file.read_bytes())
    return found


def _worn(example: Example, model: str, ledger: Ledger) -> Iterator[Trial]:
    """The clip with its voice spoilt in ``WEAR``."""
    clip = probe(example.path)
    picture = measure(clip, ["face_tracks"], ledger).evidence
    wave = np.asarray(example.samples, np.float32)
    for name, spoil in WEAR.items():
        spoilt = np.asarray(spoil(wave), np.float32)[: len(wave), None]
        heard = read(clip, picture, Sound(spoilt, SOUND_RATE, "mono", example.start), ledger, model)
        yield Trial(example.name, "worn", name, heard)


def _moved(example: Example, others: Sequence[Voice], model: str, ledger: Ledger, folder: Path) -> Iterator[Trial]:
    """The clip as it is, moved, dragged, at other rates, and with the voices of ``others``."""
    clip = probe(example.path)
    picture = measure(clip, ["face_tracks"], ledger).evidence

    def heard(path: Path, picture: Pictures = picture) -> Reading:
        """The picture is the same packet for packet, so its faces need not be found again."""
        made = probe(path)
        sound = decode_sound(made)
        assert sound is not None
        reading = read(made, picture, sound, ledger, model)
        path.unlink()
        return reading

    own = decode_sound(clip)
    assert own is not None
    trial = partial(Trial, example.name)
    yield trial("as it is", "", read(clip, picture, own, ledger, model))
    yield trial("package", "", read(clip, picture, own, ledger, ""))
    for late in DELAYS:
        file = with_sound(example.path, partial(moved, late=late / 1000), folder / "moved.mp4")
        yield trial("delay", str(late), heard(file))
    for late in STAMPS:
        yield trial("stamps", str(late), heard(stamped(example.path, late / 1000, folder / "stamped.mp4")))
    for late in DRIFTS:
        file = with_sound(example.path, partial(dragged, late=late / 1000), folder / "dragged.mp4")
        yield trial("drift", str(late), heard(file))
    for name, rate in RATES.items():
        file = at_rate(example.path, rate, folder / "rate.mp4")
        yield trial("rate", name, heard(file, measure(probe(file), ["face_tracks"], ledger).evidence))
    for voice in others:
        samples = np.asarray(voice.samples[: round(clip.duration * SOUND_RATE)], np.float32)[:, None]
        reading = read(clip, picture, Sound(samples, SOUND_RATE, "mono", 0.0), ledger, model)
        yield trial("foreign", voice.name, reading)
