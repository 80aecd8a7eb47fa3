"""SyncNet's shapes, input and measure. The checkpoint is not here: random weights of the same names and shapes are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalverse.errors import UsageError
from evalverse.tools.lipsync.syncnet import (
    SIDE,
    SOUND_STEPS,
    cropped,
    embed_lips,
    embed_sound,
    face_square,
    load,
    measured,
    mfcc,
    network,
)
from tests.synth import noise, tone
from tests.tools.people._faces import face, seen_from

SOUND = {
    "0": (64, 1, 3, 3),
    "4": (192, 64, 3, 3),
    "8": (384, 192, 3, 3),
    "11": (256, 384, 3, 3),
    "14": (256, 256, 3, 3),
    "18": (512, 256, 5, 4),
}
LIPS = {
    "0": (96, 3, 5, 7, 7),
    "4": (256, 96, 1, 5, 5),
    "8": (256, 256, 1, 3, 3),
    "11": (256, 256, 1, 3, 3),
    "14": (256, 256, 1, 3, 3),
    "18": (512, 256, 1, 6, 6),
}
NUMBERS = 13_640_270
"""Of the published checkpoint, in 102 entries."""


def test_names_and_shapes_are_those_of_the_published_checkpoint() -> None:
    pytest.importorskip("torch")
    state = network().state_dict()
    assert len(state) == 102
    assert sum(t.numel() for t in state.values()) == NUMBERS
    for stream, layers in (("netcnnaud", SOUND), ("netcnnlip", LIPS)):
        for layer, shape in layers.items():
            assert tuple(state[f"{stream}.{layer}.weight"].shape) == shape
            assert tuple(state[f"{stream}.{int(layer) + 1}.running_var"].shape) == shape[:1]
    for head in ("netfcaud", "netfclip"):
        assert tuple(state[f"{head}.0.weight"].shape) == (512, 512)
        assert tuple(state[f"{head}.3.weight"].shape) == (1024, 512)


def test_a_checkpoint_is_loaded_and_gives_one_embedding_per_frame(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    made = network()
    torch.save(made.state_dict(), tmp_path / "syncnet_v2.model")
    net = load(tmp_path / "syncnet_v2.model")
    crops = np.random.default_rng(2).integers(0, 255, (6, SIDE, SIDE, 3)).astype(np.uint8)
    lips = embed_lips(net, crops)
    sound = embed_sound(net, mfcc(noise(3, 0.3, rate=16000)[:, 0]))
    assert lips.shape == (2, 1024) and sound.shape[1] == 1024
    with torch.inference_mode():
        window = torch.from_numpy(crops[1:6, :, :, ::-1].copy()).permute(3, 0, 1, 2)[None].float()
        alone = made["netfclip"](made["netcnnlip"](window).flatten(1))[0].numpy()
    assert np.allclose(lips[1], alone, atol=1e-4)


@pytest.mark.parametrize("content", [b"not a checkpoint", None])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes | None) -> None:
    pytest.importorskip("torch")
    path = tmp_path / "x.model"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="not a SyncNet checkpoint"):
        load(path)


@pytest.mark.parametrize("late", [-6, 0, 4])
def test_the_offset_is_that_of_the_least_distance_and_counts_as_the_field_does(late: int) -> None:
    """Positive when the voice comes before the lips."""
    rng = np.random.default_rng(4)
    lips = rng.normal(0, 1, (120, 1024)).astype(np.float32)
    sound = np.roll(lips, late, axis=0) + rng.normal(0, 0.3, (120, 1024)).astype(np.float32)
    found = measured(lips, sound)
    assert found.offset == -late
    assert found.lse_d == pytest.approx(found.distances.min())
    assert found.lse_c == pytest.approx(np.median(found.distances) - found.lse_d) and found.lse_c > 1


def test_confidence_is_low_for_what_does_not_belong() -> None:
    rng = np.random.default_rng(5)
    lips, sound = (rng.normal(0, 1, (200, 1024)).astype(np.float32) for _ in range(2))
    assert measured(lips, sound).lse_c < 0.1 * measured(lips, (lips + sound) / 2).lse_c


def test_coefficients_have_their_rate_and_follow_the_level() -> None:
    quiet, loud = (mfcc(tone(300, 1.0, 16000, level)[:, 0]) for level in (-40, -20))
    assert quiet.shape == (13, 99)
    assert np.allclose(loud[0] - quiet[0], np.log(10**2), atol=0.01)  # the first is the log energy
    assert np.allclose(loud[1:], quiet[1:], atol=0.05)
    assert mfcc(np.zeros(16000, np.float32)).shape[1] >= SOUND_STEPS


def test_the_crop_holds_the_face_with_its_margin() -> None:
    track = np.repeat(seen_from(face(0.1)[None], size=0.1, at=(0.8, 0.5)), 5, axis=0)
    square = face_square(track)[0]
    picture = np.zeros((200, 320, 3), np.uint8)
    x, y = round(float(square[0]) * 200), round(float(square[1]) * 200)
    picture[y - 2 : y + 3, x - 2 : x + 3] = 255
    crop = cropped(picture, square)
    assert crop.shape == (SIDE, SIDE, 3)
    bright = np.argwhere(crop[..., 0] > 128).mean(axis=0)
    assert bright[1] == pytest.approx(SIDE / 2, abs=3)
    assert bright[0] == pytest.approx(SIDE / 2.8, abs=4)  # more margin below, as upstream
