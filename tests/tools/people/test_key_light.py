"""Key light: a known light is found again, a face that is relit from one side says so, and speakers pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.media.decode import frames
from evalverse.tools.media.probe import probe
from evalverse.tools.people._models import lacks
from evalverse.tools.people.key_light import PATCHES, balance, fitted
from evalverse.tools.schedule import measure
from tests.synth import gradient_noise, write_clip

NORMALS = PATCHES[:, 1] / np.linalg.norm(PATCHES[:, 1], axis=1, keepdims=True)
needs_faces = [
    pytest.mark.skipif(lacks() is not None, reason="needs mediapipe"),
    pytest.mark.filterwarnings("ignore::UserWarning"),  # protobuf's, from threads of its own
]


def lambert(to_light: tuple[float, float, float], ambient: float = 0.2) -> NDArray[np.float64]:
    """(17,) what patches of a matt face send back under one lamp; right, down, away."""
    way = np.array(to_light) / np.linalg.norm(to_light)
    return ambient + 0.6 * np.maximum(0, NORMALS @ way)


def stops(light: NDArray[np.float64]) -> tuple[float, float]:
    found = fitted(light, NORMALS)
    assert found is not None
    right, above = balance(found[None])[0]
    return float(right), float(above)


def test_the_side_of_a_lamp_is_found() -> None:
    right, left, front = (stops(lambert(way)) for way in ((1, -0.3, -1), (-1, -0.3, -1), (0, 0, -1)))
    assert right[0] > 1 > 0.3 > abs(front[0])
    assert right[0] == pytest.approx(-left[0], abs=0.05)
    assert stops(lambert((0, -1, -1)))[1] > 0.8
    assert stops(lambert((0, 1, -1)))[1] < -0.25  # hardly a patch looks down


def test_more_fill_lowers_the_ratio() -> None:
    ratios = [stops(lambert((1, 0, -0.7), ambient))[0] for ambient in (0.02, 0.2, 1.0)]
    assert ratios == sorted(ratios, reverse=True)


def test_hair_over_a_patch_does_not_turn_the_light() -> None:
    plain = lambert((1, -0.3, -1))
    hair = plain.copy()
    hair[3] *= 0.1
    assert stops(hair)[0] == pytest.approx(stops(plain)[0], abs=0.35)


def test_darkness_has_no_direction() -> None:
    assert fitted(np.zeros(17), NORMALS) is None


def read(path: Path, folder: Path) -> dict[str, Evidence]:
    done = measure(probe(path), ["key_light"], Ledger(folder))
    return {e.measure.split(".")[1]: e for e in done.evidence["key_light"] if e.scope is Scope.CLIP}


def relit(path: Path, stops_across: float, start: float) -> Iterator[NDArray[np.uint8]]:
    """A speaker on whom, from ``start`` on, a light falls from one side of the picture."""
    for frame in frames(probe(path), end=5.0):
        picture = frame.rgb(360).astype(np.float32)
        if frame.seconds >= start:
            across = np.linspace(-0.5, 0.5, picture.shape[1])[None, :, None]
            picture *= 2 ** (stops_across * across / 2.2)
        yield np.clip(picture, 0, 255).astype(np.uint8)


class TestFootage:
    pytestmark = needs_faces

    @pytest.mark.parametrize("side", ["right", "left"])
    def test_a_face_that_is_relit_says_from_where_and_since_when(self, shared: Path, tmp_path: Path, side: str) -> None:
        sign = 1 if side == "right" else -1
        clip = write_clip(tmp_path / "a.mp4", relit(shared / "speech/retalk_4.mp4", 5.0 * sign, 2.5), rate=30, crf=18)
        found = read(clip, tmp_path / "b")
        assert (found["swing"].value or 0) > 0.8
        whole = write_clip(tmp_path / "c.mp4", relit(shared / "speech/retalk_4.mp4", 5.0 * sign, 0), rate=30, crf=18)
        found = read(whole, tmp_path / "d")
        assert found["ratio"].data["side"] == f"on the {side}"
        assert (found["ratio"].value or 0) > 0.6
        assert (found["swing"].value or 9) < 0.6
        assert found["ratio"].picture is not None

    def test_a_speaker_is_lit_steadily(self, shared: Path, tmp_path: Path) -> None:
        found = read(shared / "speech" / "retalk_1.mp4", tmp_path)
        assert found["ratio"].data["side"] == "on the left"  # as one sees: his left cheek lies in shadow
        assert (found["swing"].value or 9) < 0.5

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["hdtf_a", "latent_1", "latent_3", "portrait_d6", "portrait_d9", "retalk_3"])
    def test_speakers_are_lit_steadily(self, shared: Path, tmp_path: Path, name: str) -> None:
        assert (read(shared / "speech" / f"{name}.mp4", tmp_path)["swing"].value or 9) < 0.5

    def test_without_a_face_there_is_a_reason(self, tmp_path: Path) -> None:
        clip = write_clip(tmp_path / "a.mp4", [gradient_noise(3, 120, 200)] * 20)
        assert all(e.unmeasured for e in read(clip, tmp_path / "b").values())
