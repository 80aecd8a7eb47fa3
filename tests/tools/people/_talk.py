"""Real talking heads with their faces found once, and any sound beside them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from evalverse.tools.evidence import Evidence
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.clip import Clip
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sound import Samples, Sound, decode_sound
from evalverse.tools.operator import Scene
from evalverse.tools.people._talking import OnTalk
from evalverse.tools.people.face_tracks import FaceTracks
from evalverse.tools.people.faces import face_tracks, packed
from evalverse.tools.people.lip_sync import LipSync
from evalverse.tools.schedule import measure
from evalverse.tools.sound.speech_activity import SpeechActivity

RATE = 16000


@cache
def ledger() -> Ledger:
    return Ledger(mkdtemp(prefix="evalverse-talk-"))


@cache
def faces(path: Path) -> tuple[Clip, dict[str, list[Evidence]]]:
    clip = probe(path)
    return clip, measure(clip, ["face_tracks"], ledger()).evidence


def sound_of(path: Path) -> Samples:
    """(N,) at 16 kHz, from second 0."""
    sound = decode_sound(probe(path))
    assert sound is not None
    return np.array(sound.mono(RATE))


def heard(path: Path, samples: Samples, start: float = 0.0, kind: type[OnTalk] = LipSync) -> dict[str, Evidence]:
    """The clip's readings by measure with this sound (N,) at 16 kHz, which begins at ``start`` seconds."""
    clip, evidence = faces(path)
    return _read(clip, evidence, samples, start, kind)


def side_by_side(left: Path, right: Path, samples: Samples) -> dict[str, Evidence]:
    """The same of a picture that shows both clips' faces in one shot; ``speakers in the shot`` too."""
    (clip, first), (_, second) = faces(left), faces(right)
    tracks = face_tracks(first["face_tracks"], ledger())
    moved = np.array([clip.picture.width / clip.picture.height if clip.picture else 1.0, 0, 0], np.float32)
    tracks += [replace(t, points=t.points + moved) for t in face_tracks(second["face_tracks"], ledger())]
    t = np.arange(2.0)
    blob = ledger().put(packed(tracks, t, t), "application/x-npz")
    count = FaceTracks(clip, ledger()).found("count", 2, curve=blob)
    return _read(clip, first | {"face_tracks": [count]}, samples, 0.0, LipSync)


def _read(
    clip: Clip, evidence: dict[str, list[Evidence]], samples: Samples, start: float, kind: type[OnTalk]
) -> dict[str, Evidence]:
    begin = max(0, round(-start * RATE))
    sound = Sound(samples[begin:, None], RATE, "mono", max(0.0, start))
    speech, lips = SpeechActivity(clip, ledger()), kind(clip, ledger())
    scene = Scene(clip, ledger(), evidence=dict(evidence))
    speech.listen(sound)
    scene.evidence["speech_activity"] = list(speech.finish(scene))
    lips.listen(sound)
    found = list(lips.finish(scene))
    told = {e.measure.split(".")[1]: e for e in found if e.scope == "clip"}
    return told | {f"{e.measure.split('.')[1]} in the shot": e for e in found if e.scope == "shot"}
