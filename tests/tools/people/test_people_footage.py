"""People in real footage: nobody who simply speaks is at fault, a swapped face is, and drawings are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.people._models import heads, lacks
from evalverse.tools.schedule import measure
from tests.synth import write_clip

pytestmark = [
    pytest.mark.skipif(lacks() is not None, reason="needs mediapipe"),
    pytest.mark.filterwarnings("ignore::UserWarning"),  # protobuf's, from threads of its own
]

OPERATORS = (
    *("head_tracks", "body_tracks", "identity", "attributes", "face_motion", "eyes", "expression", "body_motion"),
    *("hand_shape", "shot_size", "framing", "prominence", "balance", "lines", "layers"),
)
LIMITS = {
    "identity.shape_drift": 0.75,
    "identity.look_drift": 0.75,
    "attributes.hair_drift": 8,
    "attributes.clothes_drift": 6,
    "attributes.texture_drift": 1.5,
    "face_motion.upper_jump": 4.5,
    "face_motion.mouth_jump": 9,
    "face_motion.frozen_share": 0.1,
    "eyes.apart": 7,
    "eyes.stare": 12,
    "expression.repetition": 0.5,
    "body_motion.limb_length": 1.3,
    "body_motion.tremor": 0.7,
    "hand_shape.bone_waver": 0.4,
    "framing.cut_head": 0.1,
    "prominence.rival": 1.2,
}
"""Beyond these a reading would count against a clip."""
FULL = (
    "hdtf_a",
    "hdtf_b",
    "latent_1",
    "latent_2",
    "latent_3",
    "portrait_d9",
    "retalk_1",
    "retalk_2",
    "retalk_3",
    "retalk_5",
)


def read(path: Path, folder: Path, *names: str) -> dict[str, Evidence]:
    """The clip's readings by measure."""
    done = measure(probe(path), names or OPERATORS, Ledger(folder))
    return {e.measure: e for rows in done.evidence.values() for e in rows if e.scope is Scope.CLIP}


def in_order(found: dict[str, Evidence]) -> None:
    for name, limit in LIMITS.items():
        value = found[name].value
        assert value is None or value <= limit, f"{name}: {value}"


def test_a_speaker_is_read_and_not_at_fault(shared: Path, tmp_path: Path) -> None:
    found = read(shared / "speech" / "retalk_4.mp4", tmp_path)
    in_order(found)
    assert found["head_tracks.agreement"].value == 1
    assert found["head_tracks.share"].value == 1
    for name in ("identity.look_drift", "eyes.blink_rate", "expression.range", "shot_size.reach", "prominence.tone"):
        assert found[name].value is not None, found[name].unmeasured


@pytest.mark.slow
@pytest.mark.parametrize("name", FULL)
def test_no_speaker_is_at_fault(shared: Path, tmp_path: Path, name: str) -> None:
    in_order(read(shared / "speech" / f"{name}.mp4", tmp_path))


@pytest.mark.slow
def test_expressions_that_jump_are_found_out(shared: Path, tmp_path: Path) -> None:
    """portrait_d6 was made by cutting grimaces together: they change from one frame to the next."""
    found = read(shared / "speech" / "portrait_d6.mp4", tmp_path, "face_motion", "expression")
    assert (found["face_motion.mouth_jump"].value or 0) > 12
    assert (found["expression.count"].value or 0) > 5


@pytest.mark.slow
def test_film_is_not_at_fault(shared: Path, tmp_path: Path) -> None:
    found = read(shared / "film" / "sintel.mp4", tmp_path)
    limb = found["body_motion.limb_length"]
    assert limb.value is None or limb.value < 1.5
    in_order({**found, "body_motion.limb_length": found["head_tracks.count"]})
    assert found["head_tracks.count"].value == 1


@pytest.mark.parametrize("name", ["137_cogvideo", "005_cogvideo"])
def test_wheels_and_rabbits_have_no_face(shared: Path, tmp_path: Path, name: str) -> None:
    """The mesh follows a face in both: the wheel of a car, and a rabbit."""
    names = ("face_tracks", "identity", "face_motion", "eyes", "expression")
    found = read(shared / "rated" / f"{name}.mp4", tmp_path, *names)
    assert (found["face_tracks.share"].value or 0) > 0.5
    assert found["head_tracks.count"].value == 0
    assert all(found[m].value is None for m in ("identity.shape_drift", "face_motion.upper_jump", "eyes.apart"))


def swapped(first: Path, second: Path, seconds: float, start: float) -> Iterator[NDArray[np.uint8]]:
    """The first speaker, who wears the second one's face from ``start`` on."""
    others = list(frames(probe(second), end=2.0))
    for frame in frames(probe(first), end=seconds):
        picture = frame.rgb(360).copy()
        other = others[frame.index % len(others)]
        if frame.seconds >= start and heads(frame) and heads(other):
            mine, theirs = (np.array(heads(f)[0].marks[:4], np.float32) * 360 for f in (frame, other))
            matrix, _ = cv2.estimateAffinePartial2D(theirs, mine, method=cv2.LMEDS)
            warped = cv2.warpAffine(other.rgb(360), matrix, (picture.shape[1], picture.shape[0]))
            mask = np.zeros(picture.shape[:2], np.float32)
            middle, size = heads(frame)[0].centre, heads(frame)[0].size * 360
            cv2.ellipse(
                mask,
                (int(middle[0] * 360), int(middle[1] * 360)),
                (int(0.42 * size), int(0.52 * size)),
                0,
                0,
                360,
                1,
                -1,
            )
            mask = cv2.GaussianBlur(mask, (0, 0), 6)[..., None]
            picture = np.asarray(picture * (1 - mask) + warped * mask, np.uint8)
        yield picture


def test_a_face_that_is_swapped_drifts(shared: Path, tmp_path: Path) -> None:
    speakers = [shared / "speech" / name for name in ("retalk_4.mp4", "retalk_1.mp4")]
    clip = write_clip(tmp_path / "swapped.mp4", swapped(*speakers, 5.0, 3.0), rate=30, crf=18)
    found = read(clip, tmp_path / "a", "identity")
    plain = read(speakers[0], tmp_path / "b", "identity")
    for name in ("identity.look_drift", "identity.shape_drift"):
        assert (found[name].value or 0) > 0.75 > (plain[name].value or 0), name
