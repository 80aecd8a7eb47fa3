"""Shape of the face: a mesh made broader, heads that turn, nobody, real faces, one that is squeezed over the shot."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Scope
from evalverse.tools.media.probe import probe
from evalverse.tools.media.sample import frames_at
from evalverse.tools.people.face_shape import shape
from evalverse.tools.people.faces import PLACE, Points
from tests.synth import flat
from tests.tools.people._faces import face, seen_from
from tests.tools.picture.film import evidence, of_clip, real


def _head(broader: float = 1.0) -> Points:
    points = face(0.1)
    points[PLACE[172]], points[PLACE[397]] = (-0.6, 0.8, 0.4), (0.6, 0.8, 0.4)
    return np.asarray(points * np.array([broader, 1, 1], np.float32), np.float32)


def test_a_broader_face_reads_so_and_a_nearer_or_turned_one_does_not() -> None:
    plain = shape(_head()[None])[0]
    assert shape(_head(1.2)[None])[0] - plain == pytest.approx(np.log(1.2), abs=1e-5)
    assert shape(seen_from(_head()[None], yaw=20, pitch=10, roll=15, size=0.3))[0] == pytest.approx(plain, abs=1e-4)


@pytest.mark.parametrize("size", [(144, 256), (16, 16)])
def test_nobody_is_a_reason(size: tuple[int, int], tmp_path: Path) -> None:
    found = of_clip(evidence("face_shape", flat(10, (200, 150, 125), *size), tmp_path))
    assert found["drift"].value is None
    assert found["drift"].unmeasured


@pytest.mark.parametrize("name", ["speech/latent_2.mp4", "speech/retalk_5.mp4"])
def test_real_faces_keep_their_shape(shared: Path, tmp_path: Path, name: str) -> None:
    assert real("face_shape", shared / name, tmp_path)["drift"] < 5


def test_a_face_that_grows_narrow_is_shown_at_both_ends(shared: Path, tmp_path: Path) -> None:
    """Three seconds of a picture squeezed from its full breadth to 65 % of it; the mesh follows by about half."""
    clip = probe(shared / "speech" / "retalk_4.mp4")
    frames = [frame.rgb(480) for frame in frames_at(clip, [k / 25 for k in range(80)], 480)]
    high, wide = frames[0].shape[:2]
    squeezed = []
    for frame, share in zip(frames, np.linspace(1, 0.65, len(frames)), strict=True):
        matrix = np.array([[share, 0, (1 - share) * wide / 2], [0, 1, 0]])
        moved = cv2.warpAffine(frame, matrix, (wide, high), borderMode=cv2.BORDER_REFLECT)
        squeezed.append(np.asarray(moved, np.uint8))
    found = evidence("face_shape", squeezed, tmp_path)
    whole = of_clip(found)["drift"].value
    assert whole is not None and 8 < whole < 45
    moment = next(e for e in found if e.scope == Scope.MOMENT)
    assert moment.picture is not None
