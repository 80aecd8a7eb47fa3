"""The aesthetic head: both published forms, what is refused, and ratings on a tiny CLIP."""

from __future__ import annotations

from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest

from evalverse.errors import UsageError
from evalverse.tools.evidence import Evidence, Scope
from evalverse.tools.ledger import Ledger
from evalverse.tools.likeness.aesthetic import Aesthetic, Head
from evalverse.tools.media.probe import probe
from evalverse.tools.schedule import measure
from tests.synth import gradient_noise, write_clip

A, B = gradient_noise(1, 90, 160), gradient_noise(2, 90, 160)
VECTORS = np.random.default_rng(0).normal(size=(5, 16)).astype(np.float32)


def test_the_linear_head() -> None:
    head = Head({"weight": np.full((1, 16), 0.5), "bias": np.array([2.0])})
    assert head(VECTORS) == pytest.approx(VECTORS.sum(1) / 2 + 2, rel=1e-6)


def test_the_head_of_five_layers_is_torchs(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra 'neural'")
    nn = torch.nn

    class Published(nn.Module):
        """As the weights were published: dropout between the first layers, nothing bent."""

        def __init__(self) -> None:
            super().__init__()
            sizes = ((16, 12), (12, 8), (8, 6), (6, 4))
            parts = [p for a, b in sizes[:3] for p in (nn.Linear(a, b), nn.Dropout(0.2))]
            self.layers = nn.Sequential(*parts, nn.Linear(*sizes[3]), nn.Linear(4, 1))

    torch.manual_seed(0)
    model = Published().eval()
    assert "layers.7.weight" in model.state_dict()
    torch.save(model.state_dict(), tmp_path / "head.pth")
    with torch.no_grad():
        expected = model.layers(torch.from_numpy(VECTORS)).numpy()[:, 0]
    assert Head.read(tmp_path / "head.pth")(VECTORS) == pytest.approx(expected, abs=1e-5)


def test_layers_are_joined_by_number_not_by_name() -> None:
    rng = np.random.default_rng(1)
    shapes = {"layers.2": (3, 16), "layers.10": (1, 3)}
    tensors = {f"{n}.weight": rng.normal(size=s) for n, s in shapes.items()}
    tensors |= {f"{n}.bias": rng.normal(size=s[0]) for n, s in shapes.items()}
    inner = VECTORS @ tensors["layers.2.weight"].T + tensors["layers.2.bias"]
    assert Head(tensors)(VECTORS) == pytest.approx(
        (inner @ tensors["layers.10.weight"].T)[:, 0] + tensors["layers.10.bias"]
    )


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"weight": np.ones((1, 16))},
        {"weight": np.ones((2, 16)), "bias": np.ones(2)},
        {"0.weight": np.ones((3, 16)), "0.bias": np.ones(3), "1.weight": np.ones((1, 4)), "1.bias": np.ones(1)},
    ],
)
def test_other_tensors_are_refused(tensors: dict[str, np.ndarray]) -> None:
    with pytest.raises(UsageError, match="EVALVERSE_AESTHETIC names"):
        Head(tensors)


def test_vectors_of_another_clip_are_refused() -> None:
    with pytest.raises(UsageError, match="numbers, not the 8"):
        Head({"weight": np.ones((1, 16)), "bias": np.ones(1)})(VECTORS[:, :8])


def test_what_is_lacking_is_named(no_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "set EVALVERSE_AESTHETIC to its path" in (Aesthetic.lacks() or "")
    monkeypatch.setenv("EVALVERSE_AESTHETIC", str(tmp_path / "head.pth"))
    assert Aesthetic.lacks() == "EVALVERSE_AESTHETIC names a file that is not there"
    (tmp_path / "head.pth").touch()
    assert "hf download timm/vit_large_patch14_clip_224.openai" in (Aesthetic.lacks() or "")
    (tmp_path / "ava+logos-l14-reluMSE.pth").touch()
    monkeypatch.setenv("EVALVERSE_AESTHETIC", str(tmp_path / "ava+logos-l14-reluMSE.pth"))
    assert "not linear" in (Aesthetic.lacks() or "")


def read(path: Path, ledger: Path) -> list[Evidence]:
    return measure(probe(path), ["aesthetic"], Ledger(ledger)).evidence["aesthetic"]


def test_without_a_head_nothing_is_rated(no_weights: Path, tmp_path: Path) -> None:
    (told,) = read(write_clip(tmp_path / "clip.mp4", repeat(A, 10)), tmp_path / "ledger")
    assert told.value is None and "no aesthetic head" in (told.unmeasured or "")


def test_ratings(tiny_clip: Path, no_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import open_clip
    import torch
    from PIL import Image

    weight = torch.linspace(-9, 9, 16)[None]
    torch.save({"weight": weight, "bias": torch.tensor([5.0])}, tmp_path / "head.pth")
    monkeypatch.setenv("EVALVERSE_AESTHETIC", str(tmp_path / "head.pth"))
    monkeypatch.setenv("EVALVERSE_AESTHETIC_CLIP", str(tiny_clip))
    clip, first, second, *moments = read(
        write_clip(tmp_path / "clip.mp4", chain(repeat(A, 50), repeat(B, 50))), tmp_path / "ledger"
    )
    model, prepare = open_clip.create_model_from_pretrained(f"local-dir:{tiny_clip}")
    with torch.no_grad():
        given = torch.stack([prepare(Image.fromarray(p)) for p in (A, B)])
        vectors = torch.nn.functional.normalize(model.eval().encode_image(given), dim=-1)
        expected = (vectors @ weight[0] + 5).clip(1, 10).numpy()
    assert [first.value, second.value] == pytest.approx(expected, abs=0.25)  # the clip is compressed
    assert abs(expected[0] - expected[1]) > 0.5
    assert clip.value == pytest.approx((first.value + second.value) / 2, abs=0.02)  # type: ignore[operator]
    assert [m.scope for m in moments] == [Scope.MOMENT, Scope.MOMENT]
    assert [m.value for m in moments] == pytest.approx(sorted([first.value, second.value]), abs=0.02)
    assert clip.data["weights"] == f"head.pth on folder {tiny_clip.name}"


def test_real_footage_is_rated(
    tiny_clip: Path, no_weights: Path, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.numpy import save_file

    head = {"weight": np.linspace(-9, 9, 16, dtype=np.float32)[None], "bias": np.array([5], np.float32)}
    save_file(head, tmp_path / "head.safetensors")
    monkeypatch.setenv("EVALVERSE_AESTHETIC", str(tmp_path / "head.safetensors"))
    monkeypatch.setenv("EVALVERSE_AESTHETIC_CLIP", str(tiny_clip))
    clip, *_ = read(shared / "rated" / "005_real.mp4", tmp_path / "ledger")
    assert clip.value is not None and 1 <= clip.value <= 10 and clip.curve is not None
