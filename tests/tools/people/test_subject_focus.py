"""Focus on people: edges of known width, a face out of focus before a sharp setting, and speakers in focus."""

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
from evalverse.tools.people._models import heads, lacks, look_height
from evalverse.tools.people.subject_focus import edge_widths
from evalverse.tools.schedule import measure
from tests.synth import gradient_noise, write_clip


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_the_width_of_a_known_edge(sigma: float) -> None:
    picture = np.full((80, 160), 60, np.float32)
    picture[:, 80:] = 180
    grey = cv2.GaussianBlur(picture, (0, 0), sigma).round().astype(np.uint8)
    widths, steps = edge_widths(grey)
    assert float(np.median(widths[steps > 0.8 * steps.max()])) == pytest.approx(sigma, rel=0.25)


def read(path: Path, folder: Path) -> dict[str, Evidence]:
    done = measure(probe(path), ["subject_focus"], Ledger(folder))
    return {e.measure.split(".")[1]: e for e in done.evidence["subject_focus"] if e.scope is Scope.CLIP}


def out_of_focus(path: Path, sigma: float) -> Iterator[NDArray[np.uint8]]:
    """The speaker's head is out of focus, the setting is not."""
    for frame in frames(probe(path), end=3.0):
        picture = frame.rgb(look_height(frame))
        left, top, width, height = (round(v * picture.shape[0]) for v in heads(frame)[0].box)
        soft = picture.copy()
        part = (slice(max(0, top), top + height), slice(max(0, left), left + width))
        soft[part] = cv2.GaussianBlur(picture, (0, 0), sigma)[part]
        yield soft


def sliding(path: Path, sigma: float) -> Iterator[NDArray[np.uint8]]:
    """Focus goes away over four seconds."""
    for frame in frames(probe(path), end=4.0):
        yield np.asarray(cv2.GaussianBlur(frame.rgb(360), (0, 0), 0.05 + sigma * frame.seconds / 4), np.uint8)


@pytest.mark.skipif(lacks() is not None, reason="needs mediapipe")
@pytest.mark.filterwarnings("ignore::UserWarning")  # protobuf's, from threads of its own
class TestFootage:
    def test_speakers_are_in_focus(self, shared: Path, tmp_path: Path) -> None:
        for name in ("retalk_3", "retalk_5"):
            found = read(shared / "speech" / f"{name}.mp4", tmp_path)
            assert (found["softness"].value or 9) < 1.7, name
            assert (found["lost"].value or 9) < 0.6, name
            assert (found["over_rest"].value or 0) > 0.5, name  # both stand before a soft background

    def test_a_soft_face_is_found_and_less_sharp_against_the_rest(self, shared: Path, tmp_path: Path) -> None:
        source = shared / "speech" / "latent_3.mp4"
        clips = [write_clip(tmp_path / f"{s}.mp4", out_of_focus(source, s), crf=16) for s in (0.05, 2)]
        sharp, soft = (read(clip, tmp_path / "ledger") for clip in clips)
        assert (soft["softness"].value or 0) > 2 > (sharp["softness"].value or 9)
        assert (soft["over_rest"].value or 0) < (sharp["over_rest"].value or 9) - 0.5

    def test_focus_that_slides_away_is_lost(self, shared: Path, tmp_path: Path) -> None:
        source = shared / "speech" / "retalk_4.mp4"
        clip = write_clip(tmp_path / "a.mp4", sliding(source, 3.0), crf=16)
        assert (read(clip, tmp_path / "b")["lost"].value or 0) > 1

    def test_without_a_head_there_is_a_reason(self, tmp_path: Path) -> None:
        clip = write_clip(tmp_path / "a.mp4", [gradient_noise(3, 120, 200)] * 20)
        assert all(e.unmeasured for e in read(clip, tmp_path / "b").values())
