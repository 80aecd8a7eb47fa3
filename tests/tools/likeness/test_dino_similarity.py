"""DINOv2's operator on a tiny DINOv2 with random weights, against VBench's formula worked out step by step."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.likeness._dino import MEAN, SPREAD, background, stirring
from evalverse.tools.likeness.dino_similarity import DinoSimilarity
from evalverse.tools.media.decode import frames
from evalverse.tools.media.frame import Frame
from evalverse.tools.media.probe import probe
from evalverse.tools.schedule import measure
from tests.synth import gradient_noise, travel, write_clip

SIZE = (144, 256)
A, B = gradient_noise(1, *SIZE), gradient_noise(2, *SIZE)
CLOSE = 2e-3


def test_background_is_the_mean_direction_of_what_stands_still() -> None:
    patches = np.zeros((2, 2, 3), np.float32)
    patches[0, 0], patches[0, 1], patches[1, 0], patches[1, 1] = (2, 0, 0), (0, 5, 0), (0, 0, 1), (0, 0, 9)
    moves = np.zeros((20, 20), np.float32)
    moves[10:] = 1
    moves[:3, :3] = 1  # less than half of a patch
    assert background(patches, moves) == pytest.approx([np.sqrt(0.5), np.sqrt(0.5), 0])


def test_background_is_not_known_where_all_moves_or_motion_is_not_known() -> None:
    patches = np.ones((4, 4, 3), np.float32)
    moves = np.ones((20, 20), np.float32)
    assert np.isnan(background(patches, moves)).all() and np.isnan(background(patches, None)).all()
    moves[:5] = 0
    assert np.isfinite(background(patches, moves)).all()


def crossing(count: int) -> Iterator[np.ndarray]:
    """A square of another texture that crosses a still picture from left to right."""
    for index in range(count):
        picture = A.copy()
        left = 20 + 4 * index
        picture[50:100, left : left + 50] = B[50:100, 20:70]
        yield picture


def last_of(path: Path) -> Frame:
    before = None
    for frame in frames(probe(path)):
        frame.previous, before = before, frame
        if frame.previous:
            frame.previous.previous = None
    assert before is not None
    return before


def test_what_crosses_the_picture_stirs_and_a_pan_does_not(tmp_path: Path) -> None:
    crossed = stirring(last_of(write_clip(tmp_path / "a.mp4", crossing(20))))
    assert crossed is not None
    subject = np.zeros(crossed.shape, bool)
    subject[55:95, 100:142] = True
    around = np.ones(crossed.shape, bool)
    around[35:115, 75:165] = False
    assert crossed[subject].mean() > 0.7 and crossed[around].mean() < 0.1
    panned = stirring(last_of(write_clip(tmp_path / "b.mp4", travel(1, 20, *SIZE, pan=(3, 0)))))
    assert panned is not None and panned.mean() < 0.15


def test_the_first_frame_has_no_motion() -> None:
    frame = Frame(0, Fraction(0), (256, 144), lambda width, height: A)
    assert stirring(frame) is None


# the whole operator, on a tiny model


def read(path: Path, ledger: Path) -> dict[str, list[Evidence]]:
    told = measure(probe(path), ["dino_similarity"], Ledger(ledger)).evidence["dino_similarity"]
    found: dict[str, list[Evidence]] = {}
    for item in told:
        found.setdefault(item.measure.split(".")[1], []).append(item)
    return found


@pytest.fixture
def model(tiny_dino: Path, no_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    from transformers import Dinov2Model

    monkeypatch.setenv("EVALVERSE_DINO", str(tiny_dino))
    return Dinov2Model.from_pretrained(tiny_dino, local_files_only=True).eval()


def vectors(model: Any, path: Path, rate: float = 4) -> Any:
    """(N, D) class tokens of the pictures that the operator is shown, by transformers' own call."""
    import torch

    ticks: dict[int, np.ndarray] = {}
    for frame in frames(probe(path)):
        ticks.setdefault(int(frame.seconds * rate + 1e-9), frame.rgb(270))
    shown = [cv2.resize(p, (392, 224), interpolation=cv2.INTER_CUBIC) for p in ticks.values()]
    pixels = torch.tensor((np.stack(shown) / 255 - MEAN) / SPREAD, dtype=torch.float32).permute(0, 3, 1, 2)
    with torch.no_grad():
        return model(pixel_values=pixels).last_hidden_state[:, 0]


def vbench(features: Any) -> list[float]:
    """The formula, picture by picture, as VBench states it."""
    from torch.nn.functional import cosine_similarity

    told = []
    for index in range(1, len(features)):
        before = max(0.0, float(cosine_similarity(features[index - 1], features[index], dim=0)))
        first = max(0.0, float(cosine_similarity(features[0], features[index], dim=0)))
        told.append((before + first) / 2)
    return told


def test_subject_consistency_is_vbenchs(model: Any, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", travel(1, 50, *SIZE, pan=(2, 1), zoom=1.01))
    (clip,) = read(path, tmp_path / "ledger")["subject_consistency"]
    expected = vbench(vectors(model, path))
    assert len(expected) == 7 and clip.curve is not None
    _, y = Ledger(tmp_path / "ledger").get_curve(clip.curve)
    assert y == pytest.approx(expected, abs=CLOSE)
    assert clip.value == pytest.approx(np.mean(expected), abs=CLOSE)
    assert clip.value < 1 - CLOSE


def test_shots_are_judged_by_themselves_and_compared(model: Any, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", chain(repeat(A, 50), repeat(B, 50)))
    found = read(path, tmp_path / "ledger")
    for name in ("subject_consistency", "background_consistency"):
        assert [e.value for e in found[name]] == pytest.approx([1, 1, 1], abs=CLOSE)
    from torch.nn.functional import cosine_similarity

    told = vectors(model, path)
    assert found["shot_shot"][0].value == pytest.approx(float(cosine_similarity(told[0], told[-1], dim=0)), abs=CLOSE)


def test_the_background_stays_when_something_crosses_it(model: Any, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", chain(crossing(40), repeat(A, 10)))
    found = read(path, tmp_path / "ledger")
    assert found["background_consistency"][0].value is not None
    assert found["background_consistency"][0].data["frames"] == 6  # of 8 pictures the first has no motion


def test_one_picture_is_too_little(model: Any, tmp_path: Path) -> None:
    found = read(write_clip(tmp_path / "clip.mp4", [A]), tmp_path / "ledger")
    assert found["subject_consistency"][0].unmeasured == "no shot shows two pictures"
    assert found["background_consistency"][0].unmeasured == "no shot shows two pictures of which enough stands still"


def test_without_weights_the_reason_holds_the_command(no_weights: Path, tmp_path: Path) -> None:
    found = read(write_clip(tmp_path / "clip.mp4", repeat(A, 10)), tmp_path / "ledger")
    reasons = {e.unmeasured for items in found.values() for e in items}
    assert len(found) == len(DinoSimilarity.measures) and len(reasons) == 1
    assert "run: hf download facebook/dinov2-small config.json model.safetensors" in (reasons.pop() or "")


def test_registers_are_no_patches(tmp_path: Path, no_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra 'neural'")
    transformers = pytest.importorskip("transformers", reason="needs the extra 'neural'")
    from evalverse.tools.likeness._dino import load

    shape = {"hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 56, "patch_size": 14}
    config = transformers.Dinov2WithRegistersConfig(**shape, num_register_tokens=3)
    original = transformers.Dinov2WithRegistersModel(config).eval()
    original.save_pretrained(tmp_path / "registers")
    monkeypatch.setenv("EVALVERSE_DINO", str(tmp_path / "registers"))
    picture = cv2.resize(A, (280, 224))
    whole, patches = load().tokens([picture])
    pixels = torch.tensor((picture / 255 - MEAN) / SPREAD, dtype=torch.float32).permute(2, 0, 1)[None]
    with torch.no_grad():
        states = original(pixel_values=pixels).last_hidden_state[0].numpy()
    assert patches.shape == (1, 16, 20, 24)
    assert whole[0] == pytest.approx(states[0], abs=1e-4)
    assert patches[0, 0, 0] == pytest.approx(states[4], abs=1e-4)
    assert patches[0, -1, -1] == pytest.approx(states[-1], abs=1e-4)


def test_real_footage_passes(model: Any, shared: Path, tmp_path: Path) -> None:
    found = read(shared / "rated" / "001_real.mp4", tmp_path / "ledger")
    assert found["subject_consistency"][0].value is not None and found["background_consistency"][0].value is not None
    assert not [e for e in found["subject_consistency"] if e.scope is Scope.MOMENT]
